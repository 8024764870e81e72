"""Approving drafts, and taking that back."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.audit.services import Actor, name_of, record, user_of
from apps.catalog.models import Line
from apps.core.errors import DomainError, Invalid, Unavailable
from apps.review.approvals.deploying import try_to_project
from apps.review.models import Approval, Draft, Reviewer

SHOWN_AT_ONCE = 100  # lines that somebody waits for; a bucket may need a tenth of a second each


def approve_drafts(
    drafts: Iterable[Draft], *, by: Actor, reviewer: Reviewer | None = None
) -> list[Approval]:
    """Approve one draft for each of some lines; what was approved there before is superseded.

    Raises Invalid when two are of one line or one cannot be approved, with nothing written, and
    Unavailable when the approvals are kept but `deploy/` could not be written yet.
    """
    approvals = write_approvals(list(drafts), by=by, reviewer=reviewer)
    show([approval.line_id for approval in approvals], "The approvals are kept")
    return approvals


@transaction.atomic
def write_approvals(
    drafts: Sequence[Draft], *, by: Actor, reviewer: Reviewer | None = None
) -> list[Approval]:
    """The rows alone; the caller shows them in `deploy/` after its transaction."""
    found = _held(drafts)
    _check(found)
    return [_approve(draft, by, reviewer) for draft in found]


@transaction.atomic
def write_withdrawals(approvals: Iterable[Approval], *, by: Actor) -> list[Approval]:
    """The rows alone; the caller shows them in `deploy/` after its transaction."""
    pks = [approval.pk for approval in approvals]
    standing = Approval.objects.standing().filter(pk__in=pks)
    found = list(standing.select_for_update(of=("self",)).select_related("draft__line"))
    Approval.objects.filter(pk__in=[approval.pk for approval in found]).update(
        withdrawn_at=timezone.now(), withdrawn_by_name=name_of(by)
    )
    for approval in found:
        record("approval.withdrawn", approval, by=by, draft=approval.draft.name)
    return found


def withdraw_approvals(approvals: Iterable[Approval], *, by: Actor) -> int:
    """Take approvals back: their files leave `deploy/`, the receipts stay. How many."""
    found = write_withdrawals(approvals, by=by)
    show([approval.line_id for approval in found], "This is kept")
    return len(found)


def show_first(line_pks: Iterable[int]) -> list[str]:
    """Write `deploy/` for the first of these lines; what could not be written, in words.

    The sweeper follows with the rest.
    """
    return try_to_project(islice(line_pks, SHOWN_AT_ONCE))


def show(line_pks: Iterable[int], kept: str) -> None:
    """The same for somebody who can mend it: raises Unavailable when it cannot be done now."""
    if failed := show_first(line_pks):
        raise Unavailable(f"{kept}, but `deploy/` follows later: {failed[0]}")


def _held(drafts: Sequence[Draft]) -> list[Draft]:
    """The drafts as they are now; their lines are locked until the transaction ends."""
    pks = [draft.pk for draft in drafts]
    lines = Line.objects.filter(drafts__in=pks).order_by("pk")
    list(lines.select_for_update(of=("self",)))
    related = ("line__language", "line__series", "series", "voice")
    return list(Draft.objects.filter(pk__in=pks).select_related(*related).order_by("line", "pk"))


def _check(drafts: Sequence[Draft]) -> None:
    numbers = Counter(draft.line for draft in drafts)
    one = _("%(line)s: choose one version.")
    problems = [one % {"line": line.key} for line, number in numbers.items() if number > 1]
    problems += [said for draft in drafts if (said := problem_of(draft))]
    if problems:
        raise Invalid({"drafts": " ".join(problems)})
    if not drafts:
        raise DomainError("No draft was chosen.")


def problem_of(draft: Draft) -> str:
    """Why a draft cannot be approved, in words; empty when it can."""
    if draft.hidden_at or draft.purged_at:
        return _("%(draft)s was deleted.") % {"draft": draft.name}
    if draft.rejected_at:
        return _("%(draft)s was rejected; it has to be restored first.") % {"draft": draft.name}
    if draft.line.retired_at:
        return _("The line of %(draft)s is not in the script any more.") % {"draft": draft.name}
    if draft.is_stale:
        words = _("The text of this line was changed after %(draft)s was made.")
        return words % {"draft": draft.name}
    return ""


def _approve(draft: Draft, by: Actor, reviewer: Reviewer | None) -> Approval:
    now = timezone.now()
    Approval.objects.standing().filter(line=draft.line).update(superseded_at=now)
    approval = Approval.objects.create(
        series=draft.series,
        line=draft.line,
        draft=draft,
        sha256=draft.sha256,
        text=draft.text,
        voice=draft.voice,
        reviewer=reviewer,
        link=reviewer.link if reviewer else None,
        by=user_of(by),
        by_name=name_of(by),
    )
    record("draft.approved", draft, by=by, approval=approval.pk, sha256=draft.sha256)
    return approval
