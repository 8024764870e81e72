"""Runs over real workers: finished, stopped, and queued again."""

import hashlib
import json
import signal
import subprocess
import sys

import pytest

from apps.takes.models import Run, Take, Waveform
from apps.takes.progress.queries import progress_of
from apps.work.sweeping import sweep
from tests.factories import LanguageFactory, LineFactory, RunFactory, VoiceFactory
from tests.providers import wire_shapes
from tests.providers.wire import wire_server
from tests.voices.conftest import configure_vendor
from tests.workers import REPOSITORY, Processes, wait_for

pytestmark = pytest.mark.django_db(transaction=True)


def order(lines: int, takes: int) -> Run:
    language = LanguageFactory()
    script = [LineFactory(language=language, text=f"Lamp {n} is lit.") for n in range(lines)]
    voices = [VoiceFactory(provider_voice_id="Annie"), VoiceFactory(provider_voice_id="Michael")]
    return RunFactory(lines=script, voices=voices, takes=takes, queue=True)


def counts(run: Run):
    return progress_of("run", [run.pk])[run.pk]


def is_done(run: Run) -> bool:
    Run.objects.filter(pk=run.pk).first()
    return counts(run).done == counts(run).total


def assert_every_row_has_its_file(run: Run, audio_root) -> None:
    rows = {take.key: take.sha256 for take in run.takes.select_related("batch")}
    files = {
        str(path.relative_to(audio_root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in audio_root.rglob("*")
        if path.is_file() and path.name != "metadata.json" and not path.name.startswith(".tmp-")
    }
    assert files == rows
    assert Waveform.objects.filter(pk__in=run.takes.values("frames_sha256")).count() == len(rows)


def test_workers_render_a_run_to_its_end(processes, audio_root):
    run = order(lines=5, takes=2)
    processes.worker()
    wait_for(lambda: is_done(run), 120, processes.said)
    assert counts(run).complete == 20
    wait_for(lambda: Run.objects.get(pk=run.pk).finished_at, 120, processes.said)
    assert_every_row_has_its_file(run, audio_root)
    assert all((audio_root / batch.path / "metadata.json").exists() for batch in run.batches.all())
    line = next(line for line in processes.said().splitlines() if "take.complete" in line)
    assert all(f" {name}=" in line for name in ("run", "batch", "take", "job")), line


def test_a_worker_that_is_asked_to_stop_hands_back_and_the_next_goes_on(processes, audio_root):
    run = order(lines=30, takes=3)
    worker = processes.worker()
    wait_for(lambda: counts(run).complete > 5, 120, processes.said)
    worker.send_signal(signal.SIGTERM)
    worker.wait(90)
    processes.running.remove(worker)
    left = counts(run)
    assert left.generating == 0 and left.failed == 0 and 0 < left.pending < 180
    assert not Take.objects.filter(run=run, status="pending", attempts__gt=0).exists()
    processes.worker()
    wait_for(lambda: is_done(run), 180, processes.said)
    assert counts(run).complete == 180


def test_takes_that_the_queue_forgot_are_queued_again(processes, redis_clean, audio_root):
    run = order(lines=3, takes=1)
    redis_clean.flushall()
    swept = sweep()
    assert swept.requeued["render"] == 6
    assert sweep().requeued["render"] == 0
    processes.worker()
    wait_for(lambda: is_done(run), 120, processes.said)
    assert counts(run).complete == 6


def test_a_worker_does_not_wait_for_a_provider_that_hangs(
    process_environ, redis_clean, tmp_path, settings
):
    with wire_server(latency=600.0) as server:
        configure_vendor(settings, server.url, server.api_key)
        names = {"ELEVENLABS_BASE_URL": server.url, "ELEVENLABS_API_KEY": server.api_key}
        processes = Processes(process_environ | names, tmp_path / "processes.log")
        voice = VoiceFactory(provider="elevenlabs", provider_voice_id=wire_shapes.voice_id(0))
        run = RunFactory(voices=[voice], takes=2, queue=True)
        worker = processes.worker()
        wait_for(lambda: server.stats()["in_flight"] == 2, 90, processes.said)
        worker.send_signal(signal.SIGTERM)
        worker.wait(90)
        processes.running.remove(worker)
        assert set(run.takes.values_list("status", "attempts")) == {("pending", 0)}
        processes.end()


def test_the_command_waits_for_the_workers(processes, lines, audio_root):
    VoiceFactory(provider_voice_id="Annie")
    processes.worker()
    series = lines[0].series.slug
    command = [sys.executable, str(REPOSITORY / "manage.py"), "generate", "--series", series]
    options = ["--language", "en", "--voice", "espeak:Annie", "--takes", "2", "--wait", "--json"]
    settings = ["--settings", '{"stability": [0.2, 0.4], "speed": 1.1}']
    done = subprocess.run(
        [*command, *options, *settings], env=processes.environ, capture_output=True, timeout=180
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["takes_total"], told["takes_complete"], told["takes_failed"]) == (6, 6, 0)
    assert told["render_seconds"] > 0
    assert [(audio_root / batch["path"]).is_dir() for batch in told["batches"]] == [True]
    takes = Take.objects.filter(run__task_id=told["run"])
    assert all(0.2 <= take.settings["stability"] <= 0.4 for take in takes)
