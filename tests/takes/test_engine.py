"""Ordering and rendering with the offline voice, without a queue."""

import json
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from apps.audio.tagging import read_tags
from apps.core.errors import DomainError, Invalid, Unavailable
from apps.takes.management.commands.generate import render_inline
from apps.takes.models import Batch, Run, Take, Waveform
from apps.takes.ordering.services.control import cancel_run, retry_takes
from apps.takes.ordering.services.runs import order_run
from apps.takes.ordering.take_requests import lines_by_voices
from apps.takes.progress.queries import progress_of
from apps.takes.progress.states import Progress, State
from tests.factories import LineFactory, RunFactory, UserFactory, VoiceFactory

pytestmark = pytest.mark.django_db(transaction=True)


def order(lines, *, takes=2, voices=("Annie",), **kwargs):
    people = [VoiceFactory(provider_voice_id=name) for name in voices]
    drawn = {"stability": [0.3, 0.7]}
    return RunFactory(
        lines=lines, voices=people, takes=takes, settings=drawn, by=UserFactory(), **kwargs
    )


def test_a_script_becomes_measured_takes(lines, audio_root):
    run = order(lines, voices=("Annie", "Michael"))
    render_inline(run)
    takes = list(run.takes.select_related("batch", "line"))
    assert [take.status for take in takes] == ["complete"] * 12
    assert progress_of("run", [run.pk])[run.pk] == Progress(complete=12)
    for take in takes:
        stored = audio_root / take.key
        tags = read_tags(stored.read_bytes())
        assert stored.stat().st_size == take.size
        assert 0.5 < take.duration < 10
        assert take.loudness is not None and -40 < take.loudness < 0
        assert (tags.title, tags.extra["voice"]) == (take.line.key, take.batch.voice.name)
        assert Waveform.objects.get(pk=take.frames_sha256).data
    assert len({take.frames_sha256 for take in takes}) == 12
    run.refresh_from_db()
    assert run.finished_at


def test_the_directory_says_what_the_database_says(lines, audio_root):
    run = order(lines)
    render_inline(run)
    batch = run.batches.get()
    directory = Path(audio_root, batch.path)
    document = json.loads((directory / "metadata.json").read_text())
    files = sorted(path.name for path in (directory / "takes").iterdir())
    assert sorted(take["file"] for take in document["takes"]) == files
    assert [take["take_number"] for take in document["takes"]] == [1, 2] * 3
    assert document["batch_id"] == directory.name
    assert document["skin_name"] == run.series.slug


def test_orders_of_one_moment_get_batch_ids_of_their_own(lines, audio_root, monkeypatch):
    order(lines)  # the voice is linked to the Series: nothing else makes orders wait
    moment, together = timezone.now() + timedelta(hours=1), threading.Barrier(4)
    monkeypatch.setattr("apps.takes.ordering.services.runs.timezone.now", lambda: moment)
    asked = lines_by_voices(lines[:1], [VoiceFactory()], takes=1, settings={})
    failures = []

    def alone() -> None:
        together.wait()
        try:
            order_run(asked, by=None, queue=False)
        except DatabaseError as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=alone) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    first = f"{moment:%Y%m%d-%H%M%S}-Anni"
    assert Batch.objects.filter(batch_id__startswith=first).count() == 4


def test_an_identical_order_costs_nothing_and_sounds_the_same(lines, audio_root):
    first = order(lines)
    render_inline(first)
    second = order(lines)
    render_inline(second)
    for old, new in zip(first.takes.order_by("pk"), second.takes.order_by("pk"), strict=True):
        assert new.reused_from_id == old.pk
        assert (new.frames_sha256, new.characters) == (old.frames_sha256, 0)


def test_without_reuse_the_same_order_sounds_different(lines, audio_root):
    first = order(lines, takes=1)
    render_inline(first)
    second = order(lines, takes=1, reuse_identical=False)
    render_inline(second)
    old = set(first.takes.values_list("frames_sha256", flat=True))
    assert not old & set(second.takes.values_list("frames_sha256", flat=True))


