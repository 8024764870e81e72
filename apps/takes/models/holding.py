"""A batch as what acts hold: its row, and whether it is open."""

from apps.core.errors import DomainError
from apps.takes.models.runs import Batch


class Locked(DomainError):
    """The batch is locked; nothing was changed."""

    status = 423


def hold_batch(pk: int) -> Batch:
    """The row of the batch, locked until the transaction ends (SQLite locks all of itself).

    Whoever changes its takes, ranks or files holds it. Raises Batch.DoesNotExist.
    """
    held = Batch.with_previews.select_for_update(of=("self",))
    return held.select_related("series", "voice").get(pk=pk)
