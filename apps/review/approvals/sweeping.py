"""What must be noticed in review, because nobody writes it: stale approvals, files left over."""

from dataclasses import dataclass

import structlog

from apps.review.approvals import deploying, verifying
from apps.storage.errors import StorageError

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SweptReview:
    """What one sweep found and mended."""

    stale: int
    deployed: int
    changed: int


def sweep_review() -> SweptReview:
    """Note approvals that are no longer true, and make `deploy/` hold what it should.

    Safe to run at any time and on several machines.
    """
    changed = 0
    try:
        changed = verifying.verify_some()
    except StorageError as error:
        log.warning("drafts.not_verified", error=str(error))
    swept = SweptReview(verifying.note_stale(), deploying.deploy_due(), changed)
    if swept.stale or swept.deployed or swept.changed:
        log.info("review.swept", stale=swept.stale, deployed=swept.deployed)
    return swept
