"""Pending rows to claim: takes, which no provider is asked for here."""

from apps.takes.models import Take
from tests.factories import RunFactory

DONE = Take.Status.CANCELLED  # an end that asks for no audio


def pending_rows(number: int) -> list[Take]:
    """Takes of one batch, as they are when they have been ordered."""
    return list(RunFactory(takes=number).takes.order_by("pk"))


def states() -> list[tuple[str, int]]:
    """Status and attempts of every row."""
    return list(Take.objects.order_by("pk").values_list("status", "attempts"))
