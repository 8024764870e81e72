"""Locks the row of a batch for an act, and checks that the batch is open."""

from apps.core.errors import DomainError
from apps.takes.models.runs import Batch


class Locked(DomainError):
    """The batch is locked; nothing was changed."""

    status = 423


def hold_batch(pk: int) -> Batch:
    """The row of the batch, locked until the transaction ends (SQLite locks the whole database).

    Every change of a batch's takes, ranks or files locks its row. Raises Batch.DoesNotExist.
    """
    held = Batch.with_previews.select_for_update(of=("self",))
    return held.select_related("series", "voice").get(pk=pk)
