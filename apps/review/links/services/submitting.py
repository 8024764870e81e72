"""Handing answers in: approvals follow them."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from apps.audit.services import record
from apps.review.approvals.services import approve_drafts, problem_of, withdraw_approvals
from apps.review.links.queries import drafts_of
from apps.review.links.rights import check_rights, outsider
from apps.review.models import Approval, Draft, Reviewer, ReviewLink, Verdict

Decision = Verdict.Decision


@dataclass(frozen=True, slots=True)
class Submitted:
    """What a reviewer handed in; `withdrawn` they had approved before and do not any more.

    `left_out` says in words which choices could not be handed in; they stay on the page.
    """

    approved: list[Approval]
    withdrawn: list[Approval]
    left_out: list[str]
    changes: int
    unsure: int
    undecided: int


@transaction.atomic
def submit(reviewer: Reviewer) -> Submitted:
    """Hand in all decisions: approvals are made of them. Can be repeated while the link is open.

    A choice that cannot be approved any more, because the line or the version was changed
    meanwhile, is left out.
    """
    check_rights(reviewer, ReviewLink.Rights.DECIDE)
    drafts = drafts_of(reviewer.link).select_related("line")
    shown = {draft.pk: draft for draft in drafts}
    own = reviewer.verdicts.filter(draft__in=shown)
    held = own.select_for_update(of=("self",)).filter(submitted_at=None)
    fresh = list(held.select_related("draft__line"))
    withdrawn = _withdraw(reviewer, shown)
    chosen = [shown[one.draft_id] for one in fresh if one.decision == Decision.APPROVE]
    problems = {draft.pk: said for draft in chosen if (said := problem_of(draft))}
    used = [draft for draft in chosen if draft.pk not in problems]
    approvals = approve_drafts(used, by=outsider(reviewer), reviewer=reviewer) if used else []
    fresh = [one for one in fresh if one.draft_id not in problems]
    if fresh or withdrawn:
        _hand_in(reviewer, fresh)
    return Submitted(
        approvals,
        withdrawn,
        list(problems.values()),
        _number(fresh, Decision.CHANGE),
        _number(fresh, Decision.UNSURE),
        len(shown) - own.count(),
    )


def _withdraw(reviewer: Reviewer, shown: dict[int, Draft]) -> list[Approval]:
    """What they approved before, and have another answer for now."""
    used = reviewer.verdicts.filter(decision=Decision.APPROVE).values("draft")
    in_force = Approval.objects.in_force().filter(reviewer=reviewer, draft__in=shown)
    return withdraw_approvals(in_force.exclude(draft__in=used), by=outsider(reviewer))


def _hand_in(reviewer: Reviewer, verdicts: list[Verdict]) -> None:
    now = timezone.now()
    Verdict.objects.filter(pk__in=[one.pk for one in verdicts]).update(submitted_at=now)
    Reviewer.objects.filter(pk=reviewer.pk).update(submitted_at=now, last_seen_at=now)
    by = outsider(reviewer)
    for one in verdicts:
        if one.decision == Decision.CHANGE:
            record("draft.change_wanted", one.draft, by=by, reason=one.reason)
    counted = {decision.value: _number(verdicts, decision) for decision in Decision}
    record("link.submitted", reviewer.link, by=by, **counted)


def _number(verdicts: list[Verdict], decision: str) -> int:
    return sum(one.decision == decision for one in verdicts)
