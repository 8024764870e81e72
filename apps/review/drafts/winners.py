"""Saves the winners of a batch as drafts: one row for each line, safe to run twice."""

from collections.abc import Sequence

import structlog
from django.db.models import QuerySet

from apps.core.bulk import refresh_statistics
from apps.review.drafts.saving import NotSaved, save_draft
from apps.review.models import Draft, WinnerSave
from apps.storage.errors import StorageError
from apps.takes.models import Batch, Take
from apps.work.leases import Lease, WorkersDied, check_attempts
from apps.work.models import pending_keys
from apps.work.outages import through_database_loss
from apps.work.slices import Slice
from apps.work.stopping import Stop

THREADS = 4
MOST_ATTEMPTS = 5

log = structlog.get_logger(__name__)


def winners(batch: Batch) -> QuerySet[Take]:
    """The takes of a batch with rank 1."""
    return Take.objects.complete().filter(batch=batch, rank=1)


def unsaved_winners(batch: Batch) -> QuerySet[Take]:
    """The winners of a batch that have no shown draft."""
    saved = Draft.objects.shown().plain().filter(take__batch=batch).values("take")
    return winners(batch).exclude(pk__in=saved)


def save_slice(save_pks: Sequence[int], asked_to_stop: Stop) -> list[int]:
    """Save winners of one batch; returns the keys of rows that are still pending."""
    rows = WinnerSave.objects.pending().filter(pk__in=save_pks)
    saves = list(rows.select_related("batch", "ordered_by").order_by("line__position", "line"))
    if not saves:
        return []
    slice_ = Slice(saves, threads=lambda: THREADS, asked_to_stop=asked_to_stop)
    slice_.run(lambda save: save_winner(save, slice_.lease, slice_.is_stopping))
    refresh_statistics(Draft, len(saves))
    return pending_keys(WinnerSave, save_pks)


def save_winner(save: WinnerSave, lease: Lease, stop: Stop) -> None:
    """Save the winner of one line and end its row.

    A take that cannot be saved fails alone; a failing storage fails the batch's waiting rows too.
    """
    try:
        check_attempts(save, MOST_ATTEMPTS)
        through_database_loss(lambda: _save(save, lease), stop)
    except (NotSaved, WorkersDied) as error:
        _fail(save, str(error), lease, stop)
    except StorageError as error:
        reason = str(error)
        _fail(save, reason, lease, stop)
        waiting = WinnerSave.objects.pending().filter(batch=save.batch_id)
        through_database_loss(lambda: waiting.fail(reason), stop)


def _save(save: WinnerSave, lease: Lease) -> None:
    take = winners(save.batch).filter(line=save.line_id).first()
    if take is None:
        lease.end(save.pk, status=WinnerSave.Status.CANCELLED)
        return
    draft = save_draft(take, by=save.ordered_by)
    lease.end(save.pk, status=WinnerSave.Status.SAVED, draft=draft)


def _fail(save: WinnerSave, reason: str, lease: Lease, stop: Stop) -> None:
    failed = WinnerSave.Status.FAILED
    through_database_loss(lambda: lease.end(save.pk, status=failed, error=reason), stop)
    log.warning("winner.not_saved", batch=save.batch.batch_id, line=save.line_id, reason=reason)
