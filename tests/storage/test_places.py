"""One contract for every kind of place, run against real servers."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from urllib.parse import urlsplit

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from apps.storage.classes import AssetClass, WrongAssetClass
from apps.storage.errors import ObjectMissing, StorageError
from apps.storage.keys import UnsafeKey
from apps.storage.places import Place, get_place

KEY = "Jingwei (1)/Señora Ñ-abc/takes/line 1+2&3=?#%41.mp3"
DATA = bytes(range(256)) * 700  # 179,200 bytes: more than two blocks
CLASSES = {"takes": AssetClass.TAKE, "drafts": AssetClass.DRAFT, "prod": AssetClass.ITEM}


def put(place: Place, key: str, data: bytes = DATA) -> None:
    place.put(key, data, asset_class=AssetClass.SYSTEM)


def create(place: Place, key: str, data: bytes = DATA) -> bool:
    return place.create(key, data, asset_class=CLASSES[place.alias])


class PlaceContract:
    """Subclasses give `url`: a function that makes the URL of a new place."""

    @pytest.fixture
    def place(self, url: Callable[[str], str], place_at: Callable) -> Place:
        return place_at("takes", url("takes"))

    @pytest.fixture
    def other(self, url: Callable[[str], str], place_at: Callable) -> Place:
        return place_at("prod", url("prod"))

    def test_an_object_is_read_as_it_was_written(self, place: Place) -> None:
        assert create(place, KEY) is True
        assert place.read(KEY) == DATA
        assert place.exists(KEY)
        assert place.verify(KEY, hashlib.sha256(DATA).hexdigest())
        assert place.verify(KEY, hashlib.sha256(DATA).hexdigest().upper())
        assert not place.verify(KEY, hashlib.sha256(b"other").hexdigest())

    def test_create_leaves_what_is_there(self, place: Place) -> None:
        create(place, "a.mp3", b"first")
        before = place.stat("a.mp3")
        assert create(place, "a.mp3", b"second") is False
        assert place.read("a.mp3") == b"first"
        assert place.stat("a.mp3") == before

    def test_put_replaces(self, place: Place) -> None:
        put(place, "a/b.mp3", b"first")
        before = place.stat("a/b.mp3")
        put(place, "a/b.mp3", b"other")
        assert place.read("a/b.mp3") == b"other"
        assert place.stat("a/b.mp3").etag != before.etag

    def test_empty_object(self, place: Place) -> None:
        assert create(place, "empty", b"") is True
        assert place.read("empty") == b""
        assert place.read_range("empty", 0, 10) == b""
        assert place.stat("empty").size == 0

    @pytest.mark.parametrize(
        ("start", "end"),
        [
            (0, 1),
            (1, 4),
            (65_535, 65_537),
            (179_199, 179_200),
            (100, None),
            (0, 10**9),
            (179_200, None),
            (10**6, 10**7),
            (5, 5),
            (7, 3),
        ],
    )
    def test_range_is_a_slice(self, place: Place, start: int, end: int | None) -> None:
        put(place, "a.mp3")
        assert place.read_range("a.mp3", start, end) == DATA[start:end]

    def test_stream_in_blocks(self, place: Place) -> None:
        put(place, "a.mp3")
        with place.open("a.mp3", 10, 150_000) as stream:
            first = stream.read(7)
            blocks = list(stream)
        assert first == DATA[10:17]
        assert [len(block) for block in blocks] == [65536, 65536, 150_000 - 17 - 131072]
        assert b"".join(blocks) == DATA[17:150_000]

    def test_missing(self, place: Place) -> None:
        assert place.stat("a/missing") is None
        assert not place.exists("a/missing")
        assert not place.verify("a/missing", "0" * 64)
        assert place.delete("a/missing") is False
        for read in (place.read, place.sha256, lambda key: place.read_range(key, 3, 3)):
            with pytest.raises(ObjectMissing, match="holds no 'a/missing'"):
                read("a/missing")

    def test_stat(self, place: Place) -> None:
        put(place, KEY)
        stat = place.stat(KEY)
        assert stat.size == len(DATA)
        assert stat.etag
        assert '"' not in stat.etag
        assert abs(stat.modified - datetime.now(UTC)) < timedelta(seconds=30)

    def test_delete(self, place: Place) -> None:
        put(place, KEY)
        assert place.delete(KEY) is True
        assert place.delete(KEY) is False
        assert not place.exists(KEY)

    def test_delete_many(self, place: Place) -> None:
        keys = [f"a/{number}" for number in range(25)] + [KEY]
        for key in keys:
            put(place, key, b"x")
        put(place, "a/kept", b"x")
        outcome = place.delete_many([*keys, "a/never there", KEY])
        assert outcome == dict.fromkeys([*keys, "a/never there"])
        assert [entry.key for entry in place.list()] == ["a/kept"]
        assert place.delete_many([]) == {}

    def test_list_by_prefix_in_order(self, place: Place) -> None:
        names = ["b/1", "a/z", "a-b", "a/b/c", "a0", "ä", "Z", "general-intro1", "general-intro10"]
        for name in names:
            put(place, name, name.encode())
        expected = sorted(names, key=str.encode)
        assert [entry.key for entry in place.list()] == expected
        assert [entry.key for entry in place.list("a/")] == ["a/b/c", "a/z"]
        assert [entry.key for entry in place.list("a")] == ["a-b", "a/b/c", "a/z", "a0"]
        assert [entry.key for entry in place.list("general-intro1")] == expected[-3:-1]
        assert list(place.list("nothing/")) == []
        assert [entry.key for entry in place.list(limit=2)] == expected[:2]

    def test_listing_tells_what_stat_tells(self, place: Place) -> None:
        put(place, KEY)
        (entry,) = place.list("Jingwei (1)/")
        stat = place.stat(KEY)
        assert (entry.key, entry.size, entry.etag) == (KEY, stat.size, stat.etag)
        assert abs(entry.modified - stat.modified) < timedelta(seconds=2)

    def test_wrong_class_writes_nothing(self, place: Place, other: Place) -> None:
        put(other, "src", b"x")
        for write in (place.create, place.put):
            with pytest.raises(WrongAssetClass, match="'takes' accepts system, take, not item"):
                write("a", b"x", asset_class=AssetClass.ITEM)
        with pytest.raises(WrongAssetClass):
            place.copy_from(other, [("src", "a")], asset_class=AssetClass.ITEM)
        assert list(place.list()) == []

    @pytest.mark.parametrize("key", ["../a", "/a", "a//b", "a/../b", "a\\b", "a\0", ".a", "a/"])
    def test_unsafe_keys_are_refused_everywhere(self, place: Place, key: str) -> None:
        system = {"asset_class": AssetClass.SYSTEM}
        acts = [
            lambda: place.create(key, b"", **system),
            lambda: place.put(key, b"", **system),
            lambda: place.read(key),
            lambda: place.read_range(key, 0, 1),
            lambda: place.stat(key),
            lambda: place.exists(key),
            lambda: place.verify(key, ""),
            lambda: place.delete(key),
            lambda: place.delete_many(["fine", key]),
            lambda: place.copy_from(place, [("fine", key)], **system),
            lambda: place.copy_from(place, [(key, "fine")], **system),
            lambda: place.signed_url(key, 1),
            lambda: place.local_path(key),
        ]
        for act in acts:
            with pytest.raises(UnsafeKey):
                act()
        if key != "a/":
            with pytest.raises(UnsafeKey):
                place.list(key)

    def test_copy_within_the_provider(self, place: Place, other: Place) -> None:
        pairs = [(f"from/{n} ü+.mp3", f"to/{n}?.mp3") for n in range(8)]
        for number, (src, _dst) in enumerate(pairs):
            put(place, src, DATA[number:])
        put(other, pairs[0][1], b"older")
        missing = ("from/missing", "to/missing")
        results = other.copy_from(place, [*pairs, missing], asset_class=AssetClass.ITEM)
        assert [(result.src, result.dst) for result in results] == [*pairs, missing]
        for number, result in enumerate(results[:-1]):
            assert result.error is None
            assert result.size == len(DATA) - number
            assert result.etag == other.stat(result.dst).etag
            assert other.read(result.dst) == DATA[number:]
        assert isinstance(results[-1].error, ObjectMissing)
        assert "from/missing" in str(results[-1].error)
        assert not other.exists("to/missing")

    def test_copy_across_providers(self, place: Place, place_at: Callable, tmp_path: Path) -> None:
        drafts = place_at("drafts", f"file://{tmp_path}/elsewhere")
        create(place, KEY)
        (there,) = drafts.copy_from(place, [(KEY, "x/1.mp3")], asset_class=AssetClass.DRAFT)
        (back,) = place.copy_from(drafts, [("x/1.mp3", "back")], asset_class=AssetClass.TAKE)
        assert (there.error, back.error) == (None, None)
        assert there.size == back.size == len(DATA)
        assert place.read("back") == drafts.read("x/1.mp3") == DATA

    def test_usable_as_a_django_storage(self, place: Place) -> None:
        storage = storages["takes"]
        put(place, "a b.txt", b"ours")
        with storage.open("a b.txt") as file:
            assert file.read() == b"ours"
        storage.save("django.txt", ContentFile(b"theirs"))
        assert place.read("django.txt") == b"theirs"

    def test_prefixes_of_one_bucket_do_not_meet(
        self, url: Callable[[str], str], place_at: Callable
    ) -> None:
        bucket = urlsplit(url("takes"))
        one = place_at("takes", bucket._replace(path=f"{bucket.path}/one").geturl())
        more = place_at("prod", bucket._replace(path=f"{bucket.path}/one%20more").geturl())
        put(more, "a", b"x")
        assert list(one.list()) == []
        assert not one.exists("a")
        assert [entry.key for entry in more.list()] == ["a"]


class HonoursConditions:
    """Among concurrent writers exactly one creates; rclone's server cannot promise that."""

    def test_twenty_threads_create_one_object(self, place: Place) -> None:
        barrier = Barrier(20)

        def race(number: int) -> bool:
            barrier.wait(10)
            return create(get_place("takes"), "contested.mp3", b"%d" % number * 50_000)

        with ThreadPoolExecutor(20) as pool:
            won = list(pool.map(race, range(20)))
        assert won.count(True) == 1
        assert place.read("contested.mp3") == b"%d" % won.index(True) * 50_000
        assert [entry.key for entry in place.list()] == ["contested.mp3"]


class TestFiles(PlaceContract, HonoursConditions):
    @pytest.fixture
    def url(self, tmp_path: Path) -> Callable[[str], str]:
        return lambda name: f"file://{tmp_path}/places/{name}"


class TestMoto(PlaceContract, HonoursConditions):
    @pytest.fixture
    def url(self, moto) -> Callable[[str], str]:
        return moto.url


class TestRclone(PlaceContract):
    @pytest.fixture
    def url(self, rclone) -> Callable[[str], str]:
        return rclone.url

    def test_a_wrong_secret_is_refused(self, rclone, place_at: Callable) -> None:
        rclone.make_bucket("closed")
        place = place_at("prod", rclone.url_of("closed", "", secret_key="wrong"))
        with pytest.raises(StorageError, match="credentials or their rights .*403") as caught:
            create(place, "a")
        assert caught.value.temporary is False


class TestGCS(PlaceContract, HonoursConditions):
    @pytest.fixture
    def url(self, gcs) -> Callable[[str], str]:
        return gcs.url
