"""What workers run for review. Jobs are handed keys only, and may run twice."""

import django_rq
from django.db import transaction
from redis.exceptions import RedisError

from apps.accounts.models import User
from apps.core.errors import Unavailable
from apps.review.drafts.saving import save_winners
from apps.takes.models import Batch

QUEUE = "default"


def winners(batch_pk: int, by_pk: int | None) -> None:
    """Save the winners of a batch; what an interrupted job has saved is not saved again."""
    by = User.objects.filter(pk=by_pk).first() if by_pk else None
    save_winners(Batch.objects.get(pk=batch_pk), by=by)


def check_queue() -> None:
    """Raise Unavailable when nothing could be queued now."""
    try:
        django_rq.get_queue(QUEUE).connection.ping()
    except RedisError as error:
        raise Unavailable(
            "The queue cannot be reached, so nothing was saved. Start it, then save again."
        ) from error


def enqueue_winners(batch_pk: int, by_pk: int | None) -> None:
    """Queue the saving of a batch's winners, when the present transaction commits."""
    queue = django_rq.get_queue(QUEUE)
    transaction.on_commit(lambda: queue.enqueue(winners, batch_pk, by_pk, result_ttl=0))
