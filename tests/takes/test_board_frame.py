"""The ranking board's addresses: who may ask, what is no request, files, and how little is read."""

import io
import zipfile

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.storage.urls import storage_from_url
from apps.takes.models import Batch, RankingAct, Take, Waveform
from apps.takes.ranking.services import rank_take
from tests.factories import FindingFactory, UserFactory
from tests.takes.boards import make_batch, ranks, take_of
from tests.takes.curators import EVERYTHING, Curator

pytestmark = pytest.mark.django_db

READ = ("", "lines", "changes", "zip")
ACTS = {
    "rank": "rank",
    "undo": "rank",
    "lock": "rank",
    "unlock": "unlock",
    "more": "generate",
    "trim": "generate",
}


@pytest.fixture
def batch(audio_root):
    return make_batch(audio_root, lines=2, takes=3)


@pytest.fixture
def ada(batch):
    return Curator(batch, "ada")


def answers(somebody, take, handle):
    """The status of every address, asked by somebody about a take."""
    line = take.line_id
    urls = [somebody.url(name) for name in READ]
    urls.append(somebody.url("line", line))
    urls += [somebody.url(name, line, handle) for name in ("audio", "peaks")]
    read = {url: somebody.client.get(url).status_code for url in urls}
    return read | {name: somebody.post(name, {}).status_code for name in ACTS}


def test_the_addresses_are_below_the_batch(batch):
    assert reverse("admin:takes_board", args=["x y"]) == "/admin/takes/batch/x%20y/rank/"
    assert reverse("admin:takes_board_line", args=["b", 7]) == "/admin/takes/batch/b/rank/line/7/"


def test_what_one_may_not_see_does_not_exist(batch, ada):
    take = take_of(batch, 1, 1)
    stranger = Curator(batch, "stranger", may=())
    assert set(answers(stranger, take, ada.of(take)).values()) == {404}
    previews = Curator(batch, "grace")
    Batch.objects.update(expires_at="2030-01-01T00:00Z")
    assert set(answers(previews, take, "0" * 16).values()) == {404}


def test_nobody_asks_without_logging_in(batch, ada):
    take = take_of(batch, 1, 1)
    handle = ada.of(take)
    ada.client.logout()
    assert set(answers(ada, take, handle).values()) == {302}


@pytest.mark.parametrize("name", ACTS)
def test_what_one_may_see_but_not_do_is_forbidden(batch, name):
    others = [permission for permission in EVERYTHING if permission != ACTS[name]]
    answer = Curator(batch, "grace", may=tuple(others)).post(name, {})
    assert answer.status_code == 403
    assert set(answer.json()) == {"error"}
    assert not RankingAct.objects.exists()


def test_what_one_may_do_is_told(batch):
    watcher = Curator(batch, "watcher", may=("view",))
    allowed = {"rank": False, "unlock": False, "generate": False}
    assert watcher.lines()["board"]["may"] == allowed
    assert watcher.line(take_of(batch, 1, 1))["takes"][0]["number"] == 1


def test_acts_are_refused_without_the_token_of_the_page(batch, ada):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ada.person)
    for name in ACTS:
        answer = strict.post(ada.url(name), "{}", content_type="application/json")
        assert answer.status_code == 403, name
    assert not RankingAct.objects.exists()


def test_reading_is_not_posted_and_acts_are_not_read(batch, ada):
    assert [ada.post(name).status_code for name in READ] == [405] * 4
    assert [ada.get(name).status_code for name in ACTS] == [405] * 6


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"rank",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"line": 1, "take": "a", "rank": ' + b"9" * 5000 + b', "version": 0}',
        {},
        {"rank": "1"},
        {"rank": True},
        {"rank": 1.0},
        {"rank": [1]},
        {"rank": 0},
        {"rank": 6},
        {"version": None},
        {"version": "1"},
        {"line": "1"},
        {"line": None},
        {"take": 1},
        {"take": None},
        {"blind": "yes"},
    ],
)
def test_what_is_no_ranking_changes_nothing(batch, ada, body):
    take = take_of(batch, 1, 1)
    whole = {"line": take.line_id, "take": ada.of(take), "rank": 1, "version": 0}
    sent = whole | body if body and isinstance(body, dict) else body
    answer = ada.post("rank", sent)
    assert answer.status_code == 400
    assert set(answer.json()) == {"error", "errors"}
    assert ranks(batch) == {}
    assert not RankingAct.objects.exists()