def test_a_take_that_was_stored_before_its_worker_died_is_adopted(lines, audio_root):
    run = order(lines, takes=1)
    render_inline(run)
    take = run.takes.first()
    before = (audio_root / take.key).stat().st_mtime_ns
    take.findings.all().delete()
    Waveform.objects.get(pk=take.frames_sha256).delete()
    Take.objects.filter(pk=take.pk).update(
        status="pending", sha256="", duration=None, attempts=1, characters=0
    )
    render_inline(run)
    again = Take.objects.get(pk=take.pk)
    assert (again.status, again.sha256, again.attempts) == ("complete", take.sha256, 2)
    assert again.characters == take.characters
    assert (audio_root / take.key).stat().st_mtime_ns == before


def test_a_foreign_file_in_the_place_of_a_take_is_left_alone(lines, audio_root):
    run = order(lines[:1], takes=1)
    take = run.takes.get()
    place = audio_root / take.key
    place.parent.mkdir(parents=True)
    place.write_bytes(b"somebody else's")
    render_inline(run)
    take.refresh_from_db()
    assert take.status == "failed"
    assert place.read_bytes() == b"somebody else's"


def test_a_failed_take_is_retried_with_a_new_seed(lines, audio_root):
    run = order(lines, takes=1)
    take = run.takes.first()
    blocked = audio_root / take.key
    blocked.parent.mkdir(parents=True)
    blocked.write_bytes(b"in the way")
    render_inline(run)
    assert progress_of("run", [run.pk])[run.pk].state == State.PARTIAL_SUCCESS
    blocked.unlink()
    assert retry_takes(run, by=None) == 1
    again = Take.objects.get(pk=take.pk)
    assert (again.status, again.attempts, again.error) == ("pending", 0, "")
    assert again.seed != take.seed
    render_inline(run)
    assert progress_of("run", [run.pk])[run.pk].state == State.COMPLETED
    with pytest.raises(DomainError):
        retry_takes(run, by=None)


def test_cancelling_stops_what_has_not_started(lines, audio_root):
    run = order(lines)
    assert cancel_run(run, by=None) == 6
    render_inline(run)
    assert progress_of("run", [run.pk])[run.pk].state == State.CANCELLED
    assert not list(audio_root.rglob("*.mp3"))
    with pytest.raises(DomainError):
        cancel_run(run, by=None)


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"stability": 1.5}, "stability"),
        ({"speed": [1.1, 0.9]}, "speed"),
        ({"speed": [0.1, 0.9]}, "speed"),
        ({"volume": 1}, "volume"),
        ({"use_speaker_boost": "yes"}, "use_speaker_boost"),
    ],
)
def test_wrong_settings_are_named_and_nothing_is_written(lines, settings, field):
    asked = lines_by_voices(lines, [VoiceFactory()], takes=1, settings=settings)
    with pytest.raises(Invalid) as refusal:
        order_run(asked, by=None, queue=False)
    assert field in refusal.value.errors
    assert not Run.objects.exists()


def test_lines_without_words_are_refused():
    line = LineFactory(text="<b></b>")
    asked = lines_by_voices([line], [VoiceFactory()], takes=1, settings={})
    with pytest.raises(Invalid, match="No line is left to speak"):
        order_run(asked, by=None, queue=False)


def test_without_a_queue_nothing_is_written(lines, settings):
    queue = settings.RQ_QUEUES["renders"]
    settings.RQ_QUEUES = {"renders": {**queue, "URL": "redis://127.0.0.1:9/0"}}
    asked = lines_by_voices(lines, [VoiceFactory()], takes=1, settings={})
    with pytest.raises(Unavailable, match="nothing was ordered"):
        order_run(asked, by=None)
    assert not Run.objects.exists()
