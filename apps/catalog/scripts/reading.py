"""Reads the lines of a script, and the rows that are refused with the reason."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from apps.catalog.language_tags import header_tag, normal_tag
from apps.catalog.lines.faults import control_fault, key_fault, text_fault
from apps.catalog.scripts.choosing import choose_texts
from apps.catalog.scripts.columns import Columns, read_columns
from apps.catalog.scripts.options import ReadOptions
from apps.catalog.scripts.sheets import (
    SheetRow,
    UnreadableFile,
    cell_of,
    decode,
    delimiters,
    header_cells,
    header_of,
    read_rows,
)
from apps.catalog.texts import is_empty

MAX_ENTRIES = 400_000
MAX_CHARACTER = 100
LineName = tuple[str, str]  # key, language


@dataclass(frozen=True, slots=True)
class ScriptEntry:
    """One text of the file. `line` is the line of the file where its row begins, `position` the
    row's position in the script, both from 1; `max_duration` in seconds.
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
    """What is not imported, and why. `line` is counted in the file, from 1.

    `is_unknown`: nobody can tell which line of the Series this row is.
    """

    line: int
    key: str
    reason: str
    language: str = ""
    is_unknown: bool = False


@dataclass(slots=True)
class Reading:
    """A file, read. `left_out` are languages that it has but that were not asked for.

    `without_text` are the keys of rows whose cell in a language is empty.
    """

    columns: Columns
    languages: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    entries: list[ScriptEntry] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    without_text: dict[str, list[str]] = field(default_factory=dict)


def read_script(data: bytes, options: ReadOptions, *, default_language: str) -> Reading:
    """Read all lines of a CSV or TSV file. Raises UnreadableFile or BadTag."""
    text = decode(data, options.encoding)
    asked = normal_tag(options.language or default_language)
    columns, rows = _columns(text, options, asked if options.language else "")
    columns, texts, left_out = choose_texts(
        columns, rows[1:], options, asked=asked, default=normal_tag(default_language)
    )
    reading = Reading(columns, tuple(texts), left_out)
    seen: dict[LineName, tuple[str, int]] = {}
    for position, row in enumerate(rows[1:], start=1):
        _read_row(row, position, texts, reading, seen, options.max_text)
    return reading


def _columns(text: str, options: ReadOptions, asked: str) -> tuple[Columns, list[SheetRow]]:
    """What the delimiter gives whose header is understood; with several, that of most columns."""
    headers = [(header_of(text, delimiter), delimiter) for delimiter in delimiters(text)]
    refusals: list[UnreadableFile] = []
    for _, delimiter in sorted(headers, key=lambda found: -len(found[0])):
        rows = read_rows(text, delimiter)
        try:
            columns = read_columns(
                header_cells(rows),
                [row.cells for row in rows[1:]],
                key=options.key_column,
                text=options.text_column,
                language=asked,
            )
        except UnreadableFile as error:
            refusals.append(error)
        else:
            return columns, rows
    raise refusals[0]


def _read_row(
    row: SheetRow,
    position: int,
    texts: dict[str, int],
    reading: Reading,
    seen: dict[LineName, tuple[str, int]],
    max_text: int,
) -> None:
    columns = reading.columns
    key, language = cell_of(row, columns.key), ""
    if columns.language is not None and not row.fault:
        language = header_tag(cell_of(row, columns.language))
        if language in reading.left_out:
            return
        texts = {language: texts[language]} if language else {}
    if fault := _unknown_fault(row, columns, language):
        reading.bad.append(BadRow(row.line, key, fault, language, is_unknown=True))
    elif fault := _repeated(key, language, seen) or _detail_fault(row, columns):
        reading.bad.append(BadRow(row.line, key, fault, language))
    else:
        seen[key.casefold(), language] = (key, row.line)
        _read_texts(row, position, texts, max_text, reading)


def _unknown_fault(row: SheetRow, columns: Columns, language: str) -> str:
    """Why nobody can tell which line the row is, or nothing."""
    if row.fault:
        return row.fault
    if any(cell.strip() for cell in row.cells[columns.width :]):
        return (
            f"the row has {len(row.cells)} cells, the header {columns.width}: put texts that "
            'contain the delimiter between quotation marks (")'
        )
    if fault := key_fault(cell_of(row, columns.key)):
        return fault
    if columns.language is not None and not language:
        said = cell_of(row, columns.language).strip()[:40]
        return f"the language {said!r} is not known" if said else "the language is empty"
    return ""


def _repeated(key: str, language: str, seen: dict[LineName, tuple[str, int]]) -> str:
    """Why the key cannot stand here, when it stands above already."""
    if (key.casefold(), language) not in seen:
        return ""
    first, line = seen[key.casefold(), language]
    if first == key:
        return f"duplicate key: it stands in line {line} already"
    return f"the key differs only in upper and lower case from {first!r} in line {line}"


def _detail_fault(row: SheetRow, columns: Columns) -> str:
    character = cell_of(row, columns.character).strip()
    if len(character) > MAX_CHARACTER:
        return f"the character's name has {len(character)} characters; {MAX_CHARACTER} at most"
    duration = cell_of(row, columns.max_duration).strip()
    if duration and _seconds(duration) is None:
        return f"the longest duration {duration[:20]!r} is no number of seconds above 0"
    details = (*columns.notes, columns.labels, columns.character)
    faults = (control_fault(cell_of(row, at)) for at in details)
    return next(filter(None, faults), "")


def _read_texts(
    row: SheetRow, position: int, texts: dict[str, int], max_text: int, reading: Reading
) -> None:
    """Add the row's texts. An empty cell in a file of several languages is no line."""
    columns = reading.columns
    key = row.cells[columns.key]
    details = _details(row, columns)
    for language, at in texts.items():
        text = cell_of(row, at)
        if is_empty(text) and language in columns.texts:
            reading.without_text.setdefault(language, []).append(key)
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
    labels = (label.strip() for label in cell_of(row, columns.labels).split(","))
    notes = (cell_of(row, at).strip() for at in columns.notes)
    return (
        tuple(label for label in labels if label),
        "\n".join(note for note in notes if note),
        cell_of(row, columns.character).strip(),
        _seconds(cell_of(row, columns.max_duration)),
    )


def _seconds(text: str) -> float | None:
    """A number of seconds above 0, with a decimal point or comma; None for any other text."""
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) and value > 0 else None


def bad_lines(reading: Reading) -> Iterator[tuple[str, str]]:
    """(key, language) of refused texts with a readable key: they are not missing from the file."""
    for bad in reading.bad:
        for language in (bad.language,) if bad.language else reading.languages:
            yield bad.key, language
