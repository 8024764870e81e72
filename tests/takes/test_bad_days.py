"""A provider's bad days: each behaviour ends in words, is counted, and buys nothing in vain."""

from dataclasses import dataclass, field

import pytest

from apps.takes.management.commands.generate import render_inline
from apps.takes.ordering.services.control import cancel_run
from apps.takes.progress.queries import failures_of, progress_of, spent_on
from tests.factories import LanguageFactory, LineFactory, RunFactory, VoiceFactory
from tests.providers import wire_shapes
from tests.takes.test_cancelling import rendering, until
from tests.voices.conftest import running_vendor, vendor  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = "The lamp in the hall is lit, and everybody has gone to bed by now."
ATTEMPTS = 3


@dataclass(frozen=True)
class Day:
    """How the wire server behaves, and what a run of one take comes to then.

    `asked` is how many requests it costs at most, `billed` how many of them may be on the bill.
    """

    name: str
    words: str
    asked: int
    billed: int
    config: dict = field(default_factory=dict)

    def begin(self, server):
        server.configure(**(self.config or {"faults": {self.name: 1.0}}))


def refusal(status, code, words):
    return {"refusal": [status, code, words]}


DAYS = [
    Day("html", "This is text, not a recording", 2, 2),
    Day("truncated", "Nothing was kept", 2, 2),
    Day("empty", "answered without any audio", 2, 2),
    Day("json", "Something went wrong.", 2, 2),
    Day("quota", "This exceeds your quota.", 1, 0),
    Day("long", "lasts", 2, 2),
    Day("short", "lasts", 2, 2),
    Day("endless", "which no recording of this text has", 2, 2),
    Day("cut", "could not be reached", ATTEMPTS, ATTEMPTS),
    Day("drop", "could not be reached", ATTEMPTS, ATTEMPTS),
    Day("hang", "did not answer within", ATTEMPTS, ATTEMPTS),
    Day("trickle", "did not answer within", ATTEMPTS, ATTEMPTS),
    Day("busy", "experiencing heavy traffic", ATTEMPTS, 0),
    Day("error", "An unexpected error occurred", ATTEMPTS, 0),
    Day("proxy", "status 502", ATTEMPTS, 0),
    Day("bad key", "Invalid key", 0, 0, refusal(401, "invalid_api_key", "Invalid key")),
    Day("no credit", "No credit", 0, 0, refusal(402, "insufficient_credits", "No credit")),
    Day("no voice", "No such voice", 0, 0, refusal(404, "voice_not_found", "No such voice")),
]
WAITS = [day for day in DAYS if day.name in ("hang", "trickle", "busy", "error", "proxy", "cut")]
WAITS += [Day("crowded", "Too many concurrent requests", 99, 0)]


@pytest.fixture
def run(vendor, audio_root, settings):  # noqa: F811
    settings.TAKE_ATTEMPTS = ATTEMPTS
    entry = settings.TTS_PROVIDERS["elevenlabs"]
    options = {**entry["OPTIONS"], "timeout": 2.0}
    settings.TTS_PROVIDERS = settings.TTS_PROVIDERS | {"elevenlabs": entry | {"OPTIONS": options}}
    voice = VoiceFactory(
        provider="elevenlabs", provider_voice_id=wire_shapes.voice_id(0), is_engine=False
    )
    line = LineFactory(language=LanguageFactory(), text=TEXT)
    return RunFactory(lines=[line], voices=[voice], takes=1)


@pytest.mark.parametrize("day", DAYS, ids=lambda day: day.name)
def test_a_bad_day_ends_in_words_with_its_cost_counted(vendor, run, day, audio_root):  # noqa: F811
    day.begin(vendor)
    render_inline(run)
    ((reason, takes),) = failures_of(run)
    assert day.words in reason and takes == 1
    stats = vendor.stats()
    assert stats["requests"] == day.asked
    assert spent_on(run).unusable_characters == day.billed * len(TEXT)
    assert spent_on(run).characters == 0
    assert not list(audio_root.rglob("*.mp3"))
    assert stats["streamed"] < 8_000_000


@pytest.mark.parametrize("day", WAITS, ids=lambda day: day.name)
def test_a_bad_day_is_cancelled_at_once(vendor, run, day):  # noqa: F811
    day.begin(vendor)
    with rendering(run) as thread:
        until(lambda: vendor.stats()["requests"])
        assert cancel_run(run, by=None) == 1
        assert progress_of("run", [run.pk])[run.pk].state == "cancelled"
        thread.join(4)
        assert not thread.is_alive()
    assert vendor.stats()["requests"] <= 2
    assert not sum(vendor.stats()["paid"].values())
