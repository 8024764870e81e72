"""What only a place on a disk has: links, drafts, full disks, killed writers."""

import errno
import os
import random
import resource
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from threading import Event, Thread

import pytest

from apps.storage.backends.files import TEMPORARY_PREFIX, FilePlace
from apps.storage.classes import AssetClass
from apps.storage.errors import LeadsOut, ObjectMissing, StorageError
from apps.storage.keys import UnsafeKey
from apps.storage.places import get_place
from apps.storage.urls import FILE_BACKEND

TAKE = AssetClass.TAKE
WRITER = """
    import resource, sys
    import django
    from django.conf import settings
    from apps.storage.classes import AssetClass
    from apps.storage.errors import StorageError
    from apps.storage.places import get_place

    backend = "django.core.files.storage.FileSystemStorage"
    takes = {"BACKEND": backend, "OPTIONS": {"location": sys.argv[1]}}
    settings.configure(STORAGES={"takes": takes})
    place = get_place("takes")
"""


@pytest.fixture
def place(place_at, tmp_path: Path) -> FilePlace:
    return place_at("takes", f"file://{tmp_path}/root")


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    secret = tmp_path / "outside" / "secret.mp3"
    secret.parent.mkdir()
    secret.write_bytes(b"secret")
    return secret


def put(place: FilePlace, key: str, data: bytes = b"audio") -> None:
    place.put(key, data, asset_class=TAKE)


def tree(place: FilePlace) -> list[str]:
    return sorted(
        str(path.relative_to(place.root)) for path in place.root.rglob("*") if not path.is_dir()
    )


def writing(place: FilePlace, code: str) -> list[str]:
    program = textwrap.dedent(WRITER) + textwrap.dedent(code)
    return [sys.executable, "-c", program, str(place.root)]


def test_local_path(place: FilePlace) -> None:
    assert place.local_path("a b/c.mp3") == place.root / "a b" / "c.mp3"
    put(place, "a b/c.mp3")
    assert place.local_path("a b/c.mp3").read_bytes() == b"audio"


def test_files_can_be_read_by_the_web_server(place: FilePlace) -> None:
    old = os.umask(0o022)
    try:
        put(place, "a.mp3")
        place.create("b.mp3", b"x", asset_class=TAKE)
    finally:
        os.umask(old)
    assert {oct(path.stat().st_mode & 0o777) for path in place.root.iterdir()} == {"0o644"}


def test_a_linked_folder_cannot_lead_out(place: FilePlace, outside: Path) -> None:
    put(place, "a.mp3")
    (place.root / "out").symlink_to(outside.parent)
    key = "out/secret.mp3"
    acts = [
        lambda: place.read(key),
        lambda: place.stat(key),
        lambda: place.local_path(key),
        lambda: place.delete(key),
        lambda: put(place, key),
        lambda: place.create("out/new/deep.mp3", b"x", asset_class=TAKE),
        lambda: place.symlink("out/link", "a.mp3"),
        lambda: list(place.list("out/")),
    ]
    for act in acts:
        with pytest.raises(UnsafeKey, match="leads out of place 'takes' by a symbolic link"):
            act()
    assert outside.read_bytes() == b"secret"
    assert list(outside.parent.iterdir()) == [outside]
    assert [entry.key for entry in place.list()] == ["a.mp3"]


def test_a_linked_file_cannot_lead_out(place: FilePlace, outside: Path) -> None:
    place.root.mkdir()
    link = place.root / "link.mp3"
    link.symlink_to(outside)
    for read in (place.read, place.stat, place.exists, place.local_path):
        with pytest.raises(UnsafeKey):
            read("link.mp3")
    assert place.create("link.mp3", b"x", asset_class=TAKE) is False
    put(place, "link.mp3", b"replaced")
    assert not link.is_symlink()
    link.unlink()
    link.symlink_to(outside)
    assert place.delete("link.mp3") is True
    assert outside.read_bytes() == b"secret"


