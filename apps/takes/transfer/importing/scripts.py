"""Adds a batch's missing lines to its Series, as a script that the catalog imports."""

import csv
import io

from apps.catalog.scripts.planning import ImportOptions, plan_import
from apps.catalog.scripts.services import import_script
from apps.core.errors import DomainError
from apps.takes.transfer.importing.candidates import Candidate


def line_faults(candidate: Candidate) -> list[str]:
    """The faults of missing lines that cannot be added to the Series."""
    script = _missing_lines(candidate)
    if not script:
        return []
    try:
        plan = plan_import(candidate.series, script, options=_options(candidate))
    except DomainError as error:
        return [str(error)]
    return [f"Line {row.key!r:.60}: {row.reason}." for row in plan.bad]


def add_missing_lines(candidate: Candidate) -> None:
    """Add the lines that the Series lacks; existing lines stay unchanged. Raises DomainError."""
    if script := _missing_lines(candidate):
        import_script(
            candidate.series,
            script,
            by=None,
            options=_options(candidate),
            file_name=f"{candidate.survey.document.batch_id}/metadata.json",
            strict=True,
        )


def _missing_lines(candidate: Candidate) -> bytes:
    texts = candidate.texts()
    known = candidate.known_lines(texts)
    rows = [(key, text) for key, text in texts.items() if key not in known]
    if not rows:
        return b""
    file = io.StringIO(newline="")
    csv.writer(file, quoting=csv.QUOTE_ALL).writerows([("line_key", "text"), *rows])
    return file.getvalue().encode()


def _options(candidate: Candidate) -> ImportOptions:
    return ImportOptions(language=candidate.tag)
