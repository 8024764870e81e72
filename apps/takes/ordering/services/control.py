"""Cancels runs and retries failed takes."""

from collections.abc import Iterable
from contextlib import suppress

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from apps.audit.services import Actor, record
from apps.core.errors import DomainError
from apps.providers.base import ProviderError
from apps.takes.models import Batch, Run, Take
from apps.takes.progress.queries import takes_of
from apps.takes.rendering import finishing
from apps.takes.rendering.jobs import RENDER, shared_limiter
from apps.takes.rendering.seeds import draw_seed
from apps.voices.credentials.keys import UnreadableKey, provider_for


@transaction.atomic
def cancel_run(run: Run, *, by: Actor) -> int:
    """Cancel what is not done, also takes that are being generated. Takes cancelled.

    Their workers ask no more within a second. An answer to a request that is under way is paid:
    its file and its cost are kept with the cancelled take, and an identical order reuses them.
    """
    number = takes_of(run).withdraw(Take.Status.CANCELLED)
    if not number:
        raise DomainError("Nothing is left to cancel: every take is done.")
    Run.with_previews.filter(pk=run.pk, cancelled_at=None).update(cancelled_at=timezone.now())
    record("run.cancelled", run, by=by, takes=number)
    batch_pks = list(takes_of(run).values_list("batch_id", flat=True).distinct())
    transaction.on_commit(lambda: finishing.finish_batches(batch_pks))
    return number


@transaction.atomic
def retry_takes(run: Run, takes: QuerySet[Take] | None = None, *, by: Actor) -> int:
    """Queue failed takes of a run again (default: all), each with a new seed."""
    RENDER.check_queue()
    failed = list(reset_failed(run, takes))
    record("run.retried", run, by=by, takes=len(failed))
    transaction.on_commit(lambda: renew_waiting(failed))
    RENDER.enqueue((take.batch_id, take.pk) for take in failed)
    return len(failed)


def renew_waiting(takes: Iterable[Take]) -> None:
    """Count the waiting for the accounts that these takes ask from their next refusal."""
    asked = Take.with_previews.filter(pk__in=[take.pk for take in takes])
    accounts = asked.exclude(origin=Take.Origin.DERIVED).select_related(
        "batch__voice", "run__ordered_by"
    )
    pairs = {(take.batch.voice.provider, take.run.ordered_by) for take in accounts}
    for alias, payer in pairs:
        with suppress(ProviderError, UnreadableKey):
            shared_limiter(provider_for(alias, payer)).forget_refusals()


def reset_failed(run: Run, takes: QuerySet[Take] | None = None) -> list[Take]:
    """Make failed takes pending again. Raises DomainError without failed takes."""
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
