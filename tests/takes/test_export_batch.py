"""The winners of a batch, handed over as files."""

import hashlib
import json
import os
import uuid
import zipfile

import pytest

from apps.audit.models import Event
from apps.takes import tree
from apps.takes.management.commands.generate import render_inline
from apps.takes.models import Batch, Take
from apps.takes.ranking.services import rank_take
from apps.takes.transfer import exporting
from tests.factories import RunFactory
from tests.takes.boards import make_batch, take_of
from tests.takes.foreign import contents, run

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(audio_root) -> Batch:
    """Two lines of three takes: line 1 has a first and a second, line 2 a first."""
    batch = make_batch(audio_root, lines=2, takes=3)
    for take in batch.takes.all():
        sha256 = hashlib.sha256(take.file_name.encode()).hexdigest()
        Take.objects.filter(pk=take.pk).update(sha256=sha256)
    for line, number, rank in [(1, 2, 1), (1, 1, 2), (2, 3, 1)]:
        rank_take(take_of(batch, line, number), rank, by=None)
    return batch


def export(batch, target, ranks="1,2", *more):
    return run("export_batch", batch.batch_id, "--ranks", ranks, "--to", target, *more)


def expected(batch) -> dict[str, bytes]:
    """What rank 1 and 2 of `batch` are, by path; the audio of such a batch is its file's name."""
    chosen = [("01", 1, 2), ("01", 2, 3), ("02", 1, 1)]
    names = [(folder, take_of(batch, line, number).file_name) for folder, line, number in chosen]
    return {f"{folder}/{name}": name.encode() for folder, name in names}


def test_winners_become_real_files_with_their_metadata(batch, tmp_path):
    target = tmp_path / "deep" / "winners"
    document, error = export(batch, target)
    assert error == ""
    assert (document["takes"], len(document["written"])) == (3, 4)
    found = contents(target)
    told = json.loads(found.pop("metadata.json"))
    assert found == expected(batch)
    assert not any(path.is_symlink() for path in target.rglob("*"))
    whole = tree.metadata(batch)
    assert told == whole | {"takes": [take for take in whole["takes"] if take["rank"] in (1, 2)]}
    assert len(told["takes"]) == 3


def test_only_the_ranks_that_were_asked_for(batch, tmp_path):
    export(batch, tmp_path / "out", "2")
    assert [path.name for path in (tmp_path / "out").iterdir() if path.is_dir()] == ["02"]


def test_a_repeated_export_changes_nothing(batch, tmp_path):
    target = tmp_path / "out"
    export(batch, target)
    before = {path: path.stat().st_mtime_ns for path in target.rglob("*")}
    document, error = export(batch, target)
    assert (document["written"], len(document["unchanged"]), error) == ([], 4, "")
    assert {path: path.stat().st_mtime_ns for path in target.rglob("*")} == before
    assert Event.objects.filter(verb="batch.exported").count() == 1


def test_what_is_missing_is_added(batch, tmp_path):
    target = tmp_path / "out"
    export(batch, target)
    whole = contents(target)
    (target / "01" / take_of(batch, 2, 3).file_name).unlink()
    (target / "notes.txt").write_text("the designer's own")
    document, error = export(batch, target)
    assert (len(document["written"]), error) == (1, "")
    assert contents(target) == whole | {"notes.txt": b"the designer's own"}


@pytest.mark.parametrize("kind", ["file", "folder", "link", "dangling link"])
def test_nothing_else_is_written_over(batch, tmp_path, kind):
    target = tmp_path / "out"
    name = take_of(batch, 2, 3).file_name
    in_the_way = target / "01" / name
    in_the_way.parent.mkdir(parents=True)
    if kind == "file":
        in_the_way.write_bytes(b"something else")
    elif kind == "folder":
        in_the_way.mkdir()
    else:
        (tmp_path / "other").write_bytes(b"something else")
        in_the_way.symlink_to(tmp_path / ("other" if kind == "link" else "nowhere"))
    before = contents(tmp_path)
    for more in ([], ["--dry-run"]):
        _document, error = export(batch, target, "1,2", *more)
        assert name in error and "left as it is" in error
        assert contents(tmp_path) == before, "nothing is written where something is in the way"


def test_a_dry_run_writes_nothing(batch, tmp_path):
    for target in (tmp_path / "out", tmp_path / "out.zip"):
        document, error = export(batch, target, "1", "--dry-run")
        assert (len(document["written"]), error) == (3, "")
        assert not target.exists()
    assert not Event.objects.filter(verb="batch.exported").exists()


