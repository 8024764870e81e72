"""How modules may depend on one another, how full folders are, and what the map says of them."""

from pathlib import Path

import pytest

from tests.source import REPOSITORY, Module, imports, module_of, modules

# From the top. A module's kind is the first of its names, from the app down, that stands here;
# what stands nowhere is a work module: verbs, subjects and queries.
KINDS = [
    {"apps"},
    {"admin"},
    {"views", "api", "management", "forms", "urls", "templatetags"},
    {"services"},
    {"jobs"},
    {"work modules"},
    {"models"},
]
WORK = KINDS.index({"work modules"})
NOT_COUNTED = {"__init__.py", "apps.py", "migrations", "templatetags", "__pycache__"}
MOST_ENTRIES = 12
MOST_NAMES = 10

# Imports upwards that are being turned round, as "importer -> imported". The list only shrinks.
KNOWN: set[str] = set()


def kind_of(module: Module) -> int:
    """The floor that a module stands on inside its app; 0 is the highest."""
    floors = [floor for name in module.parts for floor, names in enumerate(KINDS) if name in names]
    return floors[0] if floors else WORK


def upward_imports() -> dict[str, str]:
    """Each import from a lower kind to a higher one of the same app, and what to do about it."""
    found = {}
    for module in modules().values():
        for node, imported in imports(module):
            if not (module.parts and imported.parts and module.app == imported.app):
                continue
            lower, higher = kind_of(module), kind_of(imported)
            if higher < lower:
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
