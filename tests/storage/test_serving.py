"""HTTP answers, asked for with curl over a real socket."""

import os
import socket
import subprocess
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from threading import Thread
from typing import NamedTuple

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.http import Http404, StreamingHttpResponse
from django.test import RequestFactory
from hypothesis import example, given
from hypothesis import strategies as st

from apps.storage.classes import AssetClass
from apps.storage.places import Place
from apps.storage.serving import NotSatisfiable, Range, parse_range, serve
from tests.services import wait_until

KEY = "Jingwei (1)/Señora-abc/takes/line 1+2&3=%41.mp3"
PATH = "/audio/Jingwei%20(1)/Se%C3%B1ora-abc/takes/line%201%2B2%263%3D%2541.mp3"
DATA = os.urandom(200_000)
SIZE = len(DATA)


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


class QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@pytest.fixture
def site(settings) -> Iterator[str]:
    """Django's WSGI handler on a loopback port; yields its address."""
    settings.ROOT_URLCONF = "tests.storage.serving_urls"
    settings.MIDDLEWARE = []
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    server = ThreadedWSGIServer(("127.0.0.1", 0), QuietHandler)
    server.set_app(WSGIHandler())
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(params=["file", "moto", "rclone", "gcs"])
def place(request: pytest.FixtureRequest, place_at: Callable, tmp_path: Path) -> Place:
    """A place of each kind that holds KEY."""
    if request.param == "file":
        made = place_at("takes", f"file://{tmp_path}/root")
    else:
        made = place_at("takes", request.getfixturevalue(request.param).url("takes"))
    made.put(KEY, DATA, asset_class=AssetClass.TAKE)
    return made


@pytest.fixture
def files(place_at: Callable, tmp_path: Path) -> Place:
    made = place_at("takes", f"file://{tmp_path}/root")
    made.put(KEY, DATA, asset_class=AssetClass.TAKE)
    return made


def curl(url: str, *options: str) -> Answer:
    command = [
        "curl",
        "-sS",
        "-D",
        "/dev/stderr",
        "--path-as-is",
        "--max-time",
        "20",
        *options,
        url,
    ]
    done = subprocess.run(command, check=True, capture_output=True)
    first, *lines = done.stderr.decode("latin-1").strip().splitlines()
    headers = dict(line.split(": ", 1) for line in lines if ": " in line)
    return Answer(
        int(first.split()[1]), {name.lower(): text for name, text in headers.items()}, done.stdout
    )


def ask(url: str, **headers: str) -> Answer:
    options = [f"{name.replace('_', '-')}: {text}" for name, text in headers.items()]
    return curl(url, *[part for option in options for part in ("-H", option)])


def test_the_whole_object(site: str, place: Place) -> None:
    answer = curl(site + PATH)
    assert (answer.status, answer.body) == (200, DATA)
    stat = place.stat(KEY)
    assert answer.headers["etag"] == f'"{stat.etag}"'
    assert answer.headers["content-length"] == str(SIZE)
    assert answer.headers["content-type"] == "audio/mpeg"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "last-modified" in answer.headers
    assert "content-disposition" not in answer.headers


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-99", 0, 100),
        ("bytes=65535-65536", 65535, 65537),
        ("bytes=1000-", 1000, SIZE),
        ("bytes=-1", SIZE - 1, SIZE),
        ("bytes=-70000", SIZE - 70000, SIZE),
        ("bytes=-999999999", 0, SIZE),
        ("bytes=199999-999999999999", SIZE - 1, SIZE),
        ("BYTES=5-9", 5, 10),
    ],
)
def test_ranges(site: str, place: Place, asked: str, start: int, end: int) -> None:
    answer = ask(site + PATH, Range=asked)
    assert answer.status == 206
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{SIZE}"
    assert answer.headers["content-length"] == str(end - start)
    assert answer.body == DATA[start:end]


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", "bytes=-0", f"bytes={SIZE}-{SIZE + 5}"])
def test_unsatisfiable_ranges(site: str, place: Place, asked: str) -> None:
    answer = ask(site + PATH, Range=asked)
    assert (answer.status, answer.body) == (416, b"")
    assert answer.headers["content-range"] == f"bytes */{SIZE}"


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=",
        "bytes=-",
        "bytes=5-2",
        "bytes=a-b",
        "bytes=0-1,5-9",
        "bytes=" + ",".join(["0-"] * 1000),
        "bytes=0x0-0x9",
        "bytes=1e3-",
        "bytes=+0-5",
        "bytes =0-5",
        "bytes=0 - 5",
        "bytes=--5",
        "bytes=0-" + "9" * 5000,
        "seconds=0-5",
        "0-5",
        "bytes",
    ],
)
def test_what_is_no_single_range_is_ignored(site: str, files: Place, asked: str) -> None:
    answer = ask(site + PATH, Range=asked)
    assert (answer.status, answer.body) == (200, DATA)
    assert "content-range" not in answer.headers


