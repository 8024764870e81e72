"""/audio/ under load, from the web server that `manage.py up` runs."""

import random
import socket
import statistics
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path

import pytest
from django.utils import timezone

from apps.accounts.services import create_token
from tests.factories import UserFactory
from tests.takes.boards import make_batch
from tests.workers import Processes
from voicecms.tether import descendants

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.load]

MEBIBYTE = 1024 * 1024
LISTENERS = 16
ASKED = 600
CLIP = 200_000  # bytes; some ten seconds
LONG = 64 * MEBIBYTE  # an hour


@pytest.fixture
def bearer(db) -> str:
    person = UserFactory(is_superuser=True)
    until = timezone.now() + timedelta(1)
    return create_token(person, "t", ["read:job"], until, by=person)[1]


@pytest.fixture
def processes(process_environ, redis_clean, tmp_path) -> Iterator[Processes]:
    found = Processes(process_environ, tmp_path / "processes.log")
    yield found
    found.end()


def memory_of(pid: int) -> int:
    """Bytes that a process and all below it hold in memory."""
    status = [Path(f"/proc/{one}/status").read_text() for one in [pid, *descendants(pid)]]
    return sum(1024 * int(text.split("VmRSS:")[1].split()[0]) for text in status)


def ask(host: str, path: str, bearer: str, range_: str = "") -> tuple[int, int]:
    """The status, and how many bytes came."""
    connection = HTTPConnection(host, timeout=60)
    headers = {"Authorization": f"Bearer {bearer}"} | ({"Range": range_} if range_ else {})
    connection.request("GET", path, headers=headers)
    answer, size = connection.getresponse(), 0
    while part := answer.read(MEBIBYTE):
        size += len(part)
    connection.close()
    return answer.status, size


def test_clips_of_a_large_batch_come_as_fast(processes, bearer, audio_root):
    """Sixteen listeners seek in clips; batches of 100 and of 10,000 takes take turns."""
    _, host = processes.web()
    keys = {}
    for size in (100, 10_000):
        takes = make_batch(audio_root, lines=size // 5).takes.select_related("batch")
        keys[size] = [take.key for take in takes.order_by("?")[:50]]
        for key in keys[size]:
            (audio_root / key).write_bytes(bytes(CLIP))
    chance = random.Random(5)
    seconds: dict[int, list[float]] = {size: [] for size in keys}

    def seek(size: int) -> None:
        start = chance.randrange(CLIP // 2)
        began = time.perf_counter()
        answered = ask(host, f"/audio/{chance.choice(keys[size])}", bearer, f"bytes={start}-")
        seconds[size].append(time.perf_counter() - began)
        assert answered == (206, CLIP - start)

    began = time.perf_counter()
    with ThreadPoolExecutor(LISTENERS) as pool:
        list(pool.map(seek, [size for _ in range(ASKED) for size in keys]))
    rate = 2 * ASKED / (time.perf_counter() - began)
    medians = {size: statistics.median(found) for size, found in seconds.items()}
    told = ", ".join(f"{size:,} takes: p50 {1000 * at:.0f} ms" for size, at in medians.items())
    sys.stderr.write(f"\n/audio/ to {LISTENERS} at once: {rate:.0f} a second; {told}\n")
    assert medians[10_000] <= 1.5 * medians[100]


def test_long_files_are_never_held_in_memory(processes, bearer, audio_root):
    process, host = processes.web()
    take = make_batch(audio_root, lines=1, takes=1).takes.select_related("batch").get()
    (audio_root / take.key).write_bytes(bytes(LONG))
    path = f"/audio/{take.key}"
    assert ask(host, path, bearer, "bytes=0-0") == (206, 1)
    before, most = memory_of(process.pid), 0
    with ThreadPoolExecutor(LISTENERS) as pool:
        asked = [pool.submit(ask, host, path, bearer) for _ in range(LISTENERS)]
        while not all(one.done() for one in asked):
            most = max(most, memory_of(process.pid) - before)
            time.sleep(0.05)
    assert {one.result() for one in asked} == {(200, LONG)}
    sys.stderr.write(f"\n{LISTENERS} x 64 MB sent; memory grew by {most / MEBIBYTE:.1f} MB\n")
    assert most < LONG / 2


def test_listeners_who_pause_keep_nobody_waiting(processes, bearer, audio_root):
    """As browsers do with long audio: they ask for all of it and stop to read."""
    _, host = processes.web()
    take = make_batch(audio_root, lines=1, takes=1).takes.select_related("batch").get()
    (audio_root / take.key).write_bytes(bytes(LONG))
    asked = (
        f"GET /audio/{take.key} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {bearer}\r\n\r\n"
    )
    with ExitStack() as open_ones:
        name, port = host.split(":")
        for _ in range(LISTENERS):
            listener = open_ones.enter_context(socket.create_connection((name, int(port)), 20))
            listener.sendall(asked.encode())
            assert listener.recv(1024).startswith(b"HTTP/1.1 200")
        began = time.perf_counter()
        assert ask(host, "/admin/login/", bearer)[0] == 200
        sys.stderr.write(f"\na page beside them: {1000 * (time.perf_counter() - began):.0f} ms\n")
