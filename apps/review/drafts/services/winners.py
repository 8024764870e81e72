"""Asking for many drafts at once."""

from django.db import transaction

from apps.audit.services import Actor, record, user_of
from apps.core.errors import DomainError
from apps.review.drafts.jobs import SAVE_WINNERS
from apps.review.drafts.winners import unsaved_winners
from apps.review.models import WinnerSave
from apps.takes.models import Batch


@transaction.atomic
def order_winners(batch: Batch, *, by: Actor) -> int:
    """Have workers save the winner of every line as a draft; how many are to be saved.

    Safe to ask for again: what is a draft already stays one, and what failed is tried again.
    Raises DomainError when none is left, and Unavailable without a queue.
    """
    line_pks = list(unsaved_winners(batch).values_list("line_id", flat=True))
    if not line_pks:
        raise DomainError("No winner is left to save: rank takes first, or all are drafts.")
    SAVE_WINNERS.check_queue()
    person = user_of(by)
    saves = WinnerSave.objects.filter(batch=batch, line__in=line_pks)
    saves.ask_again(ordered_by=person, draft=None)
    wanted = [WinnerSave(batch=batch, line_id=pk, ordered_by=person) for pk in line_pks]
    WinnerSave.objects.bulk_create(wanted, ignore_conflicts=True, batch_size=500)
    record("winners.ordered", batch, by=by, drafts=len(line_pks))
    SAVE_WINNERS.enqueue((batch.pk, pk) for pk in saves.pending().values_list("pk", flat=True))
    return len(line_pks)
