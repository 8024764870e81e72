"""Runs the sweeper and the workers of review in tests."""

from dataclasses import dataclass

from apps.review.approvals.deploying import deploy_approvals, due
from apps.work.sweeping import do_what_is_due


@dataclass(frozen=True)
class SweptReview:
    stale: int
    deployed: int
    changed: int


def sweep_review() -> SweptReview:
    """Run the sweeper, and the jobs that it queues."""
    done = do_what_is_due()
    return SweptReview(
        stale=done["approvals stale"],
        deployed=deploy_due(),
        changed=done.get("files changed", 0),  # left out while the storage cannot be reached
    )


def deploy_due() -> int:
    """Run the jobs of all due approvals; returns how many approvals are no longer due."""
    before = due().count()
    deploy_approvals(due().values_list("pk", flat=True))
    return before - due().count()
