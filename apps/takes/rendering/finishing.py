"""Finds finished batches and runs, and sets their end: a derived state has no writer."""

from collections.abc import Iterable, Sequence
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from apps.audit.services import record
from apps.storage.errors import StorageError
from apps.takes import tree
from apps.takes.models import Batch, Run, Take
from apps.takes.models.holding import hold_batch
from apps.takes.progress.queries import progress_of
from apps.takes.progress.states import Progress
from apps.takes.rendering.waiting import note_waiting

log = structlog.get_logger(__name__)


def finish_batches(batch_pks: Iterable[int]) -> None:
    """Finish the batches of `batch_pks` without unfinished takes, and then their runs.

    Safe to call at any time and concurrently: one UPDATE claims the end.
    """
    batches = list(Batch.with_previews.filter(pk__in=set(batch_pks)).select_related("series"))
    for batch in batches:
        try:
            finish_batch(batch)
        except StorageError as error:
            # Nothing is lost: the batch stays unfinished, and the sweeper tries again.
            note_waiting(batch.pk, str(error))
            log.warning("batch.not_finished", batch=batch.batch_id, error=str(error))
    for pk in _runs_in(batches):
        finish_run(pk)


def finish_due() -> int:
    """Finish every batch and run without unfinished takes; returns their number."""
    batches = _done(Batch.with_previews.filter(generated_at=None), "batch")
    batch_pks = list(batches.values_list("pk", flat=True))
    finish_batches(batch_pks)
    # A process may have died between finishing a batch and finishing its run.
    run_pks = _done(Run.with_previews.filter(finished_at=None), "run").values_list("pk", flat=True)
    return len(batch_pks) + sum(finish_run(pk) for pk in list(run_pks))


def _runs_in(batches: Sequence[Batch]) -> set[int]:
    """The runs that made these batches, and the runs that added takes to them."""
    taking_part = Take.with_previews.filter(run=OuterRef("pk"), batch__in=batches)
    guests = Run.with_previews.filter(Exists(taking_part), finished_at=None, batches=None)
    return {batch.run_id for batch in batches} | set(guests.values_list("pk", flat=True))


def finish_batch(batch: Batch) -> bool:
    """Write `metadata.json` and set `generated_at` in one transaction; False when not due."""
    with transaction.atomic():
        now = timezone.now()
        try:
            # Services that add takes lock the row, so this waits for their end.
            hold_batch(batch.pk)
        except Batch.DoesNotExist:  # a preview that has expired in the meantime
            return False
        due = _done(Batch.with_previews.filter(pk=batch.pk, generated_at=None), "batch")
        if not due.update(generated_at=now, waiting_reason="", waiting_since=None):
            return False
        batch.generated_at = now
        counts = progress_of("batch", [batch.pk])[batch.pk]
        if counts.complete and Batch.objects.filter(pk=batch.pk).exists():
            tree.write_metadata(batch)
        record("batch.finished", batch, by=None, **_summary(counts))
    return True


def finish_run(pk: int) -> bool:
    with transaction.atomic():
        due = _done(Run.with_previews.filter(pk=pk, finished_at=None), "run")
        if not due.update(finished_at=timezone.now()):
            return False
        counts = progress_of("run", [pk])[pk]
        record("run.finished", Run.with_previews.get(pk=pk), by=None, **_summary(counts))
    return True


def _done(rows: QuerySet[Any], link: str) -> QuerySet[Any]:
    unfinished = Take.with_previews.unfinished().filter(**{link: OuterRef("pk")})
    return rows.filter(~Exists(unfinished))


def _summary(counts: Progress) -> dict[str, int | str]:
    return {
        "state": str(counts.state),
        "complete": counts.complete,
        "failed": counts.failed,
        "cancelled": counts.cancelled,
    }
