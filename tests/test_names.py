"""One word for one thing: words that have a meaning already, and class names that stand twice."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from tests.source import Module, modules

TWICE_ALLOWED = {"Command", "Meta", "Migration"}


@dataclass(frozen=True)
class Ban:
    """A word that names something else: what to say instead, and where it has its one meaning."""

    instead: str
    except_in: tuple[str, ...] = ()


BANNED = {
    "asking": Ban("request, form"),
    "bench": Ban("renderer"),
    "blindness": Ban("blind mode"),
    "conversation": Ban("comments"),
    "desk": Ban("context"),
    "draft": Ban(
        "temporary (file); a draft is a numbered version",
        ("apps.review", "apps.storage.classes"),
    ),
    "manner": Ban("options, settings"),
    "patience": Ban("grace, retry policy, outage"),
    "place": Ban("prefix, position, alias", ("apps.storage",)),
    "preview": Ban(
        "voice sample, import plan; a preview is a take that expires",
        ("apps.takes", "apps.review"),
    ),
    "seat": Ban("context"),
    "sheet": Ban("board; a sheet is a table of a spreadsheet", ("apps.catalog.scripts",)),
    "standing": Ban("status, in force"),
    "tally": Ban("counts"),
}
MODULES_BANNED = {
    "recording": "record, provider answer",
    "sentences": "the subject: english, sample_sentences",
    "words": "the subject: columns, language_tags, spoken_text",
    "wording": "announcements, problems",
}

# Names that are being changed, as "module:name". The list only shrinks.
KNOWN: set[str] = set()


def names(module: Module) -> Iterator[tuple[str, ast.AST]]:
    """What a module gives a name to, itself first."""
    yield module.name.rpartition(".")[2], module.tree
    for node in ast.walk(module.tree):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                yield name, node
            case ast.AsyncFunctionDef(name=name) | ast.arg(arg=name):
                yield name, node
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name, node
            case ast.alias(asname=str(name)):
                yield name, node


def parts_of(name: str) -> set[str]:
    """`SpeakingBench`, `_bench_of`, `BENCHES`: the words of a name, in the singular."""
    split = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower().split("_")
    return {form for word in split for form in (word, word.removesuffix("s"))}


def is_allowed(word: str, module: Module) -> bool:
    """Where a word has its one meaning; `place` also names what `get_place` returns."""
    if module.name.startswith(BANNED[word].except_in):
        return True
    return word == "place" and any(
        source.startswith("apps.storage.places") for source in module.imported.values()
    )


def banned_names() -> dict[str, str]:
    """Each name with a second meaning, and what to do about it."""
    found = {}
    for module in modules().values():
        for name, node in names(module):
            for word in sorted(parts_of(name) & BANNED.keys()):
                if not is_allowed(word, module):
                    advice = f"{module.at(node)} {name}: say {BANNED[word].instead}."
                    found.setdefault(f"{module.name}:{name}", advice)
        for word in MODULES_BANNED.keys() & set(module.name.rpartition(".")[2].split("_")):
            if f"sample_{word}" not in module.name:
                advice = f"{module.at(module.tree)} is named {word}: say {MODULES_BANNED[word]}."
                found[f"{module.name}:"] = advice
    return found


def test_a_word_names_one_thing() -> None:
    found = banned_names()
    new = [advice for name, advice in found.items() if name not in KNOWN]
    assert not new, "\n".join(new)
    assert found.keys() >= KNOWN, f"Renamed: take {KNOWN - found.keys()} out of KNOWN."


def test_a_banned_word_is_found_in_every_form() -> None:
    assert {"bench"} <= parts_of("SpeakingBench") & parts_of("_bench_of") & parts_of("MOST_BENCHS")
    assert "place" not in parts_of("replacements") | parts_of("placeholder")


def classes(body: list[ast.stmt], outer: str = "") -> Iterator[tuple[str, ast.ClassDef]]:
    """Classes by their whole name: `Kind` of a Series is `Series.Kind`."""
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield outer + node.name, node
            yield from classes(node.body, f"{outer}{node.name}.")


def test_no_class_name_stands_twice() -> None:
    found = defaultdict(list)
    for module in modules().values():
        for name, node in classes(module.tree.body):
            if node.name not in TWICE_ALLOWED:
                found[name].append(module.at(node))
    twice = [
        f"{' and '.join(where)} both define {name}: name each for what it is."
        for name, where in found.items()
        if len(where) > 1
    ]
    assert not twice, "\n".join(twice)
