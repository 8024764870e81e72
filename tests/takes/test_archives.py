"""A batch as a ZIP: whole, streamed, and never one that only looks whole."""

import io
import json
import os
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from django.utils import timezone

from apps.storage.classes import AssetClass
from apps.storage.errors import StorageError
from apps.storage.places import get_place
from apps.takes import tree
from apps.takes.models import Batch, Take
from apps.takes.ranking.services import rank_take
from apps.takes.transfer.zips import zip_of
from tests.takes.boards import make_batch, take_of

pytestmark = pytest.mark.django_db

MEGABYTE = 2**20


def opened(archive):
    data = b"".join(archive.chunks)
    assert len(data) == archive.size
    unpacked = zipfile.ZipFile(io.BytesIO(data))
    assert unpacked.testzip() is None
    return unpacked


@pytest.fixture
def batch(audio_root):
    batch = make_batch(audio_root, lines=2, takes=3)
    rank_take(take_of(batch, 1, 2), 1, by=None)
    rank_take(take_of(batch, 2, 1), 1, by=None)
    rank_take(take_of(batch, 1, 1), 5, by=None)
    return batch


def test_it_holds_the_takes_and_copies_of_the_ranked_ones(batch):
    archive = zip_of(batch)
    assert archive.name == f"{batch.batch_id}.zip"
    unpacked = opened(archive)
    takes = [take.file_name for take in batch.takes.order_by("line__position", "take_number")]
    ranked = {take_of(batch, *place).file_name for place in [(1, 2), (2, 1)]}
    fifth = take_of(batch, 1, 1).file_name
    root = batch.batch_id
    assert sorted(unpacked.namelist()) == sorted(
        [
            f"{root}/metadata.json",
            *(f"{root}/takes/{name}" for name in takes),
            *(f"{root}/ranked/01/{name}" for name in ranked),
            f"{root}/ranked/05/{fifth}",
        ]
    )
    for name in takes:
        assert unpacked.read(f"{root}/takes/{name}") == name.encode()
    assert unpacked.read(f"{root}/ranked/05/{fifth}") == fifth.encode()
    assert json.loads(unpacked.read(f"{root}/metadata.json")) == tree.metadata(batch)


def test_nothing_is_compressed_or_linked(batch):
    for entry in opened(zip_of(batch)).infolist():
        assert entry.compress_type == zipfile.ZIP_STORED
        assert (entry.external_attr >> 16) & 0o170000 in (0, 0o100000)


def test_takes_without_kept_audio_are_left_out(batch):
    failed, preview = batch.takes.filter(rank=None).order_by("pk")[:2]
    Take.objects.filter(pk=failed.pk).update(status="failed")
    Take.objects.filter(pk=preview.pk).update(expires_at=timezone.now())
    names = opened(zip_of(batch)).namelist()
    assert not [name for name in names if failed.file_name in name or preview.file_name in name]
    assert not [name for name in names if "MISSING" in name]


NAMES = ["Grüße 你好 🎧.mp3", "a'b\"c`d$e.mp3", "50% #1?&=+;.mp3", "C:colon*|<>.mp3", " space .mp3"]


def test_any_name_that_a_file_can_have_comes_back(audio_root):
    batch = make_batch(audio_root, lines=1, takes=5)
    folder = audio_root / batch.path / "takes"
    for take, name in zip(batch.takes.order_by("pk"), NAMES, strict=True):
        (folder / take.file_name).rename(folder / name)
        Take.objects.filter(pk=take.pk).update(file_name=name)
    unpacked = opened(zip_of(batch))
    assert set(unpacked.namelist()) >= {f"{batch.batch_id}/takes/{name}" for name in NAMES}


def test_lost_files_are_left_out_and_named(batch, audio_root):
    lost = take_of(batch, 1, 2)
    (audio_root / batch.path / "takes" / lost.file_name).unlink()
    unpacked = opened(zip_of(batch))
    assert not [name for name in unpacked.namelist() if name.endswith(lost.file_name)]
    said = unpacked.read(f"{batch.batch_id}/MISSING.txt").decode()
    assert said.splitlines()[-1] == lost.file_name
    assert len(said.splitlines()) == 3


def test_files_that_are_links_are_read(batch, audio_root, tmp_path):
    take = take_of(batch, 1, 1)
    file = audio_root / batch.path / "takes" / take.file_name
    file.rename(file.with_name("elsewhere"))
    file.symlink_to("elsewhere")
    unpacked = opened(zip_of(batch))
    assert unpacked.read(f"{batch.batch_id}/takes/{take.file_name}") == take.file_name.encode()


def test_a_batch_without_takes_is_a_zip_too(audio_root):
    batch = make_batch(audio_root, lines=1, takes=1)
    batch.takes.update(status="failed", sha256="")
    assert opened(zip_of(batch)).namelist() == [f"{batch.batch_id}/metadata.json"]


@pytest.mark.parametrize("change", ["shorter", "longer", "gone"])
def test_a_file_that_changes_meanwhile_breaks_the_stream_off(batch, audio_root, change):
    archive = zip_of(batch)
    file = audio_root / batch.path / "takes" / take_of(batch, 2, 3).file_name
    if change == "gone":
        file.unlink()
    else:
        file.write_bytes(b"" if change == "shorter" else b"longer" * 100_000)
    sent = bytearray()
    with pytest.raises(StorageError):
        for chunk in archive.chunks:
            sent += chunk
    assert len(sent) < archive.size


def test_memory_does_not_grow_with_the_files(audio_root):
    batch = make_batch(audio_root, lines=2, takes=2)
    big = audio_root / batch.path / "takes"
    for path in big.iterdir():
        with path.open("r+b") as file:
            file.truncate(64 * MEGABYTE)
    rank_take(take_of(batch, 1, 1), 1, by=None)
    tracemalloc.start()
    archive = zip_of(batch)
    read = sum(len(chunk) for chunk in archive.chunks)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert read == archive.size > 5 * 64 * MEGABYTE
    assert peak < 2 * MEGABYTE


def test_a_reader_who_leaves_closes_the_file(batch):
    chunks = zip_of(batch).chunks
    while not open_takes():
        next(chunks)
    chunks.close()
    assert open_takes() == []


def open_takes():
    """Files below a `takes` that this process has open."""
    descriptors = Path("/proc/self/fd").iterdir()
    names = [os.readlink(path) for path in descriptors if path.is_symlink()]
    return [name for name in names if name.endswith(".mp3")]


@pytest.mark.parametrize("bucket_server", ["moto", "gcs"], indirect=True)
def test_a_bucket_gives_the_same_zip(bucket_server, batch, place_at):
    here = opened(zip_of(batch))
    place_at("takes", bucket_server.url("takes"))
    lost = take_of(batch, 2, 2)
    for name in batch.takes.exclude(pk=lost.pk).values_list("file_name", flat=True):
        key = f"{batch.path}/takes/{name}"
        get_place("takes").create(key, name.encode(), asset_class=AssetClass.TAKE)
    there = opened(zip_of(Batch.objects.get(pk=batch.pk)))
    names = set(there.namelist())
    assert set(here.namelist()) - names == {f"{batch.batch_id}/takes/{lost.file_name}"}
    assert names - set(here.namelist()) == {f"{batch.batch_id}/MISSING.txt"}
    for name in names & set(here.namelist()):
        assert there.read(name) == here.read(name)
