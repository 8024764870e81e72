"""The sweeper's and the workers' part in review."""

from dataclasses import dataclass

from apps.review.approvals.deploying import deploy_approvals, due
from apps.work.sweeping import do_what_is_due


@dataclass(frozen=True)
class SweptReview:
    stale: int
    deployed: int
    changed: int


def sweep_review() -> SweptReview:
    """What the sweeper does, and what workers do with what it has queued."""
    done = do_what_is_due()
    return SweptReview(
        stale=done["approvals stale"],
        deployed=deploy_due(),
        changed=done.get("files changed", 0),  # left out while the place cannot be reached
    )


def deploy_due() -> int:
    """What workers do with everything that is due; how many approvals are not due any more."""
    before = due().count()
    deploy_approvals(due().values_list("pk", flat=True))
    return before - due().count()
