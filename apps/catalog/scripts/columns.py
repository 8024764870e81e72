"""Finds the columns of a script by the names in its header."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from apps.catalog.language_tags import header_tag
from apps.catalog.scripts.sheets import UnreadableFile

KEY_NAMES = ("function", "line_key", "item_id", "identifier", "key")
TEXT_NAMES = ("line", "text")
# What translators work from, where no column has one of TEXT_NAMES.
SOURCE_NAMES = ("source", "source_text", "source_string", "original", "original_text", "dialogue")
LANGUAGE_NAMES = ("language", "locale")
LABEL_NAMES = ("labels", "label")
NOTE_NAMES = ("context", "source", "notes", "direction")
DETAIL_NAMES = (*LABEL_NAMES, *NOTE_NAMES, "character", "max_duration")
KNOWN_NAMES = (*KEY_NAMES, *TEXT_NAMES, *SOURCE_NAMES, *LANGUAGE_NAMES, *DETAIL_NAMES)
# `scene_1`, `a/b.rpy`, `line:0a1`, `max2`: one word with a digit or a mark that no text has.
IDENTIFIER = re.compile(r"(?=\S*[\d_/\\:])[\w./\\:#-]+")
MOST_LOOKED_AT = 1_000
EXAMPLES = "Function,Line or line_key,text or item_id,labels,en,es-CO,…,context"


@dataclass(frozen=True, slots=True)
class Columns:
    """The positions of a script's columns, counted from 0.

    `texts` maps each language to its column. `source` is a column of texts that no language is
    named for: the only one of the file, or what the languages beside it were translated from.
    `language` names the language of each row's `source`. `ignored` are names without a meaning
    here.
    """

    width: int
    key: int
    texts: Mapping[str, int]
    source: int | None = None
    language: int | None = None
    labels: int | None = None
    notes: tuple[int, ...] = ()
    character: int | None = None
    max_duration: int | None = None
    ignored: tuple[str, ...] = field(default=())

    def with_source_as_note(self) -> "Columns":
        """The source text as what it is beside a column in the same language: context."""
        if self.source is None or self.source in self.notes:
            return self
        return replace(self, source=None, notes=tuple(sorted((*self.notes, self.source))))


def read_columns(
    header: Sequence[str],
    rows: Sequence[Sequence[str]] = (),
    *,
    key: str = "",
    text: str = "",
    language: str = "",
) -> Columns:
    """Look the columns up by name; `key` and `text` name them where they are called otherwise.

    The cells of `rows` decide whether a column is a language's: a tag such as `id` or `max` is a
    word as well. The column for `language`, which somebody asked for, is one whatever it holds.
    Raises UnreadableFile when there is no key column, no text, or two columns for one thing.
    """
    names = [cell.strip().casefold() for cell in header]
    key_at = _named(names, key) if key else _only(names, KEY_NAMES, "the key of a line")
    if key_at is None:
        raise _unknown(header, "no column with the key of each line")
    texts = _languages(header, rows, key_at, language)
    source = _named(names, text) if text else _source(names, rows, key_at, is_wide=bool(texts))
    if source in texts.values():
        texts, source = {tag: at for tag, at in texts.items() if at == source}, None
    if not texts and source is None:
        raise _unknown(header, "no column with texts")
    used = {key_at, *texts.values()} | ({source} if source is not None else set())
    return _with_details(header, names, used, key_at, texts, source)


def _with_details(
    header: Sequence[str],
    names: Sequence[str],
    used: set[int],
    key_at: int,
    texts: Mapping[str, int],
    source: int | None,
) -> Columns:
    """The columns beside keys and texts, and the names of those that nothing is made of."""
    # Beside one column per language, a language for the whole row has no meaning.
    language = None if texts else _only(names, LANGUAGE_NAMES, "the language", used)
    known = {at for at, name in enumerate(names) if name in DETAIL_NAMES} | used | {language}
    return Columns(
        width=len(header),
        key=key_at,
        texts=texts,
        source=source,
        language=language,
        labels=_only(names, LABEL_NAMES, "labels", used),
        notes=tuple(at for at, name in enumerate(names) if name in NOTE_NAMES and at not in used),
        character=_only(names, ("character",), "the character", used),
        max_duration=_only(names, ("max_duration",), "the longest duration", used),
        ignored=tuple(
            cell.strip() for at, cell in enumerate(header) if cell.strip() and at not in known
        ),
    )


def _source(
    names: Sequence[str], rows: Sequence[Sequence[str]], key_at: int, *, is_wide: bool
) -> int | None:
    """The column of texts without a language. `line` may also be a number, `source` a file."""
    found = [at for at, name in enumerate(names) if name in TEXT_NAMES and at != key_at]
    if is_wide or len(found) > 1:
        found = [at for at in found if _looks_like_texts(rows, at, "")]
    if len(found) > 1:
        raise _several(names, found, "the text")
    if found:
        return found[0]
    candidates = [at for at, name in enumerate(names) if name in SOURCE_NAMES and at != key_at]
    return next((at for at in candidates if _looks_like_texts(rows, at, "")), None)


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
        raise _several(names, found, what)
    return found[0] if found else None


def _languages(
    header: Sequence[str], rows: Sequence[Sequence[str]], key_at: int, asked: str
) -> dict[str, int]:
    """Columns named by a language; `key`, itself a tag, is known by its other meaning."""
    texts: dict[str, int] = {}
    for at, cell in enumerate(header):
        if at == key_at or cell.strip().casefold() in KNOWN_NAMES:
            continue
        tag = header_tag(cell)
        if not tag or (tag != asked and not _looks_like_texts(rows, at, tag)):
            continue
        if tag in texts:
            raise UnreadableFile(f"The header has two columns for the language {tag}.")
        texts[tag] = at
    return texts


def _looks_like_texts(rows: Sequence[Sequence[str]], at: int, tag: str) -> bool:
    """Whether most cells are words rather than numbers, ids or paths.

    Three-letter tags and `id` are words that tables of games use for other things: their cells
    must show more, a blank or a character that is not ASCII. Nothing speaks against a column
    without cells, but for these.
    """
    cells = [row[at].strip() for row in rows if at < len(row)]
    cells = [cell for cell in cells if cell][:MOST_LOOKED_AT]
    is_also_a_word = len(tag.partition("-")[0]) == 3 or tag == "id"
    if is_also_a_word and not any(" " in cell or not cell.isascii() for cell in cells):
        return False
    words = sum(any(map(str.isalpha, cell)) and not IDENTIFIER.fullmatch(cell) for cell in cells)
    return 2 * words > len(cells) or not cells


def _several(names: Sequence[str], found: Sequence[int], what: str) -> UnreadableFile:
    return UnreadableFile(
        f"The header has several columns for {what}: "
        f"{_listed([names[at] for at in found])}. Rename those that are not meant."
    )


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
