"""Runs on workers: copies approved drafts to `deploy/` and removes files no longer approved.

Deploying has no item rows: `due` reads from the approvals what is due, and a second row for each
could only contradict them. A group is a Series, an item the key of an approval. Two jobs may meet
on a line safely; each shuffles its lines, so that the two share the work.
"""

from collections.abc import Iterable

import structlog
from django.db import transaction
from redis.exceptions import RedisError

from apps.review.approvals.deploying import deploy_approvals, due
from apps.review.models import Approval
from apps.work.queues import Job, job_in_log, stop_sign

log = structlog.get_logger(__name__)


def deploy(series_pk: int, approval_pks: list[int]) -> None:
    """Deploy these approvals; those that a stopping worker leaves are queued again."""
    with job_in_log():
        left = deploy_approvals(approval_pks, stop_sign())
        DEPLOY.enqueue_now((series_pk, pk) for pk in left)


DEPLOY = Job("deploy", deploy)


def deploy_after_commit(approvals: Iterable[Approval]) -> None:
    """Queue the approvals when the transaction commits; without a queue the sweeper queues them."""
    if pairs := [(approval.series_id, approval.pk) for approval in approvals]:
        transaction.on_commit(lambda: _enqueue(pairs))


def enqueue_due() -> int:
    """Queue due approvals that no job waits for; returns how many. Raises Unavailable."""
    DEPLOY.check_queue()
    forgotten = due().exclude(series__in=DEPLOY.queued_groups()).order_by()
    pairs = list(forgotten.values_list("series_id", "pk"))
    DEPLOY.enqueue(pairs)
    return len(pairs)


def _enqueue(pairs: list[tuple[int, int]]) -> None:
    try:
        DEPLOY.enqueue_now(pairs)
    except RedisError as error:
        log.warning("deploy.not_queued", error=str(error))
