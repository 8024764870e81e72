"""Reports on an import plan: sentences for page and command, refused rows for spreadsheets."""

import csv
import io
from collections.abc import Iterable

from apps.catalog.scripts.planning import Plan
from apps.catalog.scripts.reading import BadRow

MOST_NAMED = 10  # keys in one sentence

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


def notices(plan: Plan) -> list[str]:
    """Sentences without their full stop, in the order of their weight."""
    said = [plan.not_retired, plan.unspeakable, *plan.stumbles, *_without_text(plan)]
    if plan.left_out:
        said.append(f"Also in the file, not asked for: {', '.join(plan.left_out)}")
    if plan.ignored_columns:
        said.append(f"Columns without a meaning here: {', '.join(plan.ignored_columns)}")
    if plan.restored:
        said.append(f"Retired lines that come back: {plan.restored:,}")
    return [sentence for sentence in said if sentence]


def _without_text(plan: Plan) -> list[str]:
    return [
        f"Rows without a text in {language}: {len(keys):,} ({_named(keys)})"
        for language, keys in plan.without_text.items()
    ]


def _named(keys: list[str]) -> str:
    return ", ".join(keys[:MOST_NAMED]) + (", …" if len(keys) > MOST_NAMED else "")
