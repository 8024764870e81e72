"""Cancelling, and asking again for what failed."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from apps.audit.services import Actor, record
from apps.core.errors import DomainError
from apps.takes.models import Batch, Run, Take
from apps.takes.progress.queries import takes_of
from apps.takes.rendering import finishing
from apps.takes.rendering.jobs import RENDER
from apps.takes.rendering.seeds import draw_seed


@transaction.atomic
def cancel_run(run: Run, *, by: Actor) -> int:
    """Stop at once what has not started; what is being spoken is finished. Takes cancelled."""
    now = timezone.now()
    pending = Take.with_previews.filter(run=run, status=Take.Status.PENDING)
    number = pending.update(status=Take.Status.CANCELLED, finished_at=now)
    if not number:
        raise DomainError("Nothing is left to cancel: every take has started or is done.")
    Run.with_previews.filter(pk=run.pk, cancelled_at=None).update(cancelled_at=now)
    record("run.cancelled", run, by=by, takes=number)
    batch_pks = list(takes_of(run).values_list("batch_id", flat=True).distinct())
    transaction.on_commit(lambda: finishing.finish_batches(batch_pks))
    return number


@transaction.atomic
def retry_takes(run: Run, takes: QuerySet[Take] | None = None, *, by: Actor) -> int:
    """Ask again for failed takes of a run (all of them by default), each with a new seed."""
    RENDER.check_queue()
    failed = list(reset_failed(run, takes))
    record("run.retried", run, by=by, takes=len(failed))
    RENDER.enqueue((take.batch_id, take.pk) for take in failed)
    return len(failed)


def reset_failed(run: Run, takes: QuerySet[Take] | None = None) -> list[Take]:
    """Make failed takes pending again. Raises DomainError when there are none."""
    chosen = (takes_of(run) if takes is None else takes.filter(run=run)).filter(
        status=Take.Status.FAILED
    )
    locked = chosen.filter(batch__locked_at__isnull=False).exists()
    failed = list(chosen.filter(batch__locked_at=None).only("pk", "batch", "identity", "retries"))
    if not failed:
        raise DomainError("The batch is locked." if locked else "No failed take is left to retry.")
    for take in failed:
        take.retries += 1
        take.seed = draw_seed(take.identity, take.retries, 1)
        take.status, take.error, take.attempts, take.finished_at = "pending", "", 0, None
    Take.with_previews.bulk_update(
        failed,
        ["retries", "seed", "status", "error", "attempts", "finished_at"],
        batch_size=500,
    )
    batches = {take.batch_id for take in failed}
    Batch.with_previews.filter(pk__in=batches).update(generated_at=None, stopped_reason="")
    Run.with_previews.filter(pk=run.pk).update(finished_at=None)
    return failed
