"""No room names a higher one: not in a string, not in a template.

Imports are the linter's; addresses, templates and dotted names are checked here, by the floors
that the linter's own contract lists.
"""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tests.test_house import REPOSITORY, place, python_files, tracked_files

# A role is a list of permissions, of whatever app.
ROLES = REPOSITORY / "apps/accounts/roles.py"
CALLS = {"reverse", "reverse_lazy", "redirect", "resolve_url"}
URL_TAG = re.compile(r"{%\s*url\s+['\"]([\w:.-]+)['\"]")
TEMPLATE_TAG = re.compile(r"{%\s*(?:include|extends)\s+['\"]([\w./-]+)['\"]")
LOAD_TAG = re.compile(r"{%\s*load\s+([^%]+?)\s*%}")
PERMISSION = re.compile(r"\bperms\.(\w+)\.")
ADDRESS = re.compile(r"(?:href|action|src)=['\"]/(?:admin/)?(\w+)/")


@cache
def floors() -> dict[str, int]:
    """The height of each app; those above all others are not in the contract."""
    with (REPOSITORY / "pyproject.toml").open("rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    (layers,) = [one["layers"] for one in contracts if one["name"] == "Apps: one direction"]
    return {
        app.strip(): height
        for height, floor in enumerate(reversed(layers))
        for app in re.split(r"[|:]", floor)
    } | {"voicecms": len(layers)}


@cache
def owners() -> dict[str, str]:
    """The app whose view answers, by the name of each address."""
    found: dict[str, str] = {}

    def walk(patterns: list[Any], namespace: str) -> None:
        for one in patterns:
            if isinstance(one, URLResolver):
                inner = f"{namespace}{one.namespace}:" if one.namespace else namespace
                walk(one.url_patterns, inner)
            elif isinstance(one, URLPattern) and one.name and (app := app_of_view(one.callback)):
                found[namespace + one.name] = app

    walk(get_resolver().url_patterns, "")
    return found


def app_of_view(view: Any) -> str:
    """Empty for views of other packages and of the admin site, which everybody may name."""
    if hasattr(view, "admin_site"):
        return ""
    admin = getattr(view, "model_admin", None)
    module = type(admin).__module__ if admin else getattr(view, "__module__", "")
    return app_of_module(module)


def app_of_module(dotted: str) -> str:
    names = dotted.split(".")
    app = names[1] if names[0] == "apps" and len(names) > 1 else names[0]
    return app if app in floors() else ""


def app_of_template(name: str) -> str:
    """`admin/takes/run.html` belongs to takes, `review/page.html` to review; others to the base."""
    folders = [folder for folder in name.split("/")[:-1] if folder != "admin"]
    return folders[0] if folders and folders[0] in floors() else "core"


def app_of_file(path: Path) -> str:
    parts = path.relative_to(REPOSITORY).parts
    if parts[0] == "templates":
        return app_of_template("/".join(parts[1:]))
    return parts[1] if parts[0] == "apps" else "voicecms"


def app_of_name(name: str) -> str:
    """The owner of an address by its name, or by the beginning of one that a program completes."""
    known = owners()
    if name in known:
        return known[name]
    if not re.fullmatch(r"\w+:\w+", name):
        return ""
    begun = {app for other, app in known.items() if other.startswith(name)}
    return begun.pop() if len(begun) == 1 else ""


def named_in_string(text: str) -> Iterator[tuple[str, str]]:
    """What a string of a program names, with the app that owns it."""
    if re.fullmatch(r"\w+:\w+", text):
        yield text, app_of_name(text)
    elif re.fullmatch(r"apps\.[\w.]+", text):
        yield text, app_of_module(text)
    elif re.fullmatch(r"[\w/-]+\.(html|txt)", text):
        yield text, app_of_template(text)
    elif found := re.match(r"(\w+)\.\w*$|/(?:admin/)?(\w+)/", text):
        app = found[1] or found[2]
        yield text, app if app in floors() else ""


def named_in_program(source: str) -> Iterator[tuple[int, str, str]]:
    tree = ast.parse(source)
    prose = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            for name, app in named_in_string(node.value):
                yield node.lineno, name, app
        elif isinstance(node, ast.Call) and called(node) in CALLS and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and first.value in owners():
                yield node.lineno, first.value, owners()[first.value]


def called(node: ast.Call) -> str:
    return getattr(node.func, "id", getattr(node.func, "attr", ""))


def named_in_template(source: str) -> Iterator[tuple[int, str, str]]:
    for number, line in enumerate(source.splitlines(), start=1):
        for name in URL_TAG.findall(line):
            yield number, name, app_of_name(name)
        for name in TEMPLATE_TAG.findall(line):
            yield number, name, app_of_template(name)
        for app in PERMISSION.findall(line) + ADDRESS.findall(line):
            yield number, app, app if app in floors() else ""
        for library in " ".join(LOAD_TAG.findall(line)).split():
            yield number, library, app_of_library(library)


@cache
def app_of_library(name: str) -> str:
    """The app that brings a library of template tags."""
    found = next(REPOSITORY.glob(f"apps/*/templatetags/{name}.py"), None)
    return found.parts[-3] if found else ""


def named_above(path: Path) -> list[str]:
    """What a file names of apps that stand higher than its own."""
    own = app_of_file(path)
    named = named_in_program if path.suffix == ".py" else named_in_template
    return [
        f"{place(path, line)} of {own} names {name} of {app}"
        for line, name, app in named(path.read_text())
        if app and floors()[app] > floors()[own]
    ]


def templates() -> list[Path]:
    root = REPOSITORY / "templates"
    return [path for path in tracked_files() if path.is_relative_to(root)]


def test_every_app_has_a_floor() -> None:
    apps = {path.parent.name for path in REPOSITORY.glob("apps/*/__init__.py")}
    assert apps == floors().keys() - {"voicecms"}


def test_no_program_names_a_higher_app() -> None:
    programs = [path for path in python_files("apps") if path != ROLES]
    found = [line for path in programs for line in named_above(path)]
    assert not found, "\n".join(found)


def test_no_template_names_a_higher_app() -> None:
    assert len(templates()) > 100
    found = [line for path in templates() for line in named_above(path)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("source", "app"),
    [
        ('reverse("admin:takes_board", args=[1])', "takes"),
        ('redirect("own_keys")', "accounts"),
        ('PAGE = f"admin:takes_board_{name}"', "takes"),
        ('VIEW = "apps.review.links.views.entrance.forged"', "review"),
        ('page = "admin/voices/listen.html"', "voices"),
        ('get_model("catalog.series")', "catalog"),
        ('address = "/review/" + token', "review"),
        ('"""Read `admin:takes_board` too."""', ""),
        ('word = "audio"', ""),
        ('reverse("admin:index")', ""),
    ],
)
def test_what_a_program_names_is_known_by_its_app(source: str, app: str) -> None:
    assert {found for _, _, found in named_in_program(source)} - {""} == {app} - {""}


@pytest.mark.parametrize(
    ("source", "app"),
    [
        ("{% url 'admin:review_clips' series.pk %}", "review"),
        ('{% url "own_keys" as address %}', "accounts"),
        ('{% include "admin/takes/take_row.html" %}', "takes"),
        ("{% load i18n review_answers %}", "review"),
        ("{% if perms.catalog.change_series %}", "catalog"),
        ('<a href="/admin/voices/voice/">', "voices"),
        ("{% url 'admin:index' %}", ""),
    ],
)
def test_what_a_template_names_is_known_by_its_app(source: str, app: str) -> None:
    assert {found for _, _, found in named_in_template(source)} - {""} == {app} - {""}