def test_a_request_that_is_too_large_is_not_read(batch, ada, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = ada.post("lock", {"reason": "a" * 1000})
    assert (answer.status_code, set(answer.json())) == (400, {"error", "errors"})


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("lock", {"reason": "a\0b"}),
        ("lock", {"reason": "a" * 1001}),
        ("lock", {"reason": 1}),
        ("unlock", '{"reason": "\\ud800"}'),
        ("more", {"takes": 0}),
        ("more", {"takes": "3"}),
        ("trim", '{"start": NaN, "end": 1}'),
        ("trim", {"start": 1.5, "end": 0.5}),
        ("trim", {"start": -1, "end": 0.5}),
        ("trim", {"start": 0, "end": 10**400}),
    ],
)
def test_what_is_no_act_changes_nothing(batch, ada, redis_clean, name, body):
    take = take_of(batch, 1, 1)
    if isinstance(body, dict):
        body = {"line": take.line_id, "take": ada.of(take), **body}
    answer = ada.post(name, body)
    assert (answer.status_code, set(answer.json())) == (400, {"error", "errors"})
    assert batch.takes.count() == 6
    batch.refresh_from_db()
    assert not batch.is_locked


def test_takes_are_named_by_handles_of_their_line(batch, ada):
    one, other = take_of(batch, 1, 1), take_of(batch, 2, 1)
    for body in (
        {"line": other.line_id, "take": ada.of(one)},
        {"line": one.line_id, "take": "0" * 16},
        {"line": one.line_id, "take": str(one.pk)},
        {"line": 10**30, "take": ada.of(one)},
        {"line": -1, "take": ada.of(one)},
    ):
        answer = ada.post("rank", body | {"rank": 1, "version": 0})
        assert answer.status_code == 404, body
        assert "error" in answer.json()
    assert ada.post("more", {"line": 10**30, "takes": 1}).status_code == 404


def test_nonsense_in_the_address_is_nowhere(batch, ada):
    address = ada.url("lines").replace(batch.batch_id, "a%00b")
    assert ada.client.get(address).status_code == 404
    assert ada.get("line", 10**30).status_code == 404
    assert ada.get("audio", 10**30, "0" * 16).status_code == 404


# --- The page and files -------------------------------------------------------------------------


def test_the_page_knows_its_addresses_and_no_lines(batch, ada):
    page = ada.get("")
    context = page.context
    assert (context["batch"], context["series"]) == (batch, batch.series)
    assert context["may"] == {"rank": True, "unlock": True, "generate": True}
    addresses = context["endpoints"]
    assert set(addresses) == {"line", "lines", "changes", "zip", "run", *ACTS}
    assert addresses.pop("line") == ada.url("line", 0)
    run = reverse("admin:takes_run_change", args=[batch.run_id])
    assert addresses.pop("run") == f"{run}?batch={batch.batch_id}"
    assert addresses == {name: ada.url(name) for name in addresses}
    for take in batch.takes.select_related("line"):
        assert take.line.text not in page.content.decode()
        assert take.file_name not in page.content.decode()


def test_lists_and_runs_lead_to_the_board(batch, client):
    client.force_login(UserFactory(is_superuser=True))
    board = reverse("admin:takes_board", args=[batch.batch_id])
    listed = client.get(reverse("admin:takes_batch_changelist")).content.decode()
    assert f'href="{board}"' in listed
    run = client.get(reverse("admin:takes_run_change", args=[batch.run_id])).content.decode()
    assert run.count(f'href="{board}"') == 2  # the batch's row, and what to do next


def test_audio_is_played_in_parts_and_has_no_name(batch, ada, audio_root):
    take = take_of(batch, 1, 2)
    url = ada.row(take)["audio"]
    whole = (audio_root / take.key).read_bytes()
    answer = ada.client.get(url)
    assert b"".join(answer.streaming_content) == whole
    assert answer["Content-Type"] == "audio/mpeg"
    assert take.file_name not in str(answer.headers)
    assert answer["Cache-Control"] == "private, no-cache"
    part = ada.client.get(url, headers={"Range": "bytes=2-5"})
    assert (part.status_code, b"".join(part.streaming_content)) == (206, whole[2:6])
    Take.objects.filter(pk=take.pk).update(status="pending")
    assert ada.client.get(url).status_code == 404


