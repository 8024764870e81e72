"""What only buckets have: services that refuse, stall, break off or half obey."""

import hashlib
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier, get_ident

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.cloud.storage.retry import DEFAULT_RETRY
from google.oauth2.service_account import Credentials

from apps.storage.backends import gcs as gcs_module
from apps.storage.backends import s3 as s3_module
from apps.storage.backends.clients import PerProcess
from apps.storage.classes import AssetClass
from apps.storage.errors import StorageError
from apps.storage.places import Place, get_place
from tests.storage import odd_servers
from tests.storage.odd_servers import send

SYSTEM = AssetClass.SYSTEM
DATE = "Fri, 20 Nov 2026 12:00:00 GMT"
ACCESS = "&region_name=us-east-1&access_key=access-key&secret_key=secret"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits of fractions of a second, and no second try."""
    monkeypatch.setitem(s3_module.LIMITS, "read_timeout", 0.3)
    monkeypatch.setitem(s3_module.LIMITS, "retries", {"mode": "standard", "total_max_attempts": 1})
    monkeypatch.setitem(gcs_module.LIMITS, "timeout", (0.3, 0.3))
    monkeypatch.setitem(gcs_module.LIMITS, "retry", DEFAULT_RETRY.with_timeout(0.1))


@pytest.fixture(params=["s3", "gs"])
def at(request: pytest.FixtureRequest, impatient: None, place_at: Callable) -> Callable:
    """The place at an endpoint, once for each service."""
    options = {"s3": "?endpoint_url={}" + ACCESS, "gs": "?endpoint={}"}[request.param]
    return lambda endpoint: place_at("prod", f"{request.param}://b{options.format(endpoint)}")


def failure(act: Callable[[], object]) -> StorageError:
    with pytest.raises(StorageError) as caught:
        act()
    return caught.value


def acts(place: Place) -> list[Callable[[], object]]:
    return [
        lambda: place.create("a", b"x", asset_class=SYSTEM),
        lambda: place.put("a", b"x", asset_class=SYSTEM),
        lambda: place.read("a"),
        lambda: place.stat("a"),
        lambda: place.delete("a"),
        lambda: list(place.list()),
    ]


def test_nobody_there(at: Callable) -> None:
    with odd_servers.absent() as endpoint:
        place = at(endpoint)
        for act in acts(place):
            error = failure(act)
            assert error.temporary is True
            assert "cannot be reached" in error.message
            assert error.needs == "Check the network and the endpoint in STORAGE_PROD."
        assert failure(lambda: acts(place)[0]()).message.startswith("Place 'prod' could not write")
        (copied,) = place.copy_from(place, [("a", "b")], asset_class=SYSTEM)
        assert copied.error.temporary is True
        assert {key: error.temporary for key, error in place.delete_many("ab").items()} == {
            "a": True,
            "b": True,
        }


def test_a_bucket_that_does_not_answer_is_a_temporary_error(at: Callable) -> None:
    with odd_servers.silent() as endpoint:
        place = at(endpoint)
        for act in acts(place):
            error = failure(act)
            assert error.temporary is True
            assert "no answer in time, so it may have been done or not" in error.message


@pytest.mark.parametrize("status", [429, 500, 503, 507])
def test_a_busy_service(at: Callable, status: int) -> None:
    with odd_servers.answering(lambda request: send(request, status)) as endpoint:
        error = failure(lambda: at(endpoint).put("a", b"x", asset_class=SYSTEM))
    assert error.temporary is True
    assert f"busy, full or failing ({status}" in error.message


@pytest.mark.parametrize(
    ("status", "word"), [(401, "credentials"), (403, "credentials"), (400, "400")]
)
def test_a_refusal(at: Callable, status: int, word: str) -> None:
    with odd_servers.answering(lambda request: send(request, status)) as endpoint:
        place = at(endpoint)
        for act in acts(place):
            error = failure(act)
            assert error.temporary is False
            assert word in error.message


def test_a_bucket_that_does_not_exist_is_named(moto, rclone, gcs, place_at: Callable) -> None:
    for server in (moto, rclone, gcs):
        place = place_at("prod", server.url_of("not-there", "x"))
        for act in (lambda: place.put("a", b"x", asset_class=SYSTEM), lambda: list(place.list())):  # noqa: B023
            error = failure(act)
            assert error.temporary is False
            assert "there is no bucket 'not-there'" in error.message
            assert error.needs == "Create the bucket, or correct STORAGE_PROD."


def test_missing_credentials_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path, place_at: Callable
) -> None:
    for name in [name for name in os.environ if name.startswith(("AWS_", "GOOGLE_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))
    profile = place_at("dev", "s3://b?profile=nobody")
    for place in (place_at("prod", "s3://b"), place_at("repo", "gs://b"), profile):
        for act in acts(place):
            error = failure(act)
            assert error.temporary is False
            assert "does not accept the credentials" in error.message
            assert "Check the credentials in the environment" in error.needs


def test_an_alias_that_cannot_be_used_is_named(settings) -> None:
    error = failure(lambda: get_place("attic"))
    assert error.needs == "Set STORAGE_ATTIC to a file:, s3: or gs: URL."
    memory = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    settings.STORAGES = settings.STORAGES | {"prod": memory}
    assert "no place 'prod'" in failure(lambda: get_place("prod")).message


def test_links_and_paths_are_for_disks(moto, gcs, place_at: Callable) -> None:
    for server in (moto, gcs):
        place = place_at("prod", server.url("prod"))
        assert place.supports_symlinks is False
        assert place.local_path("a") is None
        assert "knows no links" in failure(lambda: place.symlink("a", "b")).message  # noqa: B023


def test_a_broken_off_download_is_noticed(impatient: None, place_at: Callable) -> None:
    def half(request) -> None:
        send(request, 200, b"half", Content_Length="1000", ETag='"1"', Last_Modified=DATE)

    with odd_servers.answering(half) as endpoint:
        place = place_at("prod", f"s3://b?endpoint_url={endpoint}{ACCESS}")
        error = failure(lambda: place.read("a"))
    assert error.temporary is True
    assert "damaged on the way" in error.message


def test_a_server_that_ignores_ranges(impatient: None, place_at: Callable) -> None:
    data = bytes(range(256)) * 1000

    def whole(request) -> None:
        send(request, 200, data, ETag='"1"', Last_Modified=DATE)

    with odd_servers.answering(whole) as endpoint:
        place = place_at("prod", f"s3://b?endpoint_url={endpoint}{ACCESS}")
        for start, end in ((0, 10), (100_000, 200_001), (255_000, None), (300_000, 300_010)):
            assert place.read_range("a", start, end) == data[start:end]


def test_a_false_copy_is_reported(impatient: None, place_at: Callable) -> None:
    def forge(request) -> None:
        copied = request.path.endswith("/copy")
        body = b"wrong" if copied else b"right"
        if request.command == "PUT":
            body = b"<CopyObjectResult><ETag>1</ETag></CopyObjectResult>"
        send(request, 200, body, ETag=f'"{copied}"', Last_Modified=DATE)

    with odd_servers.answering(forge) as endpoint:
        place = place_at("prod", f"s3://b?endpoint_url={endpoint}{ACCESS}")
        (result,) = place.copy_from(place, [("source", "copy")], asset_class=SYSTEM)
    assert "the copy 'copy' is not the same as its source 'source'" in result.error.message
    assert result.error.temporary is True


def test_each_undeleted_object_is_named(impatient: None, place_at: Callable) -> None:
    told = (
        b"<DeleteResult><Error><Key>p/b</Key><Code>AccessDenied</Code>"
        b"<Message>No</Message></Error></DeleteResult>"
    )
    with odd_servers.answering(lambda request: send(request, 200, told)) as endpoint:
        place = place_at("prod", f"s3://b/p?endpoint_url={endpoint}{ACCESS}")
        outcome = place.delete_many(["a", "b", "c"])
    assert [key for key, error in outcome.items() if error] == ["b"]
    assert "could not delete 'b'" in outcome["b"].message
    assert "AccessDenied No" in outcome["b"].message


def test_deletions_are_sent_by_the_thousand(impatient: None, place_at: Callable) -> None:
    sent = []

    def count(request) -> None:
        sent.append(request.body.count(b"<Key>"))
        send(request, 200, b"<DeleteResult/>")

    with odd_servers.answering(count) as endpoint:
        place = place_at("prod", f"s3://b?endpoint_url={endpoint}{ACCESS}")
        assert len(place.delete_many(map(str, range(2001)))) == 2001
    assert sent == [1000, 1000, 1]


def test_copies_of_objects_uploaded_in_parts(moto, place_at: Callable) -> None:
    place, other = (place_at(alias, moto.url(alias)) for alias in ("prod", "dev"))
    data = os.urandom(5 * 1024 * 1024 + 10)
    with closing(moto.client()) as client:
        where = {"Bucket": place.bucket, "Key": "place of prod/parts"}
        upload = client.create_multipart_upload(**where)["UploadId"]
        parts = []
        for number, chunk in ((1, data[:-10]), (2, data[-10:])):
            made = client.upload_part(**where, PartNumber=number, UploadId=upload, Body=chunk)
            parts.append({"PartNumber": number, "ETag": made["ETag"]})
        client.complete_multipart_upload(**where, UploadId=upload, MultipartUpload={"Parts": parts})
    assert place.stat("parts").etag.endswith("-2")
    (result,) = other.copy_from(place, [("parts", "whole")], asset_class=SYSTEM)
    assert (result.error, result.size) == (None, len(data))
    assert other.verify("whole", hashlib.sha256(data).hexdigest())


def test_more_than_one_page(moto, place_at: Callable) -> None:
    place = place_at("prod", moto.url("prod"))
    keys = [f"a/{number:04}" for number in range(1005)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: place.put(key, b"x", asset_class=SYSTEM), keys))
    assert [entry.key for entry in place.list("a/")] == keys
    assert [entry.key for entry in place.list("a/", limit=1002)] == keys[:1002]
    assert place.delete_many(keys) == dict.fromkeys(keys)
    assert list(place.list()) == []


def get(url: str) -> tuple[bytes, dict[str, str]]:
    with urllib.request.urlopen(url) as answer:
        return answer.read(), {name.lower(): value for name, value in answer.headers.items()}


def test_signed_urls(moto, rclone, place_at: Callable) -> None:
    for server in (moto, rclone):
        place = place_at("prod", server.url("prod"))
        key = "a b/ü+.mp3"
        place.put(key, b"audio", asset_class=SYSTEM, cache_control="max-age=60")
        url = place.signed_url(key, 60)
        body, headers = get(url)
        assert body == b"audio"
        assert headers["content-type"] == "audio/mpeg"
        named = place.signed_url(key, 60, filename='say "ü".mp3')
        assert "response-content-disposition=attachment" in named
        assert get(named)[0] == b"audio"
    with pytest.raises(urllib.error.HTTPError, match="403"):
        get(url.replace("%2B.mp3", "%2B.mp4"))


def test_headers_are_stored(moto, place_at: Callable) -> None:
    place = place_at("prod", moto.url("prod"))
    options = {"content_type": "application/json", "cache_control": "no-store"}
    place.create("a", b"{}", asset_class=SYSTEM, **options)
    place.put("b", b"{}", asset_class=SYSTEM, **options)
    place.copy_from(place, [("a", "c")], asset_class=SYSTEM)
    for key in "abc":
        headers = get(place.signed_url(key, 60))[1]
        assert headers["content-type"] == "application/json"
        assert headers["cache-control"] == "no-store"


def test_google_urls_are_signed_with_a_key(gcs, settings, place_at: Callable) -> None:
    place = place_at("prod", gcs.url("prod"))
    place.put("a b.mp3", b"audio", asset_class=SYSTEM)
    assert place.signed_url("a b.mp3", 60) is None  # an anonymous client has nothing to sign with
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    account = {"client_email": "t@example.org", "private_key": private.decode(), "token_uri": "x"}
    entry = settings.STORAGES["prod"]
    keyed = Credentials.from_service_account_info(account)
    options = entry["OPTIONS"] | {"credentials": keyed, "project_id": "tests"}
    settings.STORAGES = settings.STORAGES | {"prod": entry | {"OPTIONS": options}}
    url = get_place("prod").signed_url("a b.mp3", 60, filename="x.mp3")
    assert url.startswith(gcs.endpoint)
    assert "X-Goog-Expires=60" in url
    body, headers = get(url)
    assert body == b"audio"
    assert headers["content-disposition"] == 'attachment; filename="x.mp3"'


def test_one_client_per_process() -> None:
    barrier = Barrier(8)

    @PerProcess
    def build(name: str) -> tuple[int, int]:
        time.sleep(0.05)
        return os.getpid(), get_ident()

    def ask(_number: int) -> tuple[int, int]:
        barrier.wait(10)
        return build("a")

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(8)))) == 1
    assert build("a") is build("a")
    assert build("b") is not build("a")


def test_a_forked_child_has_clients_of_its_own(moto, gcs, place_at: Callable) -> None:
    for server in (moto, gcs):
        place = place_at("prod", server.url("prod"))
        place.put("a", b"audio", asset_class=SYSTEM)
        client = place._storage.client if server is gcs else place._client
        child = os.fork()
        if child == 0:
            ours = place._storage.client if server is gcs else place._client
            os._exit(0 if ours is not client and place.read("a") == b"audio" else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert place.read("a") == b"audio"


def test_a_child_forked_while_a_client_is_built() -> None:
    @PerProcess
    def build() -> int:
        return os.getpid()

    with build._lock:  # as another thread holds it while it builds
        child = os.fork()
        if child == 0:
            os._exit(0 if build() == os.getpid() else 1)
        assert os.waitpid(child, 0)[1] == 0
