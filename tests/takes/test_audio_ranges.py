"""/audio/ over HTTP: curl, many at once, hostile paths, and a browser that seeks."""

import random
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.utils import timezone
from guardian.shortcuts import assign_perm
from playwright.sync_api import expect

from apps.accounts.services import create_token, revoke_token
from apps.takes.models import Take
from apps.takes.ranking.services import rank_take
from tests.browser.boards import audible_batch, open_board
from tests.browser.test_story import complaints, log_in, page
from tests.factories import UserFactory
from tests.takes.boards import make_batch, take_of

__all__ = ["complaints", "page"]

pytestmark = pytest.mark.django_db

SIZE = 300_000


@pytest.fixture
def batch(audio_root):
    """Eight takes whose files are long enough to be read in parts."""
    made = make_batch(audio_root, lines=2, takes=4, series__slug="Mine")
    chance = random.Random(7)
    for take in made.takes.select_related("batch"):
        (audio_root / take.key).write_bytes(chance.randbytes(SIZE))
    return made


@pytest.fixture
def token(batch):
    person = UserFactory()
    assign_perm("catalog.view_series", person, batch.series)
    return create_token(person, "t", ["read:job"], timezone.now() + timedelta(1), by=person)


@pytest.fixture
def curl(live_server, token):
    """Runs curl on a path as it is written; (status, body)."""

    def fetch(path, *options, secret=token[1]):
        command = ["curl", "-s", "--path-as-is", "--max-time", "30", "-w", "%{stderr}%{http_code}"]
        command += ["-H", f"Authorization: Bearer {secret}", *options]
        done = subprocess.run(
            [*command, f"{live_server.url}/audio/{path}"], capture_output=True, check=False
        )
        return int(done.stderr[-3:]), done.stdout

    return fetch


def test_forty_at_once_get_the_right_bytes(curl, batch, audio_root):
    chance = random.Random(11)
    takes = list(batch.takes.select_related("batch"))
    asked = []
    for _ in range(40):
        start = chance.randrange(SIZE - 1)
        asked.append((chance.choice(takes).key, start, chance.randrange(start, SIZE)))

    def fetch(one):
        key, start, end = one
        return curl(key, "-r", f"{start}-{end}")

    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(fetch, asked))
    for (key, start, end), (status, body) in zip(asked, answers, strict=True):
        assert status == 206
        assert body == (audio_root / key).read_bytes()[start : end + 1]


def test_curl_goes_on_where_it_was_cut_off(curl, batch, audio_root, tmp_path):
    take = batch.takes.select_related("batch").first()
    whole = (audio_root / take.key).read_bytes()
    half = tmp_path / "half.mp3"
    half.write_bytes(whole[:123_456])
    status, _ = curl(take.key, "-C", "-", "-o", str(half))
    assert (status, half.read_bytes() == whole) == (206, True)


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("bytes=300000-", 416),
        ("bytes=-0", 416),
        ("bytes=0-999999999999999", 206),
        ("bytes=999999999999999-", 416),
        ("bytes=0-99999999999999999999", 200),
        ("bytes=99999999999999999999-", 200),
        ("bytes=5-1", 200),
        ("bytes=--5", 200),
        ("bytes=a-b", 200),
        ("bytes=" + ",".join(f"{n}-{n}" for n in range(1200)), 200),
        ("bytes=0-,0-,0-,0-", 200),
        ("lines=1-2", 200),
    ],
)
def test_hostile_ranges_cost_one_answer(curl, batch, audio_root, asked, status):
    take = batch.takes.select_related("batch").first()
    answered, body = curl(take.key, "-H", f"Range: {asked}")
    assert answered == status
    whole = (audio_root / take.key).read_bytes()
    assert len(body) <= SIZE or status == 416
    assert status == 416 or body == whole


def test_a_link_of_the_ranked_tree_plays(curl, batch, audio_root):
    take = take_of(batch, 1, 2)
    rank_take(take, 1, by=None)
    status, body = curl(f"{batch.path}/ranked/01/{take.file_name}")
    assert (status, body) == (200, (audio_root / take.key).read_bytes())


@pytest.mark.parametrize(
    "path",
    [
        "{batch}/takes/../../../../outside.mp3",
        "{batch}/takes/%2e%2e/%2e%2e/%2e%2e/%2e%2e/outside.mp3",
        "{batch}/takes/%252e%252e/outside.mp3",
        "{batch}%2Ftakes%2F..%2F..%2F..%2F..%2Foutside.mp3",
        "{batch}/takes/..%5c..%5coutside.mp3",
        "{batch}/takes/out.mp3",
        "{batch}/ranked/02/out.mp3",
        "%2Fetc%2Fpasswd",
        "/etc/passwd",
        "{batch}/takes/\uff0e\uff0e/outside.mp3",
        "{batch}/takes/a%00.mp3",
        "{batch}/takes/" + "a" * 3000,
        "Theirs/{rest}",
        "mine/{rest}",
        "{batch}/takes/theirs.mp3",
        "{batch}/ranked/03/theirs.mp3",
        "Mine/theirs/{rest}",
    ],
)
def test_nothing_outside_is_given(curl, batch, audio_root, path):
    outside = audio_root.parent / "outside.mp3"
    outside.write_bytes(b"secret")
    (audio_root / batch.path / "takes" / "out.mp3").symlink_to(outside)
    (audio_root / batch.path / "ranked" / "02" / "out.mp3").symlink_to(outside)
    theirs = make_batch(audio_root, lines=1, takes=1, series__slug="Theirs")
    rest = theirs.takes.select_related("batch").get().key.removeprefix("Theirs/")
    (audio_root / "Theirs" / rest).write_bytes(b"secret")
    for link in ("takes/theirs.mp3", "ranked/03/theirs.mp3"):
        (audio_root / batch.path / link).symlink_to(audio_root / "Theirs" / rest)
    (audio_root / "Mine" / "theirs").symlink_to(audio_root / "Theirs")
    status, body = curl(path.format(batch=batch.path, rest=rest))
    assert status in (301, 400, 404, 414)
    assert b"secret" not in body


def test_who_may_not_hear_gets_nothing(curl, batch, token):
    key = batch.takes.select_related("batch").first().key
    stranger = UserFactory()
    ends = timezone.now() + timedelta(1)
    other = create_token(stranger, "t", ["read:job"], ends, by=stranger)[1]
    assert curl(key)[0] == 200
    for secret in (other, "nothing", ""):
        assert curl(key, secret=secret)[0] == 404
    revoke_token(token[0], by=token[0].user)
    assert curl(key)[0] == 404


@pytest.mark.browser
def test_a_browser_seeks(page, audio_root, complaints):
    batch = audible_batch(audio_root, lines=1, takes=1)
    partial = []
    page.on(
        "response",
        lambda answer: (
            "/audio/" in answer.url
            and partial.append((answer.status, answer.request.headers.get("range")))
        ),
    )
    log_in(page)
    open_board(page, batch)
    duration = Take.objects.get().duration
    page.evaluate(
        "(at) => { const [player] = document.querySelectorAll('voice-player');"
        " player.audio.currentTime = at; return player.play(); }",
        0.8 * duration,
    )
    expect(page.locator("voice-player[data-state=playing]")).to_have_count(1)
    position = page.evaluate("document.querySelector('voice-player').audio.currentTime")
    assert position >= 0.8 * duration - 0.05
    assert partial and all(status == 206 and asked for status, asked in partial)
    assert complaints == []
