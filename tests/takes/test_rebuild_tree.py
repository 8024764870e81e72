"""The directory of a batch is made anew from the database."""

import json
import os
import shutil

import pytest

from apps.audit.models import Event
from apps.storage.places import get_place
from apps.takes.management.commands.generate import render_inline
from apps.takes.models import Batch
from apps.takes.ranking.services import lock_batch, rank_take, unlock_batch
from tests.factories import RunFactory
from tests.flows import validator
from tests.takes.boards import assert_tree_shows, hashes, make_batch, take_of
from tests.takes.foreign import contents, run, run_text

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(audio_root) -> Batch:
    batch = make_batch(audio_root, lines=2, takes=3)
    for line, number, rank in [(1, 2, 1), (1, 1, 2), (2, 3, 1)]:
        rank_take(take_of(batch, line, number), rank, by=None)
    return batch


def only(document):
    [row] = document["batches"]
    return row


def rebuild(*arguments):
    return run("rebuild_tree", *arguments)


def remove_metadata(folder):
    (folder / "metadata.json").unlink()


def cut_metadata(folder):
    data = (folder / "metadata.json").read_bytes()
    (folder / "metadata.json").write_bytes(data[: len(data) // 2])


def change_a_rank(folder):
    """As somebody with an editor would."""
    document = json.loads((folder / "metadata.json").read_text())
    document["takes"][0]["rank"] = 5
    (folder / "metadata.json").write_text(json.dumps(document))


def remove_ranked(folder):
    shutil.rmtree(folder / "ranked")


def add_links(folder):
    name = next(path.name for path in (folder / "ranked" / "01").iterdir())
    (folder / "ranked" / "04" / name).symlink_to(f"../../takes/{name}")
    (folder / "ranked" / "03" / "gone.mp3").symlink_to("../../takes/gone.mp3")


def turn_links(folder):
    for link in (folder / "ranked" / "01").iterdir():
        link.unlink()
        link.symlink_to("/etc/hostname")


def add_lock(folder):
    (folder / "LOCKED").touch()


DAMAGES = [
    remove_metadata, cut_metadata, change_a_rank, remove_ranked, add_links, turn_links, add_lock,
]  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_was_damaged_is_mended(batch, audio_root, damage):
    folder = audio_root / batch.path
    before, takes = contents(folder), hashes(batch, audio_root)
    damage(folder)
    damaged = contents(folder)
    assert damaged != before
    document, error = rebuild(batch.batch_id, "--dry-run")
    assert only(document)["changes"] and error == ""
    assert contents(folder) == damaged, "a dry run writes nothing"
    document, error = rebuild(batch.batch_id)
    assert error == ""
    assert (only(document)["takes"], only(document)["ranked"]) == (6, 3)
    assert contents(folder) == before
    assert hashes(batch, audio_root) == takes
    assert_tree_shows(batch, audio_root)
    assert only(rebuild(batch.batch_id, "--dry-run")[0])["changes"] == []


def test_the_lock_comes_back_and_goes(batch, audio_root):
    folder = audio_root / batch.path
    lock_batch(batch, by=None)
    (folder / "LOCKED").unlink()
    assert only(rebuild(batch.batch_id, "--dry-run")[0])["changes"] == ["LOCKED"]
    rebuild(batch.batch_id)
    assert (folder / "LOCKED").exists()
    unlock_batch(batch, by=None)
    assert not (folder / "LOCKED").exists()


def test_lost_takes_are_named_and_fail_the_command(batch, audio_root):
    lost = take_of(batch, 1, 2).file_name
    (audio_root / batch.path / "takes" / lost).unlink()
    for arguments in ([batch.batch_id, "--dry-run"], [batch.batch_id]):
        document, error = rebuild(*arguments)
        assert only(document)["missing"] == [lost]
        assert "1 batches are not whole" in error
    assert_tree_shows(batch, audio_root)


def test_files_that_are_nobodys_stay_and_are_named(batch, audio_root):
    alien = audio_root / batch.path / "takes" / "spare.mp3"
    alien.write_bytes(b"somebody's")
    document, error = rebuild(batch.batch_id)
    assert (only(document)["alien"], error) == (["spare.mp3"], "")
    assert alien.read_bytes() == b"somebody's"
    assert "nobody's, left alone: spare.mp3" in run_text("rebuild_tree", batch.batch_id)


def test_a_whole_directory_can_be_lost_but_for_its_takes(batch, audio_root):
    shutil.rmtree(audio_root / batch.path)
    document, error = rebuild(batch.batch_id)
    assert len(only(document)["missing"]) == 6
    assert error
    assert json.loads((audio_root / batch.path / "metadata.json").read_text())["takes"]


def test_which_batches_are_chosen(batch, audio_root):
    other = make_batch(audio_root, lines=1, takes=1)
    unfinished = make_batch(audio_root, lines=1, takes=1)
    Batch.objects.filter(pk=unfinished.pk).update(generated_at=None)
    empty = make_batch(audio_root, lines=1, takes=1)
    empty.takes.update(status="failed", sha256="")

    def chosen(*arguments):
        return [row["batch"] for row in rebuild(*arguments)[0]["batches"]]

    assert chosen("--all") == [batch.batch_id, other.batch_id]
    assert chosen("--series", other.series.slug) == [other.batch_id]
    assert chosen(other.batch_id, batch.batch_id) == [batch.batch_id, other.batch_id]


def test_what_cannot_be_chosen(batch, audio_root):
    assert "There is no finished batch nobody" in rebuild("nobody")[1]
    assert "Name batches" in rebuild()[1]
    assert "Name batches" in rebuild(batch.batch_id, "--all")[1]
    assert "There is no Series" in rebuild("--series", "Nowhere")[1]


def test_one_that_cannot_be_written_does_not_hold_up_the_others(batch, audio_root):
    other = make_batch(audio_root, lines=1, takes=1)
    shutil.rmtree(audio_root / batch.path / "ranked")
    (audio_root / batch.path / "ranked").write_text("a file")
    (audio_root / other.path / "metadata.json").unlink()
    document, error = rebuild("--all")
    first, second = document["batches"]
    assert "a folder is where a file should be, or a file where a folder" in first["error"]
    assert (second["error"], second["takes"]) == ("", 1)
    assert "1 batches are not whole" in error
    assert (audio_root / other.path / "metadata.json").exists()


def test_it_is_recorded(batch, audio_root):
    rebuild(batch.batch_id, "--dry-run")
    assert not Event.objects.filter(verb="batch.rebuilt").exists()
    rebuild(batch.batch_id)
    event = Event.objects.get(verb="batch.rebuilt")
    assert (event.target_name, event.data) == (batch.batch_id, {"missing": 0, "alien": 0})


@pytest.mark.django_db(transaction=True)
def test_ranked_json_of_a_bucket_is_mended(audio_root, moto, place_at):
    place_at("takes", moto.url("takes"))
    ordered = RunFactory(takes=2)
    render_inline(ordered)
    batch, place = ordered.batches.get(), get_place("takes")
    rank_take(batch.takes.first(), 1, by=None)
    right = place.read(f"{batch.path}/ranked.json")
    place.delete(f"{batch.path}/ranked.json")
    place.delete(f"{batch.path}/metadata.json")
    changes = only(rebuild("--all", "--dry-run")[0])["changes"]
    assert changes == ["metadata.json", "ranked.json"]
    assert rebuild("--all")[1] == ""
    assert place.read(f"{batch.path}/ranked.json") == right
    assert only(rebuild("--all", "--dry-run")[0])["changes"] == []


@pytest.mark.django_db(transaction=True)
def test_our_own_tree_is_valid_after_it(audio_root, lines):
    ordered = RunFactory(lines=lines, takes=2, settings={"stability": 0.5})
    render_inline(ordered)
    batch = ordered.batches.get()
    rank_take(batch.takes.first(), 1, by=None)
    os.unlink(audio_root / batch.path / "metadata.json")
    shutil.rmtree(audio_root / batch.path / "ranked")
    rebuild("--all")
    assert validator.problems(audio_root) == []