def test_a_tree_that_leads_out_is_for_somebody_to_mend(place: FilePlace, outside: Path) -> None:
    place.root.mkdir()
    (place.root / "out").symlink_to(outside.parent)
    (outside.parent / ".tmp-1").touch()
    for act in (
        lambda: put(place, "out/a.mp3"),
        lambda: place.remove_leftovers(0, under="out"),
        lambda: place.make_folders(["out/new"]),
    ):
        with pytest.raises(StorageError, match="Remove the link") as failure:
            act()
        assert not failure.value.temporary
    assert (outside.parent / ".tmp-1").exists()


def test_a_key_stays_in_its_folder(place: FilePlace) -> None:
    put(place, "Mine/a.mp3")
    put(place, "Theirs/a.mp3")
    (place.root / "Mine" / "link.mp3").symlink_to("a.mp3")
    (place.root / "Mine" / "far.mp3").symlink_to("../Theirs/a.mp3")
    (place.root / "Alias").symlink_to("Theirs")
    for key in ("Mine/a.mp3", "Mine/link.mp3", "Mine/nothing.mp3"):
        place.local_path(key, "Mine")
    for key, folder in (("Mine/far.mp3", "Mine"), ("Alias/a.mp3", "Alias")):
        with pytest.raises(LeadsOut, match="leads out of folder"):
            place.local_path(key, folder)


def test_a_name_like_the_root_is_not_the_root(place_at, tmp_path: Path) -> None:
    place = place_at("takes", f"file://{tmp_path}/root")
    (tmp_path / "root").mkdir()
    (tmp_path / "root-2").mkdir()
    (tmp_path / "root-2" / "a").write_bytes(b"x")
    (tmp_path / "root" / "link").symlink_to(tmp_path / "root-2")
    with pytest.raises(UnsafeKey):
        place.read("link/a")


def test_the_root_itself_may_be_a_link(settings, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "root").symlink_to(tmp_path / "disk")
    entry = {"BACKEND": FILE_BACKEND, "OPTIONS": {"location": tmp_path / "root"}}
    settings.STORAGES = settings.STORAGES | {"takes": entry}
    place = get_place("takes")
    put(place, "a/b", b"x")
    assert place.read("a/b") == b"x"
    assert [found.key for found in place.list("a/")] == ["a/b"]


def test_links_within_the_place(place: FilePlace) -> None:
    assert place.supports_symlinks
    put(place, "v/b/takes/line one.mp3", b"one")
    put(place, "v/b/takes/line two.mp3", b"two")
    for target in ("line one.mp3", "line two.mp3"):
        place.symlink("v/b/ranked/01/line.mp3", f"v/b/takes/{target}")
    link = place.root / "v/b/ranked/01/line.mp3"
    assert os.readlink(link) == "../../takes/line two.mp3"
    assert place.read("v/b/ranked/01/line.mp3") == b"two"
    assert [entry.key for entry in place.list("v/b/ranked/")] == []
    assert place.delete("v/b/ranked/01/line.mp3") is True
    assert place.read("v/b/takes/line two.mp3") == b"two"
    with pytest.raises(UnsafeKey):
        place.symlink("v/b/ranked/01/line.mp3", "../../etc/passwd")


def test_a_folder_is_no_object(place: FilePlace) -> None:
    put(place, "a/b")
    assert place.stat("a") is None
    assert place.delete("a") is False
    with pytest.raises(ObjectMissing):
        place.read("a")
    with pytest.raises(ObjectMissing):
        place.read("a/b/c")
    assert place.stat("a/b/c") is None
    for key in ("a", "a/b/c"):
        for write in (place.create, place.put):
            with pytest.raises(StorageError, match="a folder is where a file should be") as caught:
                write(key, b"x", asset_class=TAKE)
            assert caught.value.temporary is False
    assert tree(place) == ["a/b"]


def test_hidden_files_are_not_listed(place: FilePlace) -> None:
    put(place, "a.mp3")
    for name in (".git/config", ".DS_Store", f"{TEMPORARY_PREFIX}1", "NUL", "cafe\u0301"):
        path = place.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    assert [entry.key for entry in place.list()] == ["a.mp3"]


