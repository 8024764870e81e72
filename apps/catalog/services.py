"""What a person can ask of the catalog: make a Series, import a script, edit a line."""

import zlib
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from guardian.shortcuts import assign_perm

from apps.accounts.models import User
from apps.audit.services import record
from apps.catalog.importing import apply_plan
from apps.catalog.models import Character, Line, LineVersion, PendingImport, Script, Series
from apps.catalog.planning import ImportOptions, Plan, plan_import
from apps.catalog.reading import BadRow, control_fault, text_fault
from apps.catalog.tags import BadTag, normal_tag
from apps.core.access import codename
from apps.core.errors import DomainError, Invalid

# What the maker of a Series may do with it; the rest is granted by an administrator.
MAKER_PERMISSIONS = ("view", "edit", "generate", "rank")
LINE_DETAILS = ("notes", "labels", "character", "max_duration")

Actor = User | AnonymousUser | None


class ImportRefused(DomainError):
    """Nothing was imported: the good rows were too few, or bad rows were not allowed."""

    def __init__(self, message: str, bad: list[BadRow]) -> None:
        self.bad = bad
        super().__init__(message)


class PlanOutdated(DomainError):
    """What the import would do is no longer what was shown; `plan` says what it would do now."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        super().__init__(
            "The Series changed after this preview was made. Nothing was imported; "
            "look at the new preview and confirm again."
        )


class LineChanged(DomainError):
    """Somebody else changed the line meanwhile."""


@transaction.atomic
def create_series(
    slug: str,
    title: str = "",
    kind: str = Series.Kind.GAME,
    default_language: str = "en",
    *,
    by: Actor,
) -> Series:
    """A new Series; whoever makes it may see, edit, generate and rank. Raises Invalid."""
    series = new_series(slug, title, kind, default_language)
    series.save()
    if isinstance(by, User):
        for permission in MAKER_PERMISSIONS:
            assign_perm(codename(permission), by, series)
    record("series.created", series, by=by, slug=slug, kind=kind)
    return series


def new_series(
    slug: str, title: str = "", kind: str = Series.Kind.GAME, default_language: str = "en"
) -> Series:
    """A Series that is valid but not saved. Raises Invalid."""
    try:
        default_language = normal_tag(default_language)
    except BadTag as error:
        raise Invalid({"default_language": str(error)}) from error
    series = Series(slug=slug, title=title or slug, kind=kind, default_language=default_language)
    try:
        series.full_clean()
    except ValidationError as error:
        wrong = {name: " ".join(said) for name, said in error.message_dict.items()}
        raise Invalid(wrong) from error
    return series


@transaction.atomic
def import_script(
    series: Series,
    data: bytes,
    *,
    by: Actor,
    options: ImportOptions = ImportOptions(),
    file_name: str = "script.csv",
    strict: bool = False,
    expected: str = "",
) -> tuple[Script, Plan]:
    """Import the good rows of a file and say what was done.

    `strict` refuses the whole file for one bad row (ImportRefused); `expected` is the
    fingerprint of the plan that a person confirmed (PlanOutdated when it would differ now).
    Raises UnreadableFile or BadTag as `plan_import` does.
    """
    locked = Series.objects.select_for_update().get(pk=series.pk)
    plan = plan_import(locked, data, options=options, file_name=file_name)
    if expected and plan.fingerprint != expected:
        raise PlanOutdated(plan)
    check_plan(plan, strict=strict)
    script = apply_plan(locked, plan, by=by if isinstance(by, User) else None)
    record("script.imported", script, by=by, series=locked.slug, **counts(plan))
    return script, plan


def check_plan(plan: Plan, *, strict: bool = False) -> None:
    """Raise ImportRefused for a plan without a good line, or with a bad row when `strict`."""
    if strict and plan.bad:
        raise ImportRefused(
            f"{len(plan.bad)} bad rows; nothing was imported because all rows must be good.",
            plan.bad,
        )
    if not plan.lines:
        raise ImportRefused(
            f"The file has no line to import ({len(plan.bad)} bad rows); nothing was written.",
            plan.bad,
        )


def counts(plan: Plan) -> dict[str, int]:
    return {
        "new": len(plan.new),
        "changed": len(plan.changed),
        "unchanged": plan.unchanged,
        "missing": len(plan.missing),
        "retired": len(plan.missing) if plan.retire_missing else 0,
        "restored": plan.restored,
        "bad": len(plan.bad),
    }


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
    old_text = line.text
    if "text" in changes:
        changes["version"] = F("version") + 1
    written = Line.objects.filter(pk=line.pk, version=line.version).update(**changes)
    if not written:
        raise LineChanged(
            f"The text of {line.key} was changed by somebody else meanwhile; yours was not "
            "saved. Look at the line again."
        )
    if "text" in changes:
        actor = by if isinstance(by, User) else None
        LineVersion.objects.create(
            line=line, version=line.version, text=old_text, replaced_by=actor
        )
    line.refresh_from_db()
    record("line.edited", line, by=by, fields=sorted(set(changes) - {"version"}))
    return line


def _line_changes(line: Line, text: str | None, details: Mapping[str, Any]) -> dict[str, Any]:
    unknown = set(details) - set(LINE_DETAILS)
    errors = {name: "A line has no such detail." for name in unknown}
    if text is not None and text != line.text and (fault := text_fault(text)):
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


@transaction.atomic
def hold_upload(
    series: Series, data: bytes, *, file_name: str, options: ImportOptions, by: User
) -> PendingImport:
    """Keep an uploaded file for its preview; what waited longer than a day is thrown away."""
    PendingImport.objects.expired().delete()
    return PendingImport.objects.create(
        series=series,
        owner=by,
        file_name=file_name[-255:],
        packed=zlib.compress(data),
        options=asdict(options),
    )


def plan_pending(pending: PendingImport) -> Plan:
    """What confirming would do now."""
    data, options = _unpack(pending)
    return plan_import(pending.series, data, options=options, file_name=pending.file_name)


@transaction.atomic
def confirm_import(pending: PendingImport, *, expected: str, by: User) -> tuple[Script, Plan]:
    """Import what waits, once, if it still does what the preview showed (else PlanOutdated)."""
    data, options = _unpack(pending)
    script, plan = import_script(
        pending.series,
        data,
        by=by,
        options=options,
        file_name=pending.file_name,
        expected=expected,
    )
    pending.delete()
    return script, plan


def _unpack(pending: PendingImport) -> tuple[bytes, ImportOptions]:
    return zlib.decompress(pending.packed), ImportOptions(**pending.options)
