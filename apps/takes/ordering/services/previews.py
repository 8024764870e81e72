"""Previews: takes to hear at once, which leave by themselves unless somebody saves one."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.audit.services import Actor
from apps.catalog.models import Line
from apps.core.errors import DomainError
from apps.storage.places import get_place
from apps.takes import tree
from apps.takes.models import Batch, Run, Take
from apps.takes.models.holding import hold_batch
from apps.takes.ordering.services.runs import order_run
from apps.takes.ordering.take_requests import DEFAULT_FORMAT, TakeRequest
from apps.voices.models import Voice

KEPT_FOR = timedelta(hours=24)
EXPIRED_AT_ONCE = 500


def order_preview(
    line: Line,
    voice: Voice,
    *,
    settings: Mapping[str, Any],
    by: Actor,
    model: str = "",
    output_format: str = DEFAULT_FORMAT,
    queue: bool = True,
) -> Take:
    """One take of a line, with a text that is said differently each time it is asked for.

    It is in nobody's way: no list shows it, and after 24 hours it is gone. Raises Invalid, and
    Unavailable without a queue.
    """
    asked = {**voice.default_settings, **settings}
    request = TakeRequest(line, voice, asked, model or voice.default_model, output_format)
    params = {"preview": line.key, "settings": asked, "model": request.model}
    run = order_run(
        [request],
        by=by,
        kind=Run.Kind.PREVIEW,
        params=params,
        reuse_identical=False,
        queue=queue,
        expires_at=timezone.now() + KEPT_FOR,
    )
    return Take.with_previews.get(run=run)


@transaction.atomic
def keep_preview(take: Take) -> bool:
    """Make a preview a take like any other; False when it was one. Raises DomainError when gone.

    Its batch joins the lists, and gets its `metadata.json`.
    """
    batch = _held_batch(take)
    if not Take.with_previews.filter(pk=take.pk, expires_at__isnull=False).update(expires_at=None):
        return False
    Batch.with_previews.filter(pk=batch.pk).update(expires_at=None)
    Run.with_previews.filter(pk=take.run_id).update(expires_at=None)
    take.expires_at = None
    tree.write_metadata(batch)
    return True


def _held_batch(take: Take) -> Batch:
    try:
        batch = hold_batch(take.batch_id)
        Take.with_previews.get(pk=take.pk)
    except (Batch.DoesNotExist, Take.DoesNotExist):
        raise DomainError("This preview has expired. Generate the line again.") from None
    return batch


def expire_previews() -> int:
    """Delete previews whose time is over, their files first; how many. Raises StorageError."""
    over = Take.with_previews.filter(expires_at__lt=timezone.now())
    over = over.exclude(status=Take.Status.GENERATING).select_related("batch")
    gone = 0
    for take in over.order_by("expires_at")[:EXPIRED_AT_ONCE]:
        gone += _expire(take)
    return gone


@transaction.atomic
def _expire(take: Take) -> bool:
    """Delete one, unless it was saved or claimed in this moment."""
    batch = hold_batch(take.batch_id)
    still = Take.with_previews.filter(pk=take.pk, expires_at__isnull=False)
    if not still.exclude(status=Take.Status.GENERATING).exists():
        return False
    get_place("takes").delete(take.key)
    still.delete()
    run_pk = take.run_id
    if not Take.with_previews.filter(batch=batch).exists():
        batch.delete()
        Run.with_previews.filter(pk=run_pk, takes=None, batches=None).delete()
    return True