def test_readers_see_whole_files_only(place: FilePlace) -> None:
    contents = {bytes([number]) * 300_000 for number in range(8)}
    put(place, "a.mp3", min(contents))
    done, torn = Event(), []

    def look() -> None:
        while not done.is_set():
            if place.read("a.mp3") not in contents:
                torn.append(1)

    reader = Thread(target=look)
    reader.start()
    for _ in range(10):
        for data in contents:
            put(place, "a.mp3", data)
    done.set()
    reader.join()
    assert torn == []
    assert tree(place) == ["a.mp3"]


def test_no_room_left_keeps_what_was_there(place: FilePlace) -> None:
    put(place, "old.mp3", b"old")
    code = """
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    for act, key in ((place.create, "new.mp3"), (place.put, "old.mp3")):
        try:
            act(key, b"x" * 100_000, asset_class=AssetClass.TAKE)
        except StorageError as error:
            sys.stdout.write(f"{error.temporary} {error}\\n")
    """
    told = subprocess.run(writing(place, code), check=True, capture_output=True, text=True)
    root = place.root
    assert told.stdout.splitlines() == [
        f"True Place 'takes' could not write '{key}': the disk is full."
        f" What was there is kept. Free space in {root}."
        for key in ("new.mp3", "old.mp3")
    ]
    assert place.read("old.mp3") == b"old"
    assert tree(place) == ["old.mp3"]


@pytest.mark.parametrize(
    ("number", "temporary", "words"),
    [
        (errno.ENOSPC, True, "the disk is full"),
        (errno.EDQUOT, True, "the disk is full"),
        (errno.EACCES, False, "not permitted"),
        (errno.EROFS, False, "not permitted"),
        (errno.EPERM, False, "hard links"),
        (errno.EIO, True, "Input/output error"),
        (errno.ENAMETOOLONG, False, "File name too long"),
    ],
)
def test_an_error_of_the_disk_is_explained(
    place: FilePlace, number: int, temporary: bool, words: str
) -> None:
    with pytest.raises(StorageError, match=words) as caught, place._guarded("write", "a"):
        raise OSError(number, os.strerror(number))
    assert caught.value.temporary is temporary
    assert str(place.root) in caught.value.needs
    assert isinstance(caught.value.__cause__, OSError)


def test_too_many_open_files(place: FilePlace) -> None:
    put(place, "a.mp3")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        with pytest.raises(StorageError, match="Too many open files") as caught:
            place.read("a.mp3")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert caught.value.temporary is True


def test_leftovers_are_removed_when_old(place: FilePlace) -> None:
    put(place, "a/b.mp3")
    old, young = (place.root / "a" / f"{TEMPORARY_PREFIX}{name}" for name in ("old", "young"))
    for draft in (old, young):
        draft.write_bytes(b"half")
    os.utime(old, (time.time() - 4000,) * 2)
    assert place.remove_leftovers(older_than=3600) == 1
    assert tree(place) == [f"a/{young.name}", "a/b.mp3"]


@pytest.mark.kill
def test_killed_writers_leave_whole_files_or_drafts(place: FilePlace) -> None:
    code = """
    place.put("ready", b"", asset_class=AssetClass.SYSTEM)
    for number in range(100_000):
        place.create(f"a/{number}", b"%d" % (number % 10) * 200_000, asset_class=AssetClass.TAKE)
        place.put("b", b"%d" % (number % 10) * 200_000, asset_class=AssetClass.TAKE)
    """
    for _ in range(6):
        place.delete("ready")
        writer = subprocess.Popen(writing(place, code))
        while not place.exists("ready"):
            time.sleep(0.01)
        time.sleep(random.uniform(0.05, 0.2))
        writer.kill()
        writer.wait()
        for entry in list(place.list("a/")) + list(place.list("b")):
            assert entry.size == 200_000
            assert len(set(place.read(entry.key))) == 1
        for entry in place.list("a/"):
            place.delete(entry.key)
    place.remove_leftovers(older_than=0)
    assert tree(place) == ["b", "ready"]
