"""Writes tables for spreadsheets."""

import csv
import io
from collections.abc import Iterable

from apps.catalog.scripts.reading import BadRow

# Spreadsheets run cells with these beginnings as formulas (OWASP, "CSV Injection").
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def neutral(cell: str) -> str:
    """The cell, with an apostrophe in front where a spreadsheet would run it as a formula."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


def bad_rows_csv(bad: Iterable[BadRow]) -> bytes:
    """The refused rows as CSV in UTF-8 with a byte order mark, which Excel needs."""
    output = io.StringIO(newline="")
    writer = csv.writer(output)
    writer.writerow(["file line", "key", "language", "reason"])
    for row in bad:
        writer.writerow([row.line, *map(neutral, (row.key, row.language, row.reason))])
    return output.getvalue().encode("utf-8-sig")
