"""Handing answers in: approvals follow them."""

from dataclasses import dataclass

import structlog
from django.db import transaction
from django.utils import timezone

from apps.audit.services import record
from apps.review.models import Approval, Draft, Reviewer, ReviewLink, Verdict
from apps.review.queries import drafts_of
from apps.review.rights import check_rights, outsider
from apps.review.services.approving import show_first, write_approvals, write_withdrawals

Decision = Verdict.Decision

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Submitted:
    """What a reviewer handed in; `withdrawn` they had approved before and do not any more."""

    approved: list[Approval]
    withdrawn: list[Approval]
    changes: int
    unsure: int
    undecided: int


def submit(reviewer: Reviewer) -> Submitted:
    """Hand in all decisions: approvals are made of them. Can be repeated while the link is open.

    Raises Invalid, with nothing handed in, when a line has changed meanwhile. What cannot be
    written to `deploy/` now follows by the sweeper: it is nothing that a reviewer could mend.
    """
    submitted = _submit(reviewer)
    touched = [*submitted.approved, *submitted.withdrawn]
    for problem in show_first(approval.line_id for approval in touched):
        log.warning("deploy.not_written", link=reviewer.link_id, error=problem)
    return submitted


@transaction.atomic
def _submit(reviewer: Reviewer) -> Submitted:
    check_rights(reviewer, ReviewLink.Rights.DECIDE)
    shown = {draft.pk: draft for draft in drafts_of(reviewer.link).defer("peaks")}
    own = reviewer.verdicts.filter(draft__in=shown)
    fresh = list(own.select_for_update(of=("self",)).filter(submitted_at=None))
    withdrawn = _withdraw(reviewer, shown)
    used = [shown[one.draft_id] for one in fresh if one.decision == Decision.APPROVE]
    by = outsider(reviewer)
    approvals = write_approvals(used, by=by, reviewer=reviewer) if used else []
    _hand_in(reviewer, fresh)
    return Submitted(
        approvals,
        withdrawn,
        _number(fresh, Decision.CHANGE),
        _number(fresh, Decision.UNSURE),
        len(shown) - own.count(),
    )


def _withdraw(reviewer: Reviewer, shown: dict[int, Draft]) -> list[Approval]:
    """What they approved before, and have another answer for now."""
    used = reviewer.verdicts.filter(decision=Decision.APPROVE).values("draft")
    standing = Approval.objects.standing().filter(reviewer=reviewer, draft__in=shown)
    return write_withdrawals(standing.exclude(draft__in=used), by=outsider(reviewer))


def _hand_in(reviewer: Reviewer, verdicts: list[Verdict]) -> None:
    now = timezone.now()
    Verdict.objects.filter(pk__in=[one.pk for one in verdicts]).update(submitted_at=now)
    Reviewer.objects.filter(pk=reviewer.pk).update(submitted_at=now, last_seen_at=now)
    counted = {decision.value: _number(verdicts, decision) for decision in Decision}
    record("link.submitted", reviewer.link, by=outsider(reviewer), **counted)


def _number(verdicts: list[Verdict], decision: str) -> int:
    return sum(one.decision == decision for one in verdicts)