def test_a_file_that_is_gone_is_a_404(batch, ada, audio_root):
    take = take_of(batch, 1, 2)
    (audio_root / take.key).unlink()
    assert ada.client.get(ada.row(take)["audio"]).status_code == 404


def test_peaks_are_drawn_from_stored_ones(batch, ada):
    take = take_of(batch, 1, 2)
    url = ada.row(take)["peaks"]
    assert ada.client.get(url).status_code == 404
    Take.objects.filter(pk=take.pk).update(frames_sha256="a" * 64)
    Waveform.objects.create(
        frames_sha256="a" * 64, sample_rate=44100, samples_per_pixel=882, data=b"\xf0\x10"
    )
    answer = ada.client.get(url)
    assert (answer.json()["data"], answer.json()["length"]) == ([-16, 16], 1)
    assert "immutable" in answer["Cache-Control"]
    assert "no-store" not in answer["Cache-Control"]


def test_the_zip_holds_takes_and_ranks(batch, ada):
    take = take_of(batch, 1, 2)
    rank_take(take, 1, by=ada.person)
    answer = ada.get("zip")
    data = b"".join(answer.streaming_content)
    assert int(answer["Content-Length"]) == len(data)
    assert answer["Content-Disposition"] == f'attachment; filename="{batch.batch_id}.zip"'
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert f"{batch.batch_id}/ranked/01/{take.file_name}" in names
    assert len([name for name in names if "/takes/" in name]) == 6


def test_a_place_that_cannot_be_reached_is_said_in_words(batch, ada, settings, tmp_path):
    url = ada.row(take_of(batch, 1, 1))["audio"]
    nowhere = "s3://bucket/prefix?endpoint_url=http://127.0.0.1:9&access_key=a&secret_key=b"
    entry = storage_from_url(nowhere, base_dir=tmp_path)
    settings.STORAGES = settings.STORAGES | {"takes": entry}
    for answer in (ada.client.get(url), ada.get("zip")):
        assert answer.status_code == 503
        assert "Ranks and files were left as they are." in answer.json()["error"]


# --- How much is read ---------------------------------------------------------------------------


def asked(somebody, name, *args, **query):
    """How many queries one address makes."""
    somebody.get(name, *args, **query).close()  # sessions and content types are warm
    with CaptureQueriesContext(connection) as queries:
        answer = somebody.get(name, *args, **query)
    answer.close()
    assert answer.status_code == 200
    return len(queries)


def queries_of(somebody, take):
    """The queries of every address that is read, and of a rank, an undo and a refusal."""
    line = take.line_id
    counted = {
        "page": asked(somebody, ""),
        "lines": asked(somebody, "lines"),
        "lines around": asked(somebody, "lines", around=line, q="line"),
        "resume": asked(somebody, "lines", resume=1),
        "line": asked(somebody, "line", line),
        "changes": asked(somebody, "changes", line=line, blind=1),
        "audio": asked(somebody, "audio", line, somebody.of(take)),
    }
    body = {"line": line, "take": somebody.of(take), "rank": 1, "version": 10**9}
    for name, status in (("rank", 200), ("undo", 200), ("lock", 200), ("undo", 423)):
        with CaptureQueriesContext(connection) as queries:
            assert somebody.post(name, body).status_code == status
        counted[f"{name} {status}"] = len(queries)
    return counted


MOST_QUERIES = {
    "page": 17,
    "lines": 15,
    "lines around": 16,
    "resume": 16,
    "line": 11,
    "changes": 22,
    "audio": 6,
    "rank 200": 41,
    "undo 200": 41,
    "lock 200": 31,
    "undo 423": 20,
}
"""Of somebody whose permissions are grants; each is two, as it may be held by a role."""


def test_a_board_asks_as_much_for_few_lines_as_for_many(audio_root):
    small, large = make_batch(audio_root, 2, 2), make_batch(audio_root, 120, 6)
    for take in large.takes.all():
        FindingFactory(take=take)
    few = queries_of(Curator(small, "ada"), take_of(small, 1, 1))
    many = queries_of(Curator(large, "grace"), take_of(large, 1, 1))
    assert many == few
    assert {name: number for name, number in many.items() if number > MOST_QUERIES[name]} == {}
