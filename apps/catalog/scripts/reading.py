"""From the bytes of a script to its lines, and to the rows that are refused with the reason."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from apps.catalog.language_tags import normal_tag
from apps.catalog.lines.faults import MAX_TEXT, control_fault, key_fault, text_fault
from apps.catalog.scripts.columns import Columns, read_columns
from apps.catalog.scripts.sheets import (
    SheetRow,
    UnreadableFile,
    decode,
    delimiters,
    header_of,
    read_rows,
)
from apps.catalog.texts import is_empty

MAX_ENTRIES = 400_000


MAX_CHARACTER = 100


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What a person said about the file.

    Without `language` and `all_languages` the Series' default language is read. `key_column` and
    `text_column` name columns that are called otherwise than usual. `max_text` is the longest
    text that the provider takes, in characters.
    """

    language: str = ""
    all_languages: bool = False
    encoding: str = ""
    key_column: str = ""
    text_column: str = ""
    max_text: int = MAX_TEXT


@dataclass(frozen=True, slots=True)
class ScriptEntry:
    """One text of the file. `line` is where its row begins in the file, `position` the row's
    place in the script, both from 1; `max_duration` in seconds.
    """

    key: str
    language: str
    text: str
    line: int
    position: int
    labels: tuple[str, ...] = ()
    notes: str = ""
    character: str = ""
    max_duration: float | None = None


@dataclass(frozen=True, slots=True)
class BadRow:
    """What is not imported, and why. `line` is counted in the file, from 1."""

    line: int
    key: str
    reason: str
    language: str = ""


@dataclass(slots=True)
class Reading:
    """A file, read. `left_out` are languages that it has but that were not asked for."""

    columns: Columns
    languages: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    entries: list[ScriptEntry] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)


def read_script(data: bytes, options: ReadOptions, *, default_language: str) -> Reading:
    """All lines of a CSV or TSV file. Raises UnreadableFile or BadTag, and nothing else."""
    text = decode(data, options.encoding)
    columns, delimiter = _columns(text, options)
    texts, left_out = _chosen(columns, options, default_language)
    reading = Reading(columns, tuple(texts), left_out)
    seen: dict[str, tuple[str, int]] = {}
    rows = read_rows(text, delimiter)
    for position, row in enumerate(rows[1:], start=1):
        reason = _row_fault(row, columns, seen)
        if reason:
            reading.bad.append(BadRow(row.line, _cell(row, columns.key), reason))
            continue
        seen[row.cells[columns.key].casefold()] = (row.cells[columns.key], row.line)
        _read_texts(row, position, texts, options.max_text, reading)
    return reading


def _columns(text: str, options: ReadOptions) -> tuple[Columns, str]:
    """The delimiter whose header is understood; with several, the one that gives most columns."""
    found: list[tuple[int, Columns, str]] = []
    refusals: list[tuple[int, UnreadableFile]] = []
    for delimiter in delimiters(text):
        header = header_of(text, delimiter)
        try:
            columns = read_columns(header, key=options.key_column, text=options.text_column)
        except UnreadableFile as error:
            refusals.append((len(header), error))
        else:
            found.append((len(header), columns, delimiter))
    if not found:
        raise max(refusals, key=lambda refusal: refusal[0])[1]
    _, columns, delimiter = max(found, key=lambda candidate: candidate[0])
    return columns, delimiter


def _chosen(
    columns: Columns, options: ReadOptions, default_language: str
) -> tuple[dict[str, int], tuple[str, ...]]:
    """The text columns to read by language, and the languages that stay out."""
    asked = normal_tag(options.language or default_language)
    if "" in columns.texts:
        return {asked: columns.texts[""]}, ()
    if options.all_languages:
        return dict(columns.texts), ()
    if asked not in columns.texts:
        has = ", ".join(columns.texts)
        raise UnreadableFile(
            f"The file has no column for {asked}; it has {has}. Choose one of them (--language), "
            "or all (--all-languages)."
        )
    return {asked: columns.texts[asked]}, tuple(tag for tag in columns.texts if tag != asked)


def _row_fault(row: SheetRow, columns: Columns, seen: dict[str, tuple[str, int]]) -> str:
    """Why the row as a whole is refused, or nothing."""
    if row.fault:
        return row.fault
    if any(cell.strip() for cell in row.cells[columns.width :]):
        return (
            f"the row has {len(row.cells)} cells, the header {columns.width}: put texts that "
            'contain the delimiter between quotation marks (")'
        )
    key = _cell(row, columns.key)
    if fault := key_fault(key):
        return fault
    if key.casefold() in seen:
        first, line = seen[key.casefold()]
        if first == key:
            return f"duplicate key: it stands in line {line} already"
        return f"the key differs only in upper and lower case from {first!r} in line {line}"
    return _detail_fault(row, columns)


def _detail_fault(row: SheetRow, columns: Columns) -> str:
    character = _cell(row, columns.character).strip()
    if len(character) > MAX_CHARACTER:
        return f"the character's name has {len(character)} characters; {MAX_CHARACTER} at most"
    duration = _cell(row, columns.max_duration).strip()
    if duration and _seconds(duration) is None:
        return f"the longest duration {duration[:20]!r} is no number of seconds above 0"
    details = (*columns.notes, columns.labels, columns.character)
    faults = (control_fault(_cell(row, at)) for at in details)
    return next(filter(None, faults), "")


def _read_texts(
    row: SheetRow, position: int, texts: dict[str, int], max_text: int, reading: Reading
) -> None:
    """Add the row's texts. Among several languages an empty cell means: not in this one."""
    columns = reading.columns
    key = row.cells[columns.key]
    details = _details(row, columns)
    for language, at in texts.items():
        text = _cell(row, at)
        if is_empty(text) and "" not in columns.texts:
            continue
        if fault := text_fault(text, max_text):
            reading.bad.append(BadRow(row.line, key, fault, language))
            continue
        reading.entries.append(ScriptEntry(key, language, text, row.line, position, *details))
    if len(reading.entries) > MAX_ENTRIES:
        raise UnreadableFile(
            f"The file has more than {MAX_ENTRIES:,} texts; nothing was imported. "
            "Import its languages one at a time (--language)."
        )


def _details(row: SheetRow, columns: Columns) -> tuple[tuple[str, ...], str, str, float | None]:
    labels = (label.strip() for label in _cell(row, columns.labels).split(","))
    notes = (_cell(row, at).strip() for at in columns.notes)
    return (
        tuple(label for label in labels if label),
        "\n".join(note for note in notes if note),
        _cell(row, columns.character).strip(),
        _seconds(_cell(row, columns.max_duration)),
    )


def _seconds(text: str) -> float | None:
    """A number above 0, with a decimal point or comma."""
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) and value > 0 else None


def _cell(row: SheetRow, at: int | None) -> str:
    return row.cells[at] if at is not None and at < len(row.cells) else ""


def bad_lines(reading: Reading) -> Iterator[tuple[str, str]]:
    """(key, language) of refused texts whose key could be read: they are in the file."""
    for bad in reading.bad:
        for language in (bad.language,) if bad.language else reading.languages:
            yield bad.key, language
