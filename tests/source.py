"""Parses apps/ and voicecms/ into syntax trees: modules, their imports, their definitions."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
FOLDERS = ("apps", "voicecms")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One file. `name` is dotted; a package has the name of its folder."""

    name: str
    path: Path

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text())

    @property
    def app(self) -> str:
        """`apps.takes`; `voicecms` for modules outside the apps."""
        return ".".join(self.name.split(".")[:2]) if self.name.startswith("apps.") else "voicecms"

    @property
    def parts(self) -> list[str]:
        """The names below the app: `["ranking", "views", "board"]`."""
        return self.name.split(".")[2:] if self.name.startswith("apps.") else []

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"

    @property
    def is_app(self) -> bool:
        return self.is_package and self.name.count(".") == 1 and self.name.startswith("apps.")

    def at(self, node: ast.AST) -> str:
        return f"{self.path.relative_to(REPOSITORY)}:{getattr(node, 'lineno', 1)}"

    @cached_property
    def functions(self) -> dict[str, Function]:
        """The functions of the module itself, without methods."""
        return {node.name: node for node in self.tree.body if isinstance(node, Function)}

    @cached_property
    def imported(self) -> dict[str, str]:
        """Each imported name, wherever it is imported, and its full dotted name."""
        names: dict[str, str] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                names |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
            elif isinstance(node, ast.Import):
                names |= {a.asname or a.name: a.name for a in node.names}
        return names


@cache
def modules() -> dict[str, Module]:
    """Every module of the project except migrations, by its dotted name."""
    found = {}
    for folder in FOLDERS:
        for path in sorted((REPOSITORY / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                dotted = path.relative_to(REPOSITORY).with_suffix("").parts
                name = ".".join(dotted[:-1] if path.name == "__init__.py" else dotted)
                found[name] = Module(name, path)
    return found


def module_of(name: str) -> Module | None:
    """The module of a dotted name, which may be a module or a name in one."""
    known = modules()
    return known.get(name) or known.get(name.rpartition(".")[0])


def imports(module: Module) -> Iterator[tuple[ast.AST, Module]]:
    """The project's modules that a module imports, each with the import's node."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for found in {module_of(name) for name in names}:
            if found is not None and found is not module:
                yield node, found
