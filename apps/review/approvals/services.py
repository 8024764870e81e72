"""Approving drafts, and taking that back."""

from collections import Counter
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.audit.services import Actor, name_of, record, user_of
from apps.catalog.models import Line
from apps.core.errors import DomainError, Invalid
from apps.review.approvals.jobs import deploy_after_commit
from apps.review.models import Approval, Draft, Reviewer
from apps.review.naming import sound_name


@transaction.atomic
def approve_drafts(
    drafts: Iterable[Draft], *, by: Actor, reviewer: Reviewer | None = None
) -> list[Approval]:
    """Approve one draft for each of some lines and variants; what was approved is superseded.

    A worker brings them to `deploy/`. Raises Invalid, with nothing written, when two are of one
    line and variant or one cannot be approved.
    """
    found = _held(list(drafts))
    _check(found)
    approvals = [_approve(draft, by, reviewer) for draft in found]
    deploy_after_commit(approvals)
    return approvals


@transaction.atomic
def withdraw_approvals(approvals: Iterable[Approval], *, by: Actor) -> list[Approval]:
    """Take approvals back: a worker removes their files from `deploy/`, the receipts stay.

    Those that stood until now.
    """
    pks = [approval.pk for approval in approvals]
    in_force = Approval.objects.in_force().filter(pk__in=pks)
    found = list(in_force.select_for_update(of=("self",)).select_related("draft__line"))
    Approval.objects.filter(pk__in=[approval.pk for approval in found]).update(
        withdrawn_at=timezone.now(), withdrawn_by_name=name_of(by)
    )
    for approval in found:
        record("approval.withdrawn", approval, by=by, draft=approval.draft.name)
    deploy_after_commit(found)
    return found


def _held(drafts: Sequence[Draft]) -> list[Draft]:
    """The drafts as they are now; their lines are locked until the transaction ends."""
    pks = [draft.pk for draft in drafts]
    lines = Line.objects.filter(drafts__in=pks).order_by("pk")
    list(lines.select_for_update(of=("self",)))
    related = ("line__language", "line__series", "series", "voice")
    return list(
        Draft.objects.filter(pk__in=pks).select_related(*related).order_by("line", "variant", "pk")
    )


def _check(drafts: Sequence[Draft]) -> None:
    numbers = Counter((draft.line, draft.variant) for draft in drafts)
    one = _("%(line)s: choose one version.")
    names = [sound_name(line.key, of) for (line, of), number in numbers.items() if number > 1]
    problems = [one % {"line": name} for name in names]
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
    Approval.objects.in_force().filter(line=draft.line, variant=draft.variant).update(
        superseded_at=now
    )
    approval = Approval.objects.create(
        series=draft.series,
        line=draft.line,
        variant=draft.variant,
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
