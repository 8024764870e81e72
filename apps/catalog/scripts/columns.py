"""Finds the columns of a script by the names in its header."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from apps.catalog.language_tags import is_tag, normal_tag
from apps.catalog.scripts.sheets import UnreadableFile

KEY_NAMES = ("function", "line_key", "item_id", "identifier", "key")
TEXT_NAMES = ("line", "text")
LABEL_NAMES = ("labels", "label")
NOTE_NAMES = ("context", "source", "notes", "direction")
KNOWN_NAMES = (*KEY_NAMES, *TEXT_NAMES, *LABEL_NAMES, *NOTE_NAMES, "character", "max_duration")
EXAMPLES = "Function,Line or line_key,text or item_id,labels,en,es-CO,…,context"


@dataclass(frozen=True, slots=True)
class Columns:
    """The positions of a script's columns, counted from 0.

    `texts` maps each language to its column; a single text column without a language is under
    "". `ignored` are column names without a meaning here.
    """

    width: int
    key: int
    texts: Mapping[str, int]
    labels: int | None = None
    notes: tuple[int, ...] = ()
    character: int | None = None
    max_duration: int | None = None
    ignored: tuple[str, ...] = field(default=())


def read_columns(header: Sequence[str], *, key: str = "", text: str = "") -> Columns:
    """Find the columns by name; `key` and `text` name these two columns when called otherwise.

    Raises UnreadableFile without a key or a text column, or with two columns for one thing.
    """
    names = [cell.strip().casefold() for cell in header]
    key_at = _named(names, key) if key else _only(names, KEY_NAMES, "the key of a line")
    if key_at is None:
        raise _unknown(header, "no column with the key of each line")
    text_at = _named(names, text) if text else _only(names, TEXT_NAMES, "the text")
    texts = {"": text_at} if text_at is not None else _languages(header, key_at)
    if not texts:
        raise _unknown(header, "no column with texts")
    notes = tuple(at for at, name in enumerate(names) if name in NOTE_NAMES)
    used = {key_at, *texts.values()}
    return Columns(
        width=len(header),
        key=key_at,
        texts=texts,
        labels=_only(names, LABEL_NAMES, "labels", used),
        notes=tuple(at for at in notes if at not in used),
        character=_only(names, ("character",), "the character", used),
        max_duration=_only(names, ("max_duration",), "the longest duration", used),
        ignored=tuple(
            cell.strip()
            for at, cell in enumerate(header)
            if cell.strip() and at not in used and names[at] not in KNOWN_NAMES
        ),
    )


def _named(names: Sequence[str], wanted: str) -> int:
    found = [at for at, name in enumerate(names) if name == wanted.strip().casefold()]
    if len(found) != 1:
        trouble = "no column" if not found else f"{len(found)} columns"
        raise UnreadableFile(
            f"The header has {trouble} called {wanted!r}; it has: {_listed(names)}."
        )
    return found[0]


def _only(
    names: Sequence[str],
    known: Sequence[str],
    what: str,
    used: frozenset[int] | set[int] = frozenset(),
) -> int | None:
    found = [at for at, name in enumerate(names) if name in known and at not in used]
    if len(found) > 1:
        raise UnreadableFile(
            f"The header has several columns for {what}: "
            f"{_listed([names[at] for at in found])}. Rename those that are not meant."
        )
    return found[0] if found else None


def _languages(header: Sequence[str], key_at: int) -> dict[str, int]:
    """The columns named by a language tag; `key`, also a valid tag, is the key column."""
    texts: dict[str, int] = {}
    for at, cell in enumerate(header):
        if at == key_at or cell.strip().casefold() in KNOWN_NAMES or not is_tag(cell):
            continue
        tag = normal_tag(cell)
        if tag in texts:
            raise UnreadableFile(f"The header has two columns for the language {tag}.")
        texts[tag] = at
    return texts


def _unknown(header: Sequence[str], what: str) -> UnreadableFile:
    return UnreadableFile(
        f"The header has {what}. It reads: {_listed(header)}. Known headers are {EXAMPLES}; "
        "other names can be told with the key column and text column (--key-column, "
        "--text-column)."
    )


def _listed(names: Sequence[str]) -> str:
    """The column names for a message; a long or binary header is cut."""
    shown = ", ".join(repr(name.strip()[:40]) for name in names[:20] if name.strip())
    return (shown or "nothing") + (", …" if len(names) > 20 else "")
