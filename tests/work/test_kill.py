"""Workers are killed while they work, for every kind of work: no row is lost or done twice."""

import hashlib
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import timezone

from apps.audio.examining import ExamineOptions, examine
from apps.review.drafts.services.winners import order_winners
from apps.review.models import Draft, WinnerSave
from apps.storage.classes import AssetClass
from apps.storage.places import get_place
from apps.storage.urls import storage_from_url
from apps.takes.models import Batch, Take
from apps.takes.ordering.services.runs import order_run
from apps.takes.ordering.take_requests import lines_by_voices
from apps.work.models import WorkItem, rows_of
from tests.factories import LanguageFactory, LineFactory, VoiceFactory
from tests.review.clips import tone
from tests.takes.test_workers import assert_every_row_has_its_file, order
from tests.workers import Processes, wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.kill]


class Renders:
    """A run of 300 takes."""

    model: type[WorkItem] = Take
    done = Take.Status.COMPLETE

    def order(self) -> None:
        self.run = order(lines=50, takes=3)

    def assert_whole(self, places: Path) -> None:
        assert_every_row_has_its_file(self.run, places / "output")


class Winners:
    """A batch of 300 lines with a winner each."""

    model: type[WorkItem] = WinnerSave
    done = WinnerSave.Status.SAVED

    def order(self) -> None:
        order_winners(ranked_batch(300), by=None)

    def assert_whole(self, places: Path) -> None:
        root = places / "drafts"
        files = {
            str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in root.rglob("*.mp3")
        }
        assert files == dict(Draft.objects.values_list("key", "sha256"))
        assert set(Draft.objects.values_list("version", flat=True)) == {1}
        assert set(WinnerSave.objects.values_list("draft", flat=True)) == set(
            Draft.objects.values_list("pk", flat=True)
        )


def ranked_batch(number: int) -> Batch:
    """A batch with one take of each line, ranked first; all of them sound the same."""
    language = LanguageFactory()
    lines = LineFactory.create_batch(number, language=language)
    asked = lines_by_voices(lines, [VoiceFactory()], takes=1, settings={})
    run = order_run(asked, by=None, queue=False)
    made = examine(tone(1.0, 300.0), ExamineOptions(output_format="mp3_44100_128"))
    for take in run.takes.select_related("batch"):
        get_place("takes").put(take.key, made.data, asset_class=AssetClass.TAKE)
    run.takes.update(
        status="complete",
        sha256=made.sha256,
        frames_sha256=made.frames_sha256,
        size=len(made.data),
        duration=made.measurement.duration,
        rank=1,
        ranked_at=timezone.now(),
    )
    return run.batches.get()


@pytest.fixture
def places(audio_root: Path, settings, tmp_path: Path) -> Path:
    """Drafts lie beside the takes, for this process and the workers."""
    drafts = storage_from_url(f"file://{tmp_path}/drafts", base_dir=tmp_path)
    settings.STORAGES = settings.STORAGES | {"drafts": drafts}
    return tmp_path


@pytest.fixture
def workers(process_environ, redis_clean, places) -> Iterator[Processes]:
    quick = {"LEASE_SECONDS": "3", "TAKES_PER_JOB": "20"}
    environ = process_environ | quick | {"STORAGE_DRAFTS": f"file://{places}/drafts"}
    started = Processes(environ, places / "processes.log")
    yield started
    started.end()


@pytest.mark.parametrize("kind", [Renders(), Winners()], ids=["renders", "winners"])
def test_no_row_is_lost_or_done_twice_when_workers_are_killed(kind, workers, places):
    chance = random.Random(7)
    kind.order()
    rows = rows_of(kind.model)

    def busy_or_done() -> bool:
        return rows.working().exists() or not rows.unfinished().exists()

    workers.start("sweep", "--every", "1")
    for _ in range(2):
        workers.worker()
    for _ in range(5):
        wait_for(busy_or_done, 120, workers.said)
        time.sleep(chance.uniform(0.0, 0.5))
        workers.kill_one(chance)
    wait_for(lambda: not rows.unfinished().exists(), 180, workers.said)
    assert set(rows.values_list("status", flat=True)) == {kind.done}
    assert rows.filter(attempts__gt=1).exists(), "nothing was hit: kill more often"
    kind.assert_whole(places)