def test_curl_fetches_the_rest_of_a_download(site: str, place: Place, tmp_path: Path) -> None:
    begun = tmp_path / "begun.mp3"
    begun.write_bytes(DATA[:123_456])
    assert curl(site + PATH, "-C", "-", "-o", str(begun)).status == 206
    assert begun.read_bytes() == DATA


def test_if_range(site: str, place: Place) -> None:
    whole = curl(site + PATH)
    etag, modified = whole.headers["etag"], whole.headers["last-modified"]
    for condition in (etag, modified):
        assert ask(site + PATH, Range="bytes=0-9", If_Range=condition).status == 206
    later = format_datetime(datetime(2030, 1, 1, tzinfo=UTC), usegmt=True)
    for condition in ('"other"', f"W/{etag}", later, "nonsense", etag.strip('"')):
        answer = ask(site + PATH, Range="bytes=0-9", If_Range=condition)
        assert (answer.status, answer.body) == (200, DATA)
    assert ask(site + PATH, Range=f"bytes={SIZE}-", If_Range='"other"').status == 200


def test_conditions(site: str, place: Place) -> None:
    whole = curl(site + PATH)
    etag, modified = whole.headers["etag"], whole.headers["last-modified"]
    for same in (
        {"If_None_Match": etag},
        {"If_None_Match": f'"x", W/{etag}'},
        {"If_None_Match": "*"},
    ):
        answer = ask(site + PATH, Range=f"bytes={SIZE}-", **same)
        assert (answer.status, answer.body) == (304, b"")
        assert answer.headers["etag"] == etag
        assert answer.headers["cache-control"] == "private, no-cache"
    assert ask(site + PATH, If_Modified_Since=modified).status == 304
    assert ask(site + PATH, If_Modified_Since=modified, If_None_Match='"x"').status == 200
    assert ask(site + PATH, If_Match='"x"').status == 412
    assert ask(site + PATH, If_Match=etag, Range="bytes=0-9").status == 206


def test_a_changed_object_has_another_etag(site: str, place: Place) -> None:
    old = curl(site + PATH).headers["etag"]
    place.put(KEY, DATA[::-1], asset_class=AssetClass.TAKE)
    answer = ask(site + PATH, If_None_Match=old)
    assert (answer.status, answer.body) == (200, DATA[::-1])
    assert ask(site + PATH, Range="bytes=0-9", If_Range=old).status == 200


def test_head(site: str, place: Place) -> None:
    whole = curl(site + PATH)
    for options in ((), ("-H", "Range: bytes=0-9"), ("-H", f"Range: bytes={SIZE}-")):
        answer = curl(site + PATH, "--head", *options)
        assert answer.status == 200
        for name in ("content-length", "etag", "accept-ranges", "content-type", "last-modified"):
            assert answer.headers[name] == whole.headers[name]


def test_an_empty_object(site: str, files: Place) -> None:
    files.put("empty.mp3", b"", asset_class=AssetClass.TAKE)
    assert curl(f"{site}/audio/empty.mp3").status == 200
    assert ask(f"{site}/audio/empty.mp3", Range="bytes=-5").status == 200
    answer = ask(f"{site}/audio/empty.mp3", Range="bytes=0-")
    assert (answer.status, answer.headers["content-range"]) == (416, "bytes */0")


def test_saved_under_a_name(site: str, place: Place) -> None:
    answer = curl(f"{site}{PATH}?save=Se%C3%B1ora%22.mp3")
    disposition = "attachment; filename*=utf-8''Se%C3%B1ora%22.mp3"
    assert answer.headers["content-disposition"] == disposition


@pytest.mark.parametrize(
    "path",
    [
        "missing.mp3",
        "Jingwei%20(1)",
        "../settings.py",
        "..%2f..%2fetc/passwd",
        "%2e%2e/%2e%2e/etc/passwd",
        "%252e%252e%252fetc%252fpasswd",
        "%2Fetc%2Fpasswd",
        "/etc/passwd",
        "a%00b.mp3",
        "a%5C..%5Cb",
        "a//b",
        ".hidden",
        "link/secret.mp3",
        "secret.mp3",
        "a%0d%0aX-Injected:1",
        "x" * 3000,
        "%ff%fe",
    ],
)
def test_paths_that_lead_nowhere(site: str, files: Place, tmp_path: Path, path: str) -> None:
    (tmp_path / "outside").mkdir()
    secret = tmp_path / "outside" / "secret.mp3"
    secret.write_bytes(b"secret")
    (files.root / "link").symlink_to(secret.parent)
    (files.root / "secret.mp3").symlink_to(secret)
    (files.root / ".hidden").write_bytes(b"secret")
    answer = curl(f"{site}/audio/{path}")
    assert answer.status == 404
    assert b"secret" not in answer.body
    assert "x-injected" not in answer.headers


def test_encoded_slashes_are_slashes(site: str, files: Place) -> None:
    assert curl(site + PATH.replace("/takes/", "%2Ftakes%2F")).body == DATA


