"""The wire server itself: a measuring instrument has to be measured first."""

import io
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import av
import httpx
import pytest

from tests.providers import wire_clips, wire_shapes
from tests.providers.wire import wire_server
from tests.providers.wire_shapes import voice_id
from tests.services import wait_until

OUTLIVED = """
import sys, time
from tests.providers.wire import wire_server
with wire_server() as server:
    print(server.port, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def ask(server):
    with httpx.Client(
        base_url=server.url,
        headers={"xi-api-key": server.api_key},
        limits=httpx.Limits(max_connections=40, max_keepalive_connections=40),
    ) as client:

        def speak(text="Hello there", seed=0, **more):
            path = f"/v1/text-to-speech/{voice_id(0)}"
            return client.post(path, json={"text": text, "seed": seed, **more})

        yield speak


@pytest.mark.parametrize(
    "output_format", [name for name in wire_shapes.FORMATS if name.startswith(("mp3", "wav"))]
)
def test_every_clip_decodes_to_the_length_it_announces(output_format):
    media_type, data = wire_clips.body(output_format, "A sentence of middle length.", 3)
    with av.open(io.BytesIO(data)) as container:
        announced = container.duration / av.time_base
        frames = list(container.decode(audio=0))
    decoded = sum(frame.samples for frame in frames) / frames[0].sample_rate
    assert decoded == pytest.approx(announced, abs=0.03)
    assert media_type in ("audio/mpeg", "audio/wav")


def test_clips_differ_by_text_and_seed_and_repeat_themselves():
    asked = [(text, seed) for text in ("Yes", "No") for seed in range(500)]
    clips = [wire_clips.body("mp3_44100_128", *one)[1] for one in asked]
    assert len(set(clips)) == len(clips)
    assert clips == [wire_clips.body("mp3_44100_128", *one)[1] for one in asked]


def test_the_limit_is_enforced_and_counted(ask, server):
    server.configure(latency=0.3, limit=10)
    with ThreadPoolExecutor(30) as pool:
        answers = list(pool.map(lambda n: ask(seed=n), range(30)))
    stats = server.stats()
    assert stats["statuses"] == {"200": 10, "429": 20}
    assert stats["max_in_flight"] == 10
    assert stats["in_flight"] == 0
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.json()["detail"]["code"] == "concurrent_limit_exceeded"
    assert refused.headers["maximum-concurrent-requests"] == "10"


def test_paying_twice_is_seen(ask, server):
    for _ in range(2):
        ask("Again", 5)
    ask("Once", 5)
    assert server.stats()["paid"] == {"Again\n5": 2, "Once\n5": 1}


def test_faults_come_in_their_share_and_the_same_ones_again(ask, server):
    def faults():
        server.restore()
        server.configure(faults={"busy": 0.2, "error": 0.1, "html": 0.05}, fault_seed=4)
        statuses = [ask(seed=n).status_code for n in range(400)]
        return statuses, server.stats()["faults"]

    statuses, counted = faults()
    assert counted["busy"] == pytest.approx(80, abs=25)
    assert counted["error"] == pytest.approx(40, abs=20)
    assert counted["html"] == pytest.approx(20, abs=13)
    assert statuses.count(429) == counted["busy"]
    assert (statuses, counted) == faults()


def test_asking_again_draws_again(ask, server):
    server.configure(faults={"busy": 0.5})
    assert {ask(seed=1).status_code for _ in range(20)} == {200, 429}


def test_a_client_that_leaves_frees_its_place(ask, server):
    server.configure(latency=30, limit=1)
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(
            f"{server.url}/v1/text-to-speech/{voice_id(0)}",
            json={"text": "Hello"},
            headers={"xi-api-key": server.api_key},
            timeout=0.2,
        )
    server.configure(latency=0)
    wait_until(lambda: server.stats()["abandoned"] == 1, 10)
    assert ask().status_code == 200
    assert server.stats()["abandoned"] == 1


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"loudness": 3}, ["body", "loudness"]),
        ({"seed": -1}, ["body", "seed"]),
        ({"voice_settings": {"style": 1.1}}, ["body", "voice_settings", "style"]),
        ({"voice_settings": {"warmth": 1}}, ["body", "voice_settings", "warmth"]),
        ({"previous_request_ids": ["a", "b", "c", "d"]}, ["body", "previous_request_ids"]),
        ({"text": None}, ["body", "text"]),
    ],
)
def test_shapes_are_checked_as_the_vendor_checks_them(ask, body, where):
    answer = ask(**body)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == where


@pytest.mark.load
def test_200_requests_a_second_cost_it_little(ask, server):
    """30 in flight, 0.15 s each: what the largest plan can do."""
    server.configure(latency=0.15, limit=30)
    before, started = server.stats()["cpu_seconds"], time.monotonic()
    with ThreadPoolExecutor(30) as pool:
        statuses = list(pool.map(lambda n: ask(seed=n).status_code, range(600)))
    took, used = time.monotonic() - started, server.stats()["cpu_seconds"] - before
    assert set(statuses) == {200}
    assert used / took < 0.25, f"{600 / took:.0f}/s at {used / took:.0%} CPU"


def test_it_does_not_outlive_a_killed_parent():
    parent = subprocess.Popen([sys.executable, "-c", OUTLIVED], stdout=subprocess.PIPE)
    port = int(parent.stdout.readline())
    assert httpx.post(f"http://127.0.0.1:{port}/_wire/stats").status_code == 200
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    for _ in range(100):
        try:
            httpx.post(f"http://127.0.0.1:{port}/_wire/stats")
        except httpx.TransportError:
            return
        time.sleep(0.05)
    pytest.fail("the wire server is still there")


def test_an_unknown_option_is_refused(server):
    with pytest.raises(AssertionError, match="lateness"):
        server.configure(lateness=3)
    with pytest.raises(TypeError), wire_server(lateness=3):
        pass
