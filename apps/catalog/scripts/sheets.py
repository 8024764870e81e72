"""Reads the rows of a CSV or TSV file, without knowing what a row means."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Literal

from apps.core.errors import DomainError

MAX_BYTES = 20 * 1024 * 1024
MAX_ROWS = 200_000
MAX_CELL = csv.field_size_limit()
DELIMITERS = (",", ";", "\t")
# The UTF-32 mark begins with the UTF-16 one: UTF-32 is read as NULs and refused.
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
ENCODINGS = {
    "utf-8": "utf-8",
    "utf-16": "utf-16",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "cp1252": "windows-1252",
}
# First bytes of files that spreadsheet users upload by mistake, with advice for each.
NOT_TEXT = (
    (b"PK\x03\x04", "a zip file or an Excel workbook (.xlsx)", "save the sheet as CSV (UTF-8)"),
    (b"PK\x05\x06", "an empty zip file", "upload the CSV file itself"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)", "save the sheet as CSV (UTF-8)"),
    (b"\x1f\x8b", "a gzip file", "unpack it first"),
    (b"BZh", "a bzip2 file", "unpack it first"),
    (b"\xfd7zXZ\x00", "an xz file", "unpack it first"),
    (b"7z\xbc\xaf", "a 7-Zip file", "unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file", "unpack it first"),
    (b"%PDF-", "a PDF", "export the table as CSV (UTF-8)"),
)
# Excel names the delimiter in a first line of this form.
EXCEL_HINT = re.compile(r"sep=([,;\t])(?:\r\n|\r|\n)", re.IGNORECASE)

QUOTED_CELL = re.compile(r'"(?:[^"]|"")*"')


class UnreadableFile(DomainError):
    """The whole file cannot be read as a script; nothing was imported."""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One record of the file. `line` is the line of the file where it begins, from 1.

    `fault` says why the record could not be parsed; its cells are empty then.
    """

    line: int
    cells: tuple[str, ...]
    fault: str = ""


def read_bounded(stream: IO[bytes], size: int | None = None) -> bytes:
    """Read an upload or file. Raises UnreadableFile for more than 20 MB.

    `size`, in bytes, if known, lets a file that is too large be refused unread.
    """
    data = b"" if size is not None and size > MAX_BYTES else stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES or (size is not None and size > MAX_BYTES):
        raise UnreadableFile(
            f"The file is larger than {MAX_BYTES // 1024**2} MB; nothing was imported. "
            "Cut it into several files with the same header and import them one by one."
        )
    return data


def decode(data: bytes, encoding: str = "") -> str:
    """The file's text, by its byte order mark, else `encoding`, else UTF-8.

    Raises UnreadableFile for anything that is not text.
    """
    _refuse_known_formats(data)
    wanted = encoding_name(encoding)
    codec = next((codec for mark, codec in MARKS if data.startswith(mark)), wanted or "utf-8")
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as error:
        raise _undecodable(data, error, wanted) from error
    if "\0" in text:
        raise UnreadableFile(
            "The file holds NUL characters, so it is not a text file, or it is UTF-16 or UTF-32 "
            "without its mark. Save it as CSV (UTF-8); nothing was imported."
        )
    return text.removeprefix("\ufeff")


def encoding_name(name: str) -> str:
    """Python's name of the requested encoding; empty when none was requested."""
    if not name.strip():
        return ""
    try:
        return ENCODINGS[codecs.lookup(name.strip()).name]
    except (LookupError, ValueError) as error:
        known = ", ".join(ENCODINGS.values())
        raise UnreadableFile(f"The encoding {name!r} is not read here; choose {known}.") from error


def delimiters(text: str) -> tuple[str, ...]:
    """The delimiters to try: the one that Excel's `sep=;` line names, else all."""
    hint = EXCEL_HINT.match(text)
    return (hint[1],) if hint else DELIMITERS


def header_of(text: str, delimiter: str) -> tuple[str, ...]:
    """The cells of the first record that is not blank, as this delimiter would have it."""
    for row in _records(text, delimiter):
        if row.fault or any(row.cells):
            return row.cells
    return ()


def header_cells(rows: list[SheetRow]) -> tuple[str, ...]:
    """The first of the rows. Raises UnreadableFile when it could not be read."""
    if rows and rows[0].fault:
        raise UnreadableFile(f"Line {rows[0].line}, the header: {rows[0].fault}.")
    return rows[0].cells if rows else ()