def test_a_big_object_takes_little_memory_and_a_lost_reader_no_file(
    site: str, files: Place
) -> None:
    big = files.root / "big.mp3"
    with big.open("wb") as file:
        file.truncate(300 * 1024 * 1024)
    curl(site + PATH)
    tracemalloc.start()
    answer = curl(f"{site}/audio/big.mp3", "-o", "/dev/null")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert answer.status == 200
    assert peak < 2 * 1024 * 1024
    with socket.create_connection(("127.0.0.1", int(site.rpartition(":")[2]))) as reader:
        reader.sendall(b"GET /audio/big.mp3 HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
        assert reader.recv(1000).startswith(b"HTTP/1.")
    wait_until(lambda: not open_files(big), 10)


def open_files(path: Path) -> list[str]:
    links = [f"/proc/self/fd/{number}" for number in os.listdir("/proc/self/fd")]
    return [link for link in links if os.path.exists(link) and os.readlink(link) == str(path)]


# --- Handing over -------------------------------------------------------------------------------


def content(answer: StreamingHttpResponse) -> bytes:
    with closing(answer):
        return b"".join(answer)


def answer_to(place: Place, method: str = "get", **headers: str):
    request = getattr(RequestFactory(), method)("/audio/x", headers=headers)
    return serve(request, place, KEY, content_type="audio/mpeg", filename="x.mp3")


def test_nginx_is_told_which_file(files: Place, settings) -> None:
    settings.AUDIO_ACCEL_PREFIX = "/protected/"
    answer = answer_to(files, range="bytes=0-9")
    assert answer.status_code == 200
    assert answer.content == b""
    assert answer.headers["X-Accel-Redirect"] == PATH.replace(
        "/audio/", "/protected/takes/"
    ).replace("(1)", "%281%29")
    assert answer.headers["Content-Type"] == "audio/mpeg"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="x.mp3"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    with pytest.raises(Http404):
        serve(RequestFactory().get("/"), files, "missing", content_type="audio/mpeg")


def test_nginx_cannot_serve_a_bucket(moto, place_at: Callable, settings) -> None:
    settings.AUDIO_ACCEL_PREFIX = "/protected/"
    place = place_at("takes", moto.url("takes"))
    place.put(KEY, DATA, asset_class=AssetClass.TAKE)
    assert content(answer_to(place)) == DATA


@pytest.mark.parametrize("server", ["moto", "rclone"])
def test_browsers_are_sent_to_the_bucket(
    server: str, request: pytest.FixtureRequest, place_at: Callable, settings
) -> None:
    settings.AUDIO_SIGNED_URLS = True
    place = place_at("takes", request.getfixturevalue(server).url("takes"))
    place.put(KEY, DATA, asset_class=AssetClass.TAKE)
    answer = answer_to(place)
    assert answer.status_code == 302
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "X-Amz-Expires=300" in answer.headers["Location"]
    assert curl(answer.headers["Location"]).body == DATA
    head = answer_to(place, "head")
    assert (head.status_code, head.headers["Content-Length"]) == (200, str(SIZE))


def test_files_and_unsigned_buckets_are_streamed(
    files: Place, gcs, place_at: Callable, settings
) -> None:
    settings.AUDIO_SIGNED_URLS = True
    assert content(answer_to(files)) == DATA
    place = place_at("takes", gcs.url("takes"))
    place.put(KEY, DATA, asset_class=AssetClass.TAKE)
    assert content(answer_to(place)) == DATA


# --- The pure part ------------------------------------------------------------------------------

NUMBERS = st.integers(0, 300).map(str) | st.just("")


@given(NUMBERS, NUMBERS, st.integers(0, 200))
@example("", "0", 0)
@example("0", "", 0)
def test_a_range_is_what_slicing_says(first: str, last: str, size: int) -> None:
    content = bytes(size)
    header = f"bytes={first}-{last}"
    if first:
        expected = content[int(first) : int(last) + 1 if last else None]
        invalid = last != "" and int(last) < int(first)
    else:
        expected = content[-int(last) :] if last and int(last) else b""
        invalid = last == "" or (size == 0 and int(last) > 0)
    try:
        found = parse_range(header, size)
    except NotSatisfiable:
        assert not invalid
        assert expected == b""
        return
    assert (found is None) == invalid
    if found:
        assert found == Range(found.start, found.start + len(expected))
        assert 0 <= found.start < found.end <= size
        assert found.start == (int(first) if first else size - len(expected))


def test_only_our_digits_are_digits() -> None:
    assert "٣".isdecimal()
    assert parse_range("bytes=٣-٤", 10) is None


@given(st.text(max_size=40) | st.text("bytes=0123456789-, ", max_size=40), st.integers(0, 10**12))
@example("bytes=0-" + "9" * 10_000, 5)
@example("bytes=" + "0" * 10_000 + "-", 5)
def test_any_header_is_a_range_or_ignored_or_refused(header: str, size: int) -> None:
    try:
        found = parse_range(header, size)
    except NotSatisfiable:
        return
    assert found is None or 0 <= found.start < found.end <= size
