"""Changing one line."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import F

from apps.audit.services import Actor, record, user_of
from apps.catalog.lines.faults import control_fault, text_fault
from apps.catalog.models import Character, Line, LineVersion
from apps.core.errors import DomainError, Invalid

LINE_DETAILS = ("notes", "labels", "character", "max_duration")


class LineChanged(DomainError):
    """Somebody else changed the line meanwhile."""


@transaction.atomic
def edit_line(
    line: Line,
    *,
    by: Actor,
    text: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> Line:
    """Change a line's text (a new version) and details (notes, labels, character, max_duration).

    Raises Invalid, or LineChanged when `line` is older than the row in the database.
    """
    changes = _line_changes(line, text, details or {})
    if not changes:
        return line
    fields, old_text = sorted(changes), line.text
    if "text" in changes:
        changes["version"] = F("version") + 1
    written = Line.objects.filter(pk=line.pk, version=line.version).update(**changes)
    if not written:
        raise LineChanged(
            f"The text of {line.key} was changed by somebody else meanwhile; yours was not "
            "saved. Look at the line again."
        )
    if "text" in changes:
        LineVersion.objects.create(
            line=line, version=line.version, text=old_text, replaced_by=user_of(by)
        )
    line.refresh_from_db()
    record("line.edited", line, by=by, fields=fields)
    return line


def _line_changes(line: Line, text: str | None, details: Mapping[str, Any]) -> dict[str, Any]:
    unknown = set(details) - set(LINE_DETAILS)
    errors = dict.fromkeys(unknown, "A line has no such detail.")
    if text is not None and line.says(text):
        text = None
    if text is not None and (fault := text_fault(text)):
        errors["text"] = f"Not saved: {fault}."
    if fault := control_fault(str(details.get("notes", ""))):
        errors["notes"] = f"Not saved: {fault}."
    character = details.get("character")
    if isinstance(character, Character) and character.series_id != line.series_id:
        errors["character"] = "This character belongs to another Series."
    if errors:
        raise Invalid(errors)
    wanted = dict(details) if text is None else {**details, "text": text}
    return {name: value for name, value in wanted.items() if getattr(line, name) != value}
