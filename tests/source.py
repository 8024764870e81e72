"""The source of apps/ and voicecms/ as syntax trees: modules, their imports, what they define."""

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
    """One file. `name` is dotted; a package goes by the name of its folder."""

    name: str
    path: Path

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text())

    @property
    def app(self) -> str:
        """`apps.takes`; `voicecms` for what belongs to no app."""
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
        """Functions of the module itself, without methods."""
        return {node.name: node for node in self.tree.body if isinstance(node, Function)}

    @cached_property
    def imported(self) -> dict[str, str]:
        """Each imported name, wherever it is imported, and what it stands for in full."""
        names: dict[str, str] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                names |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
            elif isinstance(node, ast.Import):
                names |= {a.asname or a.name: a.name for a in node.names}
        return names


@cache
def modules() -> dict[str, Module]:
    """Every module of ours but migrations, by its dotted name."""
    found = {}
    for folder in FOLDERS:
        for path in sorted((REPOSITORY / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                dotted = path.relative_to(REPOSITORY).with_suffix("").parts
                name = ".".join(dotted[:-1] if path.name == "__init__.py" else dotted)
                found[name] = Module(name, path)
    return found


def module_of(name: str) -> Module | None:
    """The module that a dotted name is, or is a name of."""
    known = modules()
    return known.get(name) or known.get(name.rpartition(".")[0])


def imports(module: Module) -> Iterator[tuple[ast.AST, Module]]:
    """What a module imports of ours, and where."""
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
