"""What a batch waits for, in words and since when, as its run's page says it."""

from datetime import datetime

from django.db.models.functions import Coalesce, Now

from apps.takes.models import Batch


def note_waiting(batch_pk: int, reason: str, since: datetime | None = None) -> None:
    """Say what an unfinished batch waits for; "" when it waits no longer.

    Without `since` a batch that waits already has waited for this, too.
    """
    batch = Batch.with_previews.filter(pk=batch_pk)
    if reason:
        begun = since or Coalesce("waiting_since", Now())
        batch.filter(generated_at=None).update(waiting_reason=reason, waiting_since=begun)
    else:
        batch.update(waiting_reason="", waiting_since=None)
