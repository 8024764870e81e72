"""Keeping a batch's directory up to date with what was done on its ranking board.

An act is committed first and shown in the directory next, before it is answered. What a killed
process or a full disk has left out is an act without `projected_at`, which the sweeper finds.
"""

from datetime import timedelta

import structlog
from django.db import transaction
from django.utils import timezone

from apps.storage.errors import StorageError
from apps.storage.places import get_place
from apps.takes import tree
from apps.takes.models import RankingAct
from apps.takes.models.holding import hold_batch

GRACE = timedelta(seconds=10)

log = structlog.get_logger(__name__)


@transaction.atomic
def project(batch_pk: int) -> int:
    """Show the acts that the directory does not show yet; how many. Raises StorageError."""
    batch = hold_batch(batch_pk)
    acts = list(batch.acts.filter(projected_at=None))
    if acts:
        tree.show(batch, acts)
        pks = [act.pk for act in acts]
        RankingAct.objects.filter(pk__in=pks).update(projected_at=timezone.now())
    return len(acts)


@transaction.atomic
def mend(batch_pk: int) -> int:
    """The same after a process that died: what it left half-written in `ranked/` goes too.

    Whoever writes there holds the row of the batch, so nobody is writing now.
    """
    batch = hold_batch(batch_pk)
    get_place("takes").remove_leftovers(0, under=f"{batch.path}/ranked")
    return project(batch_pk)


def project_forgotten() -> int:
    """Show acts that nobody has shown within some seconds; how many batches were mended."""
    forgotten = RankingAct.objects.filter(
        projected_at=None, created_at__lt=timezone.now() - GRACE
    ).order_by()
    mended = 0
    for batch_pk in set(forgotten.values_list("batch_id", flat=True)):
        try:
            mended += bool(mend(batch_pk))
        except StorageError as error:
            # The acts stay as they are, and the next sweep tries again.
            log.warning("batch.not_projected", batch=batch_pk, error=str(error))
    return mended
