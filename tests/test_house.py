"""The rules of the house that no other tool checks."""

import ast
import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
LONGEST_FUNCTION = 30  # lines
LONGEST_FILE = 300  # lines
LONGEST_TEST_FILE = 500  # lines
TARGETS = {"setup", "demo", "up", "test", "check", "benchmark"}
BROAD = {"Exception", "BaseException"}

# In pieces, so that this file does not contain what it forbids.
FORBIDDEN = [
    "registry" + ".npmjs",
    "pypi" + ".org",
    "python" + "hosted",
    "/work" + "/main",
    "/work" + "/shared",
    "/ro" + "ot/",
    "/home" + "/",
    *(name + ".md" for name in ("DESIGN", "FACTS", "STYLE", "LOOK", "ORIGINS")),
]


def tracked_files() -> list[Path]:
    """What git tracks, and what it would track next; neither ignored nor deleted files."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True).stdout
    paths = [REPOSITORY / name.decode() for name in listed.split(b"\0") if name]
    return [path for path in paths if path.is_file()]


def python_files(*folders: str) -> list[Path]:
    roots = [REPOSITORY / folder for folder in folders]
    return [
        path
        for path in tracked_files()
        if path.suffix == ".py"
        and "migrations" not in path.parts
        and any(path.is_relative_to(root) for root in roots)
    ]


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text()))


def place(path: Path, line: int) -> str:
    return f"{path.relative_to(REPOSITORY)}:{line}"


def test_functions_are_short() -> None:
    long = [
        f"{place(path, node.lineno)} {node.name} has {length} lines"
        for path in python_files("apps", "voicecms")
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := node.end_lineno - node.lineno + 1) > LONGEST_FUNCTION
    ]
    assert not long, "\n".join(long)


@pytest.mark.parametrize(
    ("folders", "limit"),
    [(("apps", "voicecms"), LONGEST_FILE), (("tests",), LONGEST_TEST_FILE)],
)
def test_files_are_short(folders: tuple[str, ...], limit: int) -> None:
    long = [
        f"{path.relative_to(REPOSITORY)} has {length} lines"
        for path in python_files(*folders)
        if (length := len(path.read_text().splitlines())) > limit
    ]
    assert not long, "\n".join(long)


def test_no_exception_is_caught_by_a_broad_name() -> None:
    broad = [
        place(path, node.lineno)
        for path in python_files("apps", "voicecms")
        for node in nodes(path)
        if isinstance(node, ast.ExceptHandler) and caught(node) & BROAD
    ]
    assert not broad, "\n".join(broad)


def caught(handler: ast.ExceptHandler) -> set[str]:
    """Names of the exceptions; a bare `except:` catches BaseException."""
    if handler.type is None:
        return {"BaseException"}
    return {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}


def test_no_rule_is_switched_off_that_has_no_exceptions() -> None:
    switch = re.compile(r"#\s*noqa:?[^#\n]*(BLE|PLC0415|T20|PLR0915|C901)|#\s*noqa\s*$")
    found = [
        place(path, number)
        for path in python_files("apps", "voicecms")
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if switch.search(line)
    ]
    assert not found, "\n".join(found)


def test_the_makefile_has_the_targets_others_rely_on() -> None:
    makefile = (REPOSITORY / "Makefile").read_text()
    assert set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE)) >= TARGETS


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_the_lock_has_every_pinned_package_and_a_hash_for_each_it_lists(name: str) -> None:
    pinned = set(
        re.findall(r"^[^#\s]+==\S+", (REPOSITORY / f"{name}.txt").read_text(), re.MULTILINE)
    )
    lock = (REPOSITORY / f"{name}.lock").read_text()
    locked = re.findall(r"^([^#\s]+==\S+)(.*(?:\\\n.*)+)?$", lock, re.MULTILINE)
    assert {package_name(pin) for pin in pinned} - {pin for pin, _ in locked} == set(), "make lock"
    assert [pin for pin, options in locked if "--hash=sha256:" not in options] == []


def package_name(pin: str) -> str:
    """`django-environ==1` of `Django_Environ[extra]==1`, as locks spell it."""
    return re.sub(r"\[.*?\]", "", pin).replace("_", "-").lower()


@pytest.mark.parametrize("name", [".ci/run", "bin", "manage.py"])
def test_scripts_can_be_run(name: str) -> None:
    path = REPOSITORY / name
    scripts = list(path.iterdir()) if path.is_dir() else [path]
    assert [script for script in scripts if not script.stat().st_mode & stat.S_IXUSR] == []


def names_that_settings_read() -> set[str]:
    """First arguments of `env.<type>("NAME", …)`; places are read as STORAGE_<ALIAS>."""
    return {
        node.args[0].value
        for node in nodes(REPOSITORY / "voicecms/settings.py")
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "env"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }


def test_every_environment_name_is_in_the_example_and_in_the_readme() -> None:
    read = names_that_settings_read()
    assert {"SECRET_KEY", "DATABASE_URL", "REDIS_URL", "AUDIO_ROOT"} <= read
    example = (REPOSITORY / ".env.example").read_text()
    shown = set(re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", example, re.MULTILINE))
    assert read - shown == set()
    assert shown - read, "no place is shown"
    assert {name for name in shown - read if not name.startswith("STORAGE_")} == set()
    readme = (REPOSITORY / "README.md").read_text()
    tabled = set(re.findall(r"`([A-Z][A-Z0-9_]+)`", "\n".join(table_rows(readme))))
    assert read - tabled == set()


def table_rows(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("|")]


def test_nothing_names_a_machine_or_where_packages_come_from() -> None:
    found = [
        f"{path.relative_to(REPOSITORY)} contains {word}"
        for path in tracked_files()
        for word in FORBIDDEN
        if word.encode() in path.read_bytes()
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("", 0)])
def test_a_skipped_test_fails_in_ci_only(tmp_path: Path, ci: str, code: int) -> None:
    skipping = tmp_path / "test_skipping.py"
    skipping.write_text("import pytest\ndef test_one():\n    pytest.skip('because of reasons')\n")
    settings = ["-c", str(REPOSITORY / "pyproject.toml"), "-p", "tests.conftest"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *settings, "-p", "no:cacheprovider", str(skipping)],
        cwd=REPOSITORY,
        env=os.environ | {"CI": ci, "TEST_DATABASE": "sqlite"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "because of reasons" in done.stdout
    assert ("CI allows none" in done.stdout) == bool(ci)
