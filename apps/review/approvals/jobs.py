"""What workers run for approvals: bringing their files to `deploy/`, and out of it.

There are no item rows: what is due is read from the approvals, which a second row for each could
only contradict. A group is a Series, an item the key of an approval. Two jobs may meet on a line,
which is safe; each takes its lines in an order of its own, so that they share the work.
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
    """Make `deploy/` follow these approvals; what a stopping worker leaves is queued again."""
    with job_in_log():
        left = deploy_approvals(approval_pks, stop_sign())
        DEPLOY.enqueue_now((series_pk, pk) for pk in left)


DEPLOY = Job("deploy", deploy)


def deploy_after_commit(approvals: Iterable[Approval]) -> None:
    """Queue them when the present transaction commits; without a queue the sweeper does later."""
    if pairs := [(approval.series_id, approval.pk) for approval in approvals]:
        transaction.on_commit(lambda: _enqueue(pairs))


def enqueue_due() -> int:
    """Queue what is due and what no job waits for; how many approvals. Raises Unavailable."""
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
