"""A provider that gives nothing: runs that wait say so, can be cancelled, and end by themselves."""

import threading
import time
from collections.abc import Callable
from contextlib import contextmanager

import pytest

from apps.takes.management.commands.generate import render_inline
from apps.takes.models import Batch, Run
from apps.takes.ordering.services.control import cancel_run, retry_takes
from apps.takes.progress.queries import progress_of, spent_on, waiting_for
from apps.takes.rendering.slices import render_slice
from apps.work.limiter import SharedLimiter
from apps.work.slices import own_connections
from tests.factories import LanguageFactory, LineFactory, RunFactory, VoiceFactory
from tests.providers import wire_shapes
from tests.voices.conftest import running_vendor, vendor  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = "The lamp is lit."


@pytest.fixture
def order(audio_root) -> Callable[..., Run]:
    voice = VoiceFactory(
        provider="elevenlabs", provider_voice_id=wire_shapes.voice_id(0), is_engine=False
    )
    line = LineFactory(language=LanguageFactory(), text=TEXT)
    return lambda takes=3: RunFactory(lines=[line], voices=[voice], takes=takes)


@contextmanager
def rendering(run: Run):
    """The run, rendered in a thread, which has ended with the block."""

    def render():
        with own_connections():
            render_inline(run)

    thread = threading.Thread(target=render)
    thread.start()
    try:
        yield thread
    finally:
        thread.join(30)
    assert not thread.is_alive()


def until(fact: Callable[[], object], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < end
        time.sleep(0.05)


def state(run: Run) -> str:
    return progress_of("run", [run.pk])[run.pk].state


def test_a_run_that_the_account_refuses_is_cancelled_at_once(vendor, order):  # noqa: F811
    vendor.configure(faults={"crowded": 1.0})
    run = order()
    with rendering(run) as thread:
        until(lambda: vendor.stats()["requests"] > 8)  # pauses have grown to seconds
        assert cancel_run(run, by=None) == 3
        assert state(run) == "cancelled"
        thread.join(3)
        assert not thread.is_alive()
    run.refresh_from_db()
    assert run.finished_at and waiting_for(run) == ""
    asked = vendor.stats()["requests"]
    time.sleep(1)
    assert vendor.stats()["requests"] == asked


def test_the_answer_to_a_cancelled_request_is_kept_and_never_bought_again(vendor, order):  # noqa: F811
    vendor.configure(latency=1.5)
    run = order(takes=1)
    with rendering(run):
        until(lambda: vendor.stats()["in_flight"] == 1)
        assert cancel_run(run, by=None) == 1
        assert state(run) == "cancelled"
    assert state(run) == "cancelled"
    assert spent_on(run).characters == len(TEXT)
    again = order(takes=1)
    render_inline(again)
    assert (state(again), spent_on(again).characters) == ("completed", 0)
    assert sum(vendor.stats()["paid"].values()) == 1


def test_a_run_says_what_it_waits_for_and_since_when(vendor, order):  # noqa: F811
    vendor.configure(faults={"crowded": 1.0})
    run = order(takes=1)
    with rendering(run):
        until(lambda: waiting_for(run))
        since = Batch.objects.get(run=run).waiting_since
        assert run.created_at <= since
        assert "Too many concurrent requests." in waiting_for(run)
        assert waiting_for(run).startswith("Waiting since ")
        vendor.configure(faults={})
    assert state(run) == "completed"
    assert waiting_for(run) == ""
    assert Batch.objects.get(run=run).waiting_since is None


def test_waiting_ends_for_the_whole_batch_and_begins_anew_with_a_retry(
    vendor,  # noqa: F811
    order,
    settings,
    redis_clean,
):
    settings.PROVIDER_WAIT_SECONDS = 3.0
    vendor.configure(faults={"crowded": 1.0})
    run = order()

    def render():
        render_slice(
            run.takes.values_list("pk", flat=True),
            limiter_for=lambda provider: SharedLimiter(
                redis_clean, provider.account_key, default=2
            ),
            asked_to_stop=lambda: False,
        )

    render()
    assert state(run) == "failed"
    assert all(
        error.startswith("Too many concurrent requests. (Nothing was spoken for")
        for error in run.takes.values_list("error", flat=True)
    )
    assert retry_takes(run, by=None) == 3
    assert not redis_clean.keys("voicecms:refused:*")
    vendor.configure(faults={})
    render()
    assert state(run) == "completed"
