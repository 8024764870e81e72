"""How modules may depend on one another, how full folders are, and what the map says of them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.source import REPOSITORY, Function, Module, imports, module_of, modules

# From the top. A module's kind is the first of its names, from the app down, that stands here;
# what stands nowhere is a work module: verbs, subjects and queries. A pure module imports nothing
# of its app, so everything may import it. `offers` and `work` register what the app has.
KINDS = [
    {"apps", "offers", "work"},
    {"admin"},
    {"views", "api", "management", "forms", "urls", "templatetags"},
    {"services"},
    {"jobs"},
    {"work modules"},
    {"models"},
]
WORK = KINDS.index({"work modules"})
# Django says where these lie.
DJANGOS = {"apps.py", "management", "migrations", "templatetags"}
NOT_COUNTED = DJANGOS | {"__init__.py", "README.md", "__pycache__"}
MOST_ENTRIES = 12
MOST_NAMES = 10
# Apps whose modules are grouped by what a person does.
GROUPED = {"apps.catalog", "apps.voices", "apps.takes", "apps.review"}

# Imports upwards that are being turned round, as "importer -> imported". The list only shrinks.
KNOWN: set[str] = set()


def kind_of(module: Module) -> int:
    """The floor that a module stands on inside its app; 0 is the highest."""
    floors = [floor for name in module.parts for floor, names in enumerate(KINDS) if name in names]
    return floors[0] if floors else WORK


def is_pure(module: Module) -> bool:
    own = [imported for _node, imported in imports(module) if imported.app == module.app]
    return kind_of(module) == WORK and not own


def upward_imports() -> dict[str, str]:
    """Each import from a lower kind to a higher one of the same app, and what to do about it."""
    found = {}
    for module in modules().values():
        for node, imported in imports(module):
            if not (module.parts and imported.parts and module.app == imported.app):
                continue
            lower, higher = kind_of(module), kind_of(imported)
            if higher < lower and not is_pure(imported):
                found[f"{module.name} -> {imported.name}"] = (
                    f"{module.at(node)} imports {imported.name}: {named(lower)} may not import "
                    f"{named(higher)}. Turn it round, or move what both need to a work module."
                )
    return found


def named(kind: int) -> str:
    return " | ".join(sorted(KINDS[kind]))


def test_imports_inside_an_app_go_from_higher_kinds_to_lower_ones() -> None:
    found = upward_imports()
    new = [advice for pair, advice in found.items() if pair not in KNOWN]
    assert not new, "\n".join(new)
    assert found.keys() >= KNOWN, f"Mended: take {KNOWN - found.keys()} out of KNOWN."


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("apps.review.admin.links", "admin"),
        ("apps.takes.ranking.views.board", "views"),
        ("apps.takes.ordering.services.runs", "services"),
        ("apps.takes.rendering.jobs", "jobs"),
        ("apps.takes.models.runs", "models"),
        ("apps.takes.progress.queries", "work modules"),
    ],
)
def test_the_kind_of_a_module_follows_from_its_name(name: str, kind: str) -> None:
    assert kind in KINDS[kind_of(modules()[name])]


def folders() -> list[Path]:
    """The apps, and the packages inside them."""
    packages = [module for module in modules().values() if module.is_package]
    return [module.path.parent for module in packages if module.is_app or module.parts]


def test_a_folder_shows_at_most_a_dozen_entries() -> None:
    full = []
    for folder in folders():
        entries = {entry.name for entry in folder.iterdir()} - NOT_COUNTED
        if len(entries) > MOST_ENTRIES:
            full.append(
                f"{folder.relative_to(REPOSITORY)}:1 shows {len(entries)} entries, {MOST_ENTRIES} "
                "at most: group those that one act needs in a package named for it."
            )
    assert not full, "\n".join(full)


def test_a_facade_re_exports_at_most_ten_names() -> None:
    wide = []
    for module in modules().values():
        names = [name for name, source in module.imported.items() if is_ours(source)]
        if module.is_package and len(names) > MOST_NAMES:
            wide.append(
                f"{module.at(module.tree)} re-exports {len(names)} names, {MOST_NAMES} at most: "
                "let callers import from the modules themselves."
            )
    assert not wide, "\n".join(wide)


def is_ours(name: str) -> bool:
    return module_of(name) is not None


MAP = REPOSITORY / "docs" / "architecture.md"
ROWS_OF_THE_MAP = 25
QUOTED = re.compile(r"`([^`\n]+)`")


def quoted_on_the_map() -> dict[str, int]:
    """What stands in backquotes, and on which line first."""
    found: dict[str, int] = {}
    for number, line in enumerate(MAP.read_text().splitlines(), start=1):
        for quoted in QUOTED.findall(line):
            found.setdefault(quoted, number)
    return found


def known_names() -> set[str]:
    """Modules and what they define by their whole names, and all ends of these."""
    whole = set(modules())
    for module in modules().values():
        whole |= {f"{module.name}.{name}" for name in defined(module.tree.body)}
    return {".".join(name.split(".")[start:]) for name in whole for start in range(6)}


def defined(body: list[ast.stmt]) -> Iterator[str]:
    """Functions, classes with what they hold, constants and fields."""
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield node.name
            yield from (f"{node.name}.{name}" for name in defined(node.body))
        elif isinstance(node, Function):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def test_what_the_map_names_exists() -> None:
    known = known_names() | {"secrets", "Any"}
    wrong = [
        f"docs/architecture.md:{number} names {quoted}, which does not exist: name what does now."
        for quoted, number in quoted_on_the_map().items()
        if not (REPOSITORY / quoted).exists() and quoted not in known
    ]
    assert not wrong, "\n".join(wrong)


def test_the_map_shows_every_app_and_capability_and_is_found() -> None:
    quoted = quoted_on_the_map()
    packages = [module for module in modules().values() if module.is_package]
    apps = {module.app.replace(".", "/") for module in packages if module.is_app}
    capabilities = {
        module.name.replace(".", "/")
        for module in packages
        if len(module.parts) == 1 and kind_of(module) == WORK and module.app in GROUPED
    }
    assert apps | capabilities <= quoted.keys(), "Add a row to docs/architecture.md."
    assert "docs/architecture.md" in (REPOSITORY / "README.md").read_text()
    rows = MAP.read_text().partition("## I want to change")[2].count("\n| ") - 1
    assert rows >= ROWS_OF_THE_MAP


def test_an_app_says_in_three_lines_what_it_owns_and_who_calls_it() -> None:
    for module in modules().values():
        if module.is_app:
            said = [line for line in (ast.get_docstring(module.tree) or "").splitlines() if line]
            told = f"{module.at(module.tree)}: say in three lines what it is, owns, who calls it."
            assert [len(said), said[1][:4], said[2][:6]] == [3, "Owns", "Called"], told