def test_a_zip_holds_the_same(batch, tmp_path):
    target = tmp_path / "new" / "winners.zip"
    document, error = export(batch, target)
    assert (len(document["written"]), error) == (4, "")
    export(batch, tmp_path / "out")
    with zipfile.ZipFile(target) as archive:
        assert archive.testzip() is None
        found = {name: archive.read(name) for name in archive.namelist()}
    assert found == contents(tmp_path / "out")
    assert os.listdir(target.parent) == ["winners.zip"]


def test_a_repeated_zip_changes_nothing_and_another_is_left_alone(batch, tmp_path):
    target = tmp_path / "winners.zip"
    export(batch, target)
    before = (target.stat().st_mtime_ns, target.read_bytes())
    document, error = export(batch, target)
    assert (document["written"], len(document["unchanged"]), error) == ([], 4, "")
    _document, error = export(batch, target, "1")
    assert "something else is there" in error
    assert (target.stat().st_mtime_ns, target.read_bytes()) == before


def test_what_somebody_writes_there_meanwhile_is_not_written_over(batch, tmp_path, monkeypatch):
    target = tmp_path / "winners.zip"

    def meanwhile():
        target.write_bytes(b"theirs")
        return uuid.UUID(int=0)

    monkeypatch.setattr(exporting.uuid, "uuid4", meanwhile)
    _, error = export(batch, target)
    assert "written by somebody else just now" in error
    assert target.read_bytes() == b"theirs"
    assert [path.name for path in tmp_path.glob("*winners*")] == ["winners.zip"]
    assert not list(tmp_path.glob(".tmp-*"))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 cut off", b"no zip"])
def test_a_file_that_is_no_zip_is_left_alone(batch, tmp_path, data):
    target = tmp_path / "winners.zip"
    target.write_bytes(data)
    _document, error = export(batch, target)
    assert "something else is there" in error
    assert target.read_bytes() == data
    assert os.listdir(tmp_path).count("winners.zip") == 1


def test_lost_and_changed_files_are_never_handed_over(batch, audio_root, tmp_path):
    first, second = take_of(batch, 1, 2), take_of(batch, 2, 3)
    (audio_root / batch.path / "takes" / first.file_name).unlink()
    _document, error = export(batch, tmp_path / "out")
    assert first.file_name in error and "lost" in error
    (audio_root / batch.path / "takes" / first.file_name).write_bytes(first.file_name.encode())
    (audio_root / batch.path / "takes" / second.file_name).write_bytes(b"changed")
    for target in ("out", "out.zip"):
        _document, error = export(batch, tmp_path / target, "1")
        assert second.file_name in error and "no longer the file" in error
    left = [path for path in tmp_path.rglob("*") if "draft" in path.name]
    assert left == []
    assert not (tmp_path / "out.zip").exists()
    assert not (tmp_path / "out" / "01" / second.file_name).exists()


@pytest.mark.parametrize("ranks", ["", "0", "6", "1,x", "1,,2"])
def test_ranks_that_are_none(batch, tmp_path, ranks):
    assert "Name ranks from 1 to 5" in export(batch, tmp_path / "out", ranks)[1]


def test_what_cannot_be_exported(batch, tmp_path):
    assert "No take of" in export(batch, tmp_path / "out", "4")[1]
    assert "There is no batch" in run("export_batch", "nobody", "--to", tmp_path / "out")[1]
    (tmp_path / "file").write_text("in the way")
    assert "cannot be written" in export(batch, tmp_path / "file" / "out")[1]
    assert not (tmp_path / "out").exists()


def test_it_is_recorded(batch, tmp_path):
    export(batch, tmp_path / "out", "2,1")
    assert Event.objects.get(verb="batch.exported").data == {"ranks": [1, 2], "takes": 3}


@pytest.mark.django_db(transaction=True)
def test_out_of_a_bucket(audio_root, lines, moto, place_at, tmp_path):
    place_at("takes", moto.url("takes"))
    ordered = RunFactory(lines=lines)
    render_inline(ordered)
    winners = list(ordered.takes.all())
    for take in winners:
        rank_take(take, 1, by=None)
    for target in (tmp_path / "out", tmp_path / "out.zip"):
        assert export(ordered.batches.get(), target, "1")[1] == ""
    found = contents(tmp_path / "out")
    for take in winners:
        assert hashlib.sha256(found[f"01/{take.file_name}"]).hexdigest() == take.sha256
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == found
