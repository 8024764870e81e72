"""Asking for many drafts at once."""

from django.db import transaction

from apps.audit.services import Actor, record, user_of
from apps.core.errors import DomainError
from apps.review.drafts import jobs
from apps.review.drafts.saving import unsaved_winners
from apps.takes.models import Batch


@transaction.atomic
def order_winners(batch: Batch, *, by: Actor) -> int:
    """Have a worker save the winner of every line as a draft; how many are to be saved.

    Safe to ask for again: what is a draft already stays one. Raises DomainError when none is
    left, and Unavailable without a queue.
    """
    number = unsaved_winners(batch).count()
    if not number:
        raise DomainError("No winner is left to save: rank takes first, or all are drafts.")
    jobs.check_queue()
    record("winners.ordered", batch, by=by, drafts=number)
    person = user_of(by)
    jobs.enqueue_winners(batch.pk, person.pk if person else None)
    return number