def read_rows(text: str, delimiter: str) -> list[SheetRow]:
    """All records with something in them, header first. UnreadableFile when they are too many.

    Tab files of game tools know no quotation: a text may begin with a quotation mark there.
    """
    quoted = _filled(_records(text, delimiter))
    if delimiter != "\t" or '"' not in text:
        return quoted
    plain = _filled(_records(text, delimiter, is_quoted=False))
    return quoted if _is_quoted(quoted, plain) else plain


def cell_of(row: SheetRow, at: int | None) -> str:
    """A short row ends with empty cells."""
    return row.cells[at] if at is not None and at < len(row.cells) else ""


def _filled(records: Iterator[SheetRow]) -> list[SheetRow]:
    rows: list[SheetRow] = []
    for row in records:
        if not row.fault and not any(cell.strip() for cell in row.cells):
            continue
        if len(rows) > MAX_ROWS:
            raise UnreadableFile(
                f"The file has more than {MAX_ROWS:,} rows; nothing was imported. "
                "Cut it into several files with the same header."
            )
        rows.append(row)
    return rows


def _is_quoted(quoted: list[SheetRow], plain: list[SheetRow]) -> bool:
    """Which of two ways to read a file explains it: fewer rows that differ from the header.

    A doubled quotation mark inside a quoted cell is written by programs that quote. Where both
    ways explain every row, a cell with a mark that does not enclose it was not quoted.
    """
    marked = [cell for row in plain for cell in row.cells if '"' in cell]
    if any(QUOTED_CELL.fullmatch(cell) and '""' in cell[1:-1] for cell in marked):
        return True
    difference = _misfits(plain) - _misfits(quoted)
    return difference > 0 or (
        difference == 0 and all(QUOTED_CELL.fullmatch(cell) for cell in marked)
    )


def _misfits(rows: list[SheetRow]) -> int:
    width = len(rows[0].cells) if rows else 0
    return sum(bool(row.fault) or len(row.cells) != width for row in rows)


def _records(text: str, delimiter: str, *, is_quoted: bool = True) -> Iterator[SheetRow]:
    """One after another; after one that cannot be read the line after its first is the next."""
    lines = io.StringIO(text, newline="").readlines()
    begins = 1 if EXCEL_HINT.match(text) else 0
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if is_quoted else csv.QUOTE_NONE
    while begins < len(lines):
        following = (lines[at] for at in range(begins, len(lines)))
        reader = csv.reader(following, delimiter=delimiter, quoting=quoting, strict=True)
        above = begins
        try:
            for cells in reader:
                yield SheetRow(begins + 1, tuple(cells))
                begins = above + reader.line_num
        except csv.Error as error:
            yield SheetRow(begins + 1, (), _fault(error))
            begins += 1


def _fault(error: csv.Error) -> str:
    """Why one record is broken."""
    said = str(error)
    if "unexpected end of data" in said:
        return (
            'a quotation mark (") opens here and is never closed; close it, or double it where '
            "it is part of the text"
        )
    if "field limit" in said:
        return (
            f"a cell is longer than {MAX_CELL:,} characters; probably a quotation mark "
            '(") opens here and is not closed'
        )
    return (
        'text follows a closing quotation mark ("); put the whole cell between quotation marks '
        "and double those that are part of the text"
    )


def _refuse_known_formats(data: bytes) -> None:
    for magic, what, remedy in NOT_TEXT:
        if data.startswith(magic):
            raise UnreadableFile(f"This is {what}, not CSV: {remedy}. Nothing was imported.")
    if not data.strip():
        raise UnreadableFile("The file is empty.")


def _undecodable(data: bytes, error: UnicodeDecodeError, wanted: str) -> UnreadableFile:
    line = data.count(b"\n", 0, error.start) + 1
    where = f"Line {line} holds bytes (0x{data[error.start : error.start + 1].hex()})"
    if wanted or data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        name = wanted or "UTF-16"
        return UnreadableFile(f"{where} that are not {name}; nothing was imported.")
    return UnreadableFile(
        f"{where} that are not UTF-8; nothing was imported. If the file comes from an older "
        "Excel, choose the encoding Windows-1252 (--encoding windows-1252)."
    )
