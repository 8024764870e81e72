"""How near the engine comes to what a provider account allows: ratios, measured in one run."""

import sys
import time

import pytest

from apps.takes.models import Run, Take
from apps.takes.ordering.services.runs import order_run
from apps.takes.ordering.take_requests import lines_by_voices
from apps.takes.progress.queries import progress_of, render_seconds
from tests.factories import LanguageFactory, LineFactory, VoiceFactory
from tests.providers import wire_shapes
from tests.providers.wire import wire_server
from tests.workers import Processes, wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.load]

LATENCY, LIMIT = 0.5, 10
FAULTS = {"busy": 0.10, "error": 0.05, "html": 0.01, "truncated": 0.01, "hang": 0.02}
VOICES = (wire_shapes.voice_id(0), wire_shapes.voice_id(1))


@pytest.fixture
def vendor(process_environ, redis_clean, settings, tmp_path):
    """The wire server, this process and all workers set up to use it."""
    with wire_server(latency=LATENCY, limit=LIMIT) as server:
        names = {"ELEVENLABS_BASE_URL": server.url, "ELEVENLABS_API_KEY": server.api_key}
        options = {"api_key": server.api_key, "base_url": server.url, "timeout": 5.0}
        settings.TTS_PROVIDERS = {
            **settings.TTS_PROVIDERS,
            "elevenlabs": {**settings.TTS_PROVIDERS["elevenlabs"], "OPTIONS": options},
        }
        quick = {"PROVIDER_TIMEOUT": "5", "LEASE_SECONDS": "10"}
        processes = Processes(process_environ | names | quick, tmp_path / "processes.log")
        yield server, processes
        processes.end()


def order(lines: int, takes: int, voices: int) -> Run:
    language = LanguageFactory()
    script = [LineFactory(language=language, text=f"Lamp {n} is lit.") for n in range(lines)]
    speakers = [
        VoiceFactory(provider="elevenlabs", provider_voice_id=name, is_engine=False)
        for name in VOICES[:voices]
    ]
    asked = lines_by_voices(script, speakers, takes=takes, settings={"stability": [0.4, 0.8]})
    return order_run(asked, by=None)


def follow(run: Run, processes: Processes, seconds: float) -> None:
    def done() -> bool:
        time.sleep(0.4)
        return Run.objects.filter(pk=run.pk, finished_at__isnull=False).exists()

    wait_for(done, seconds, lambda: f"{progress_of('run', [run.pk])}\n{processes.said()}")


@pytest.mark.parametrize(("workers", "least"), [(1, 0.97), (2, 0.95)])
def test_the_limit_of_the_account_is_used_and_never_exceeded(vendor, audio_root, workers, least):
    server, processes = vendor
    for _ in range(workers):
        processes.worker()
    follow(order(lines=2, takes=1, voices=workers), processes, 60)  # the limit is learned
    server.reset()
    run = order(lines=240 // workers, takes=2, voices=workers)
    follow(run, processes, 120)
    assert list(run.takes.exclude(error="").values_list("error", flat=True)[:3]) == []
    assert progress_of("run", [run.pk])[run.pk].complete == 480
    ratio = 480 / render_seconds(run) / (LIMIT / LATENCY)
    stats = server.stats()
    sys.stderr.write(f"\n{workers} worker(s): {ratio:.3f} of the limit, {stats['statuses']}\n")
    assert stats["statuses"] == {"200": 480}
    assert stats["max_in_flight"] == LIMIT
    assert ratio >= least


def test_a_run_through_faults_ends_with_every_take_complete_or_explained(vendor, audio_root):
    server, processes = vendor
    server.configure(latency=0.1, faults=FAULTS)
    processes.worker()
    processes.worker()
    processes.start("sweep", "--every", "2")
    run = order(lines=100, takes=2, voices=1)
    follow(run, processes, 240)
    takes = Take.objects.filter(run=run)
    assert set(takes.values_list("status", flat=True)) <= {"complete", "failed"}
    assert not takes.filter(status="failed", error="").exists()
    assert takes.filter(status="complete").count() > 190
    assert takes.filter(attempts__gt=1).exists()
    twice = {ask: number for ask, number in server.stats()["paid"].items() if number > 1}
    assert not twice, "a recording was paid for twice"
