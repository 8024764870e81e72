"""Imports scripts: at once, or from an upload that waits for confirmation."""

import zlib
from dataclasses import asdict

from django.db import transaction

from apps.accounts.models import User
from apps.audit.services import Actor, record, user_of
from apps.catalog.models import PendingImport, Script, Series
from apps.catalog.scripts.planning import ImportOptions, Plan, plan_import
from apps.catalog.scripts.reading import BadRow
from apps.catalog.scripts.writing import apply_plan
from apps.core.errors import DomainError

MOST_DESCRIBED = 10
DEFAULTS = ImportOptions()


class ImportRefused(DomainError):
    """Nothing was imported: no row was valid, or `strict` refused an invalid row."""

    def __init__(self, message: str, bad: list[BadRow]) -> None:
        self.bad = bad
        super().__init__("\n".join([message, *described(bad)]))


class PlanOutdated(DomainError):
    """The plan has changed since the person saw it; `plan` is the present one."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        super().__init__(
            "The Series changed after this plan was made. Nothing was imported; "
            "look at the new plan and confirm again."
        )


def import_script(
    series: Series,
    data: bytes,
    *,
    by: Actor,
    options: ImportOptions = DEFAULTS,
    file_name: str = "script.csv",
    strict: bool = False,
) -> Script:
    """Import the valid rows of a file; with `strict`, all rows or none.

    Raises UnreadableFile or BadTag for the whole file, and ImportRefused when no row is valid, or
    when one is invalid and `strict`.
    """
    return carry_out(series, data, by=by, options=options, file_name=file_name, strict=strict)[0]


@transaction.atomic
def carry_out(
    series: Series,
    data: bytes,
    *,
    by: Actor,
    options: ImportOptions = DEFAULTS,
    file_name: str = "script.csv",
    strict: bool = False,
    expected: str = "",
) -> tuple[Script, Plan]:
    """As `import_script`, and also return the plan, which names the rows left out.

    `expected` is the fingerprint of the confirmed plan: raises PlanOutdated when the present plan
    has another one.
    """
    locked = Series.objects.select_for_update().get(pk=series.pk)
    plan = plan_import(locked, data, options=options, file_name=file_name)
    if expected and plan.fingerprint != expected:
        raise PlanOutdated(plan)
    check_plan(plan, strict=strict)
    script = apply_plan(locked, plan, by=user_of(by))
    record("script.imported", script, by=by, series=locked.slug, **counts(plan))
    return script, plan


def check_plan(plan: Plan, *, strict: bool = False) -> None:
    """Raise ImportRefused for a plan without a valid line, or with an invalid row when `strict`."""
    if strict and plan.bad:
        raise ImportRefused("Nothing was imported, because some rows are bad:", plan.bad)
    if not plan.lines:
        raise ImportRefused("The file has no line that can be imported.", plan.bad)


def described(bad: list[BadRow]) -> list[str]:
    """One line of text for each bad row, and one for those past the tenth."""
    shown = [
        f"  line {row.line}{f' ({row.language})' if row.language else ''}: {row.reason}"
        for row in bad[:MOST_DESCRIBED]
    ]
    more = len(bad) - len(shown)
    return [*shown, f"  and {more:,} more bad rows"] if more else shown


def counts(plan: Plan) -> dict[str, int]:
    return {
        "new": len(plan.new),
        "changed": len(plan.changed),
        "unchanged": len(plan.unchanged),
        "missing": len(plan.missing),
        "retired": len(plan.missing) if plan.retire_missing else 0,
        "restored": plan.restored,
        "bad": len(plan.bad),
    }


@transaction.atomic
def hold_upload(
    series: Series, data: bytes, *, file_name: str, options: ImportOptions, by: User
) -> PendingImport:
    """Store an upload until its plan is confirmed; deletes uploads older than a day."""
    PendingImport.objects.expired().delete()
    return PendingImport.objects.create(
        series=series,
        owner=by,
        file_name=file_name[-255:],
        packed=zlib.compress(data),
        options=asdict(options),
    )


def plan_pending(pending: PendingImport) -> Plan:
    """The plan of a waiting upload as of now."""
    data, options = _unpack(pending)
    return plan_import(pending.series, data, options=options, file_name=pending.file_name)


@transaction.atomic
def confirm_import(pending: PendingImport, *, expected: str, by: User) -> tuple[Script, Plan]:
    """Import a waiting upload once. Raises PlanOutdated when its plan is not `expected`."""
    data, options = _unpack(pending)
    script, plan = carry_out(
        pending.series,
        data,
        by=by,
        options=options,
        file_name=pending.file_name,
        expected=expected,
    )
    pending.delete()
    return script, plan


def discard_upload(pending: PendingImport) -> None:
    """Delete an upload that was not confirmed."""
    pending.delete()


def _unpack(pending: PendingImport) -> tuple[bytes, ImportOptions]:
    return zlib.decompress(pending.packed), ImportOptions(**pending.options)
