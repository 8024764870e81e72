"""Writes ranking acts to the batch's directory, and finds acts that are not written yet.

An act is committed first, then written to the directory, then answered. A killed process or a
full disk leaves an act without `projected_at`, which the sweeper finds.
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
    """Write missing acts to the directory; returns their number. Raises StorageError."""
    batch = hold_batch(batch_pk)
    acts = list(batch.acts.filter(projected_at=None))
    if acts:
        tree.show(batch, acts)
        pks = [act.pk for act in acts]
        RankingAct.objects.filter(pk__in=pks).update(projected_at=timezone.now())
    return len(acts)


@transaction.atomic
def mend(batch_pk: int) -> int:
    """Write missing acts, and delete half-written files of a dead process in `ranked/`.

    Every writer locks the batch's row, so no file in `ranked/` is being written now.
    """
    batch = hold_batch(batch_pk)
    get_place("takes").remove_leftovers(0, under=f"{batch.path}/ranked")
    return project(batch_pk)


def project_forgotten() -> int:
    """Write acts that are unwritten for some seconds; returns the number of mended batches."""
    forgotten = RankingAct.objects.filter(
        projected_at=None, created_at__lt=timezone.now() - GRACE
    ).order_by()
    mended = 0
    for batch_pk in set(forgotten.values_list("batch_id", flat=True)):
        try:
            mended += bool(mend(batch_pk))
        except StorageError as error:
            # The acts stay unwritten, and the next sweep tries again.
            log.warning("batch.not_projected", batch=batch_pk, error=str(error))
    return mended
