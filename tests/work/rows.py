"""Makes pending takes to claim, without a provider."""

from apps.takes.models import Take
from tests.factories import RunFactory

DONE = Take.Status.CANCELLED  # an end state without audio


def pending_rows(number: int) -> list[Take]:
    """Takes of one batch, as ordering leaves them."""
    return list(RunFactory(takes=number).takes.order_by("pk"))


def states() -> list[tuple[str, int]]:
    """The status and attempts of every take."""
    return list(Take.objects.order_by("pk").values_list("status", "attempts"))
