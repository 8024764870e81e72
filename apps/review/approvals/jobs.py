"""What workers run for approvals. Jobs are handed keys only, and may run twice."""

from collections.abc import Iterable

import django_rq
import structlog
from django.db import transaction
from redis.exceptions import RedisError

from apps.review.approvals.deploying import deploy_approvals
from apps.review.models import Approval

QUEUE = "default"

log = structlog.get_logger(__name__)


def deploy(approval_pks: list[int]) -> None:
    """Make `deploy/` follow these approvals."""
    deploy_approvals(approval_pks)


def enqueue_deploy(approvals: Iterable[Approval]) -> None:
    """Queue that, when the present transaction commits; without a queue the sweeper does it."""
    if pks := [approval.pk for approval in approvals]:
        transaction.on_commit(lambda: _enqueue(pks))


def _enqueue(pks: list[int]) -> None:
    try:
        django_rq.get_queue(QUEUE).enqueue(deploy, pks, result_ttl=0)
    except RedisError as error:
        log.warning("deploy.not_queued", error=str(error))
