"""Takes in buckets, and what happens while a bucket cannot be reached."""

import threading
import time

import pytest

from apps.audio.tagging import read_tags
from apps.storage.places import get_place
from apps.storage.urls import storage_from_url
from apps.takes.management.commands.generate import render_inline
from apps.takes.models import Batch
from apps.takes.progress.queries import progress_of
from apps.work.slices import own_connections
from tests.factories import RunFactory
from tests.storage import servers

pytestmark = pytest.mark.django_db(transaction=True)


def use(settings, url, tmp_path):
    entry = storage_from_url(url, base_dir=tmp_path)
    settings.STORAGES = settings.STORAGES | {"takes": entry}


@pytest.mark.parametrize("bucket_server", ["moto", "rclone", "gcs"], indirect=True)
def test_takes_can_live_in_a_bucket(bucket_server, lines, audio_root, place_at):
    place_at("takes", bucket_server.url("takes"))
    run = RunFactory(lines=lines)
    render_inline(run)
    place = get_place("takes")
    assert progress_of("run", [run.pk])[run.pk].complete == 3
    for take in run.takes.select_related("batch", "line"):
        assert read_tags(place.read(take.key)).title == take.line.key
    assert place.exists(f"{run.batches.get().path}/metadata.json")
    assert not list(audio_root.iterdir())


def test_a_run_waits_for_a_bucket_that_is_away_and_says_so(lines, audio_root, settings, tmp_path):
    with servers.moto_s3(tmp_path / "server") as running:
        use(settings, running.url("takes"), tmp_path)
        bucket = settings.STORAGES["takes"]["OPTIONS"]["bucket_name"]
        running.stop()
        run = RunFactory(lines=lines)

        def render():
            with own_connections():
                render_inline(run)

        worker = threading.Thread(target=render)
        worker.start()
        end = time.monotonic() + 60
        while not Batch.objects.exclude(waiting_reason="").exists():
            assert time.monotonic() < end, "nobody said what is needed"
            time.sleep(0.1)
        assert progress_of("run", [run.pk])[run.pk].failed == 0
        running.start()
        running.make_bucket(bucket)
        worker.join(90)
        assert progress_of("run", [run.pk])[run.pk].complete == 3
        assert run.batches.get().waiting_reason == ""
