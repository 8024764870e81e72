"""Pending rows to claim: takes, which no provider is asked for here."""

from apps.takes.models import Take
from apps.takes.ordering.services.runs import order_run
from apps.takes.ordering.take_requests import lines_by_voices
from tests.factories import LanguageFactory, LineFactory, VoiceFactory

DONE = Take.Status.CANCELLED  # an end that asks for no audio


def pending_rows(number: int) -> list[Take]:
    """Takes of one batch, as they are when they have been ordered."""
    line = LineFactory(language=LanguageFactory())
    asked = lines_by_voices([line], [VoiceFactory()], takes=number, settings={})
    return list(order_run(asked, by=None, queue=False).takes.order_by("pk"))


def states() -> list[tuple[str, int]]:
    """Status and attempts of every row."""
    return list(Take.objects.order_by("pk").values_list("status", "attempts"))
