"""The API of ranking: its paths, shapes and refusals."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from guardian.shortcuts import assign_perm

from apps.accounts.services import create_token
from apps.takes.models import RankingAct
from apps.takes.ranking.services import lock_batch, rank_take
from tests.factories import UserFactory
from tests.takes.boards import assert_tree_shows, make_batch, ranks, take_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(audio_root):
    return make_batch(audio_root, series__slug="Lantern")


@pytest.fixture
def curator(batch):
    person = UserFactory(username="ada")
    for permission in ("view", "rank"):
        assign_perm(f"catalog.{permission}_series", person, batch.series)
    return person


@pytest.fixture
def call(curator):
    """Sends JSON with a token of somebody, by default of the curator."""
    ends = timezone.now() + timedelta(days=1)

    def send(method, path, body=None, by=None, scopes=("read:job", "edit:job"), **headers):
        person = by or curator
        secret = create_token(person, "test", list(scopes), ends, by=person)[1]
        return Client().generic(
            method,
            f"/api/{path}",
            body if isinstance(body, str) else json.dumps(body) if body is not None else "",
            content_type="application/json",
            headers={"Authorization": f"Bearer {secret}", **headers},
        )

    return send


def path_of(batch, line=1, number=1):
    return f"batch/{batch.batch_id}/take/{take_of(batch, line, number).file_name}"


def test_batches_are_listed_by_their_three_folders(call, batch, audio_root):
    make_batch(audio_root, series__slug="Hidden")
    skin, voice, batch_id = batch.path.split("/")
    answer = call("GET", "batches")
    assert answer.json() == {"data": [{"skin": skin, "voice": voice, "batch_id": batch_id}]}


def test_a_batch_is_its_metadata(call, batch, audio_root):
    call("PATCH", path_of(batch), {"rank": 2})
    answer = call("GET", f"batch/{batch.batch_id}")
    on_disk = json.loads((audio_root / batch.path / "metadata.json").read_text())
    assert answer.json() == {"data": on_disk}
    assert answer["ETag"] == f'"{RankingAct.objects.get().pk}"'


def test_a_rank_is_given_taken_and_pushed_down(call, batch, audio_root):
    answer = call("PATCH", path_of(batch), {"rank": 1})
    assert (answer.status_code, answer.json()) == (200, {"data": {}})
    call("PATCH", path_of(batch, number=2), {"rank": 1})
    first, second = take_of(batch, 1, 1), take_of(batch, 1, 2)
    assert ranks(batch) == {second.file_name: 1, first.file_name: 2}
    assert_tree_shows(batch, audio_root)
    call("PATCH", path_of(batch, number=2), {"rank": None})
    assert ranks(batch) == {first.file_name: 2}
    assert_tree_shows(batch, audio_root)


@pytest.mark.parametrize(
    "body",
    [{"rank": 0}, {"rank": 6}, {"rank": 1.5}, {"rank": "1"}, {"rank": True}, {}, [], "{", "1"],
)
def test_a_bad_rank_is_a_400(call, batch, body):
    answer = call("PATCH", path_of(batch), body)
    assert (answer.status_code, "error" in answer.json()) == (400, True)
    assert not RankingAct.objects.exists()


@pytest.mark.parametrize(
    "path",
    [
        "batch/{batch}/take/nothing.mp3",
        "batch/20200101-000000-none/take/{take}",
        "batch/{batch}/take/..%2F..%2Fmetadata.json",
        "batch/{batch}/take/../../LOCKED",
    ],
)
def test_what_is_not_there_is_a_404(call, batch, path):
    path = path.format(batch=batch.batch_id, take=take_of(batch, 1, 1).file_name)
    assert call("PATCH", path, {"rank": 1}).status_code == 404


def test_a_locked_batch_answers_423(call, batch, curator, audio_root):
    lock_batch(batch, by=curator)
    answer = call("PATCH", path_of(batch), {"rank": 1})
    assert answer.status_code == 423
    assert "locked" in answer.json()["error"]
    assert_tree_shows(batch, audio_root)


def test_a_rank_whose_files_cannot_be_written_is_a_503(call, batch, audio_root, tmp_path):
    slot = audio_root / batch.path / "ranked" / "01"
    slot.rmdir()
    slot.symlink_to(tmp_path)
    answer = call("PATCH", path_of(batch), {"rank": 1})
    assert answer.status_code == 503
    assert "The change is kept" in answer.json()["error"]
    assert take_of(batch, 1, 1).rank == 1


def test_locking_twice_is_locking_once(call, batch, audio_root):
    for _ in range(2):
        answer = call("POST", f"batch/{batch.batch_id}/lock")
        assert (answer.status_code, answer.json()) == (200, {"data": {"locked": True}})
    assert RankingAct.objects.count() == 1
    assert_tree_shows(batch, audio_root)


def test_a_stale_version_is_refused_with_what_is_true(call, batch):
    known = call("GET", f"batch/{batch.batch_id}")["ETag"]
    assert call("PATCH", path_of(batch), {"rank": 1}, **{"If-Match": known}).status_code == 200
    other = path_of(batch, line=2)
    answer = call("PATCH", other, {"rank": 1}, **{"If-Match": known})
    assert answer.status_code == 200, "another line was not changed"
    answer = call("PATCH", path_of(batch, number=2), {"rank": 1}, **{"If-Match": known})
    assert answer.status_code == 409
    current = answer.json()["current"]
    assert current["ranks"] == {take_of(batch, 1, 1).file_name: 1}
    fresh = f'"{current["version"]}"'
    answer = call("PATCH", path_of(batch, number=2), {"rank": 1}, **{"If-Match": fresh})
    assert answer.status_code == 200


def test_an_etag_is_given_only_to_who_has_seen_everything(call, batch, curator):
    grace = UserFactory(username="grace")
    known = call("GET", f"batch/{batch.batch_id}")["ETag"]
    answer = call("PATCH", path_of(batch), {"rank": 1}, **{"If-Match": known})
    chained = answer["ETag"]
    rank_take(take_of(batch, 2, 1), 1, by=grace)
    answer = call("PATCH", path_of(batch, number=2), {"rank": 2}, **{"If-Match": chained})
    assert (answer.status_code, "ETag" in answer) == (200, False)
    answer = call("PATCH", path_of(batch, 2, 2), {"rank": 1}, **{"If-Match": chained})
    assert answer.status_code == 409, "grace's rank was never seen"
    told = f'"{answer.json()["current"]["version"]}"'
    answer = call("PATCH", path_of(batch, 2, 2), {"rank": 1}, **{"If-Match": told})
    assert (answer.status_code, "ETag" in answer) == (200, False), "it knows one line only"
    known = call("GET", f"batch/{batch.batch_id}")["ETag"]
    for number in (3, 4):
        path = path_of(batch, number=number)
        answer = call("PATCH", path, {"rank": 4}, **{"If-Match": known})
        known = answer["ETag"]
    assert known == f'"{RankingAct.objects.latest("pk").pk}"'
    assert "ETag" not in call("PATCH", path, {"rank": 4}, **{"If-Match": known}), "no change"
    assert "ETag" not in call("PATCH", path, {"rank": 5}), "nothing was said to be known"


@pytest.mark.parametrize("version", ["yesterday", '"x"', "12", 'W/"12"', f'"{"9" * 40}"'])
def test_a_version_that_is_none_is_a_400(call, batch, version):
    answer = call("PATCH", path_of(batch), {"rank": 1}, **{"If-Match": version})
    assert (answer.status_code, ranks(batch)) == (400, {})


def test_without_a_version_the_last_one_wins(call, batch):
    for number in (1, 2, 3):
        assert call("PATCH", path_of(batch, number=number), {"rank": 1}).status_code == 200
        anyway = {"If-Match": "*"}
        assert call("PATCH", path_of(batch, 2, number), {"rank": 1}, **anyway).status_code == 200


def test_who_may_only_look_does_not_rank(call, batch):
    visitor = UserFactory()
    for method, path in [("PATCH", path_of(batch)), ("POST", f"batch/{batch.batch_id}/lock")]:
        assert call(method, path, {"rank": 1}, by=visitor).status_code == 404
    assert call("GET", "batches", by=visitor).json() == {"data": []}
    assign_perm("catalog.view_series", visitor, batch.series)
    for method, path in [("PATCH", path_of(batch)), ("POST", f"batch/{batch.batch_id}/lock")]:
        assert call(method, path, {"rank": 1}, by=visitor).status_code == 403
    assert not RankingAct.objects.exists()


def test_a_token_to_read_does_not_rank(call, batch):
    answer = call("PATCH", path_of(batch), {"rank": 1}, scopes=["read:job"])
    assert answer.status_code in (401, 403)
    assert not RankingAct.objects.exists()


def test_a_rank_asks_as_much_in_a_large_batch(call, curator, audio_root):
    def queries(lines):
        batch = make_batch(audio_root, lines=lines)
        assign_perm("catalog.view_series", curator, batch.series)
        assign_perm("catalog.rank_series", curator, batch.series)
        call("PATCH", path_of(batch, number=2), {"rank": 1})
        give = path_of(batch)
        with CaptureQueriesContext(connection) as asked:
            assert call("PATCH", give, {"rank": 1}).status_code == 200
        return len(asked)

    assert queries(lines=40) == queries(lines=1)
