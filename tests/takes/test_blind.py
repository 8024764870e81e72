"""Listening blind: nothing tells the takes of a line apart until one has ranked it."""

import json
from collections import Counter

import pytest
from django.urls import reverse

from apps.storage.classes import AssetClass
from apps.storage.places import get_place
from apps.takes.models import RankingAct, Take
from apps.takes.ranking.blind_mode import handle_of, letter
from apps.takes.ranking.services import rank_take, undo_ranking
from tests.factories import FindingFactory, UserFactory
from tests.takes.boards import make_batch, take_of
from tests.takes.curators import Curator

pytestmark = pytest.mark.django_db

TELLTALES = {
    "settings": {"stability": 0.54321},
    "seed": 987654321,
    "model": "loud_model",
    "true_peak": -1.2345,
    "origin": "imported",
}
HIDDEN = {"handle", "label", "status", "rank", "duration", "loudness", "audio", "peaks", "error"}
OPEN = HIDDEN | {
    "number",
    "file",
    "origin",
    "derived_from",
    "true_peak",
    "settings",
    "findings",
    "ranked_by",
}


@pytest.fixture
def batch(audio_root):
    """Its takes have keys and numbers that are seen in a text wherever they stand."""
    made = make_batch(audio_root, lines=2)
    takes = list(made.takes.all())
    made.takes.all().delete()
    for take in takes:
        take.pk += 7_000_000
        take.take_number += 4000
        take.file_name = f"{take.line.key}_take_{take.take_number}.mp3"
        for name, value in TELLTALES.items():
            setattr(take, name, value)
        (audio_root / take.key).write_bytes(b"audio")
    Take.objects.bulk_create(takes)
    return made


@pytest.fixture
def ada(batch):
    return Curator(batch, "ada")


@pytest.fixture
def grace(batch):
    return Curator(batch, "grace")


def first_of(batch, line=1):
    return batch.takes.order_by("line__position", "take_number")[5 * (line - 1)]


def text_of(batch, document):
    """The JSON as it is sent, without what is random or a time and may look like anything."""
    text = json.dumps(document)
    line = document.get("line", document)
    for random in (batch.batch_id, line["stamp"], *(take["handle"] for take in line["takes"])):
        text = text.replace(random, "")
    return text


def assert_tells_nothing(batch, document):
    text = text_of(batch, document)
    told = ["take_4", "400", "7000", "_take_", ".mp3", "54321", "987654321", "loud_", "1.2345"]
    told += ["stability", "imported", "clipped", "grace", "No such voice"]
    assert [word for word in told if word in text] == []


def test_nothing_tells_the_takes_apart(batch, ada, grace):
    take = first_of(batch)
    others = batch.takes.filter(line=take.line).exclude(pk=take.pk)
    rank_take(take, 1, by=grace.person)
    rank_take(others[0], 2, by=grace.person)
    FindingFactory(take=take)
    Take.objects.filter(pk=others[3].pk).update(status="failed", error="No such voice: 4004.")
    Take.objects.filter(pk=others[2].pk).update(derived_from=take)
    hidden = ada.line(take, blind=1)
    assert hidden["blind"]
    assert [one["label"] for one in hidden["takes"]] == ["A", "B", "C", "D", "E"]
    assert {frozenset(one) for one in hidden["takes"]} == {frozenset(HIDDEN)}
    assert {one["rank"] for one in hidden["takes"]} == {None}
    assert_tells_nothing(batch, hidden)
    for one in hidden["takes"]:
        answer = ada.client.get(one["audio"])
        assert "take" not in str(answer.headers)
        answer.close()


def test_whoever_wants_to_see_it_all_does(batch, ada, grace):
    take = first_of(batch)
    rank_take(take, 1, by=grace.person)
    seen = ada.line(take)
    assert not seen["blind"]
    assert {frozenset(one) for one in seen["takes"]} == {frozenset(OPEN)}
    assert (seen["takes"][0]["rank"], seen["takes"][0]["ranked_by"]) == (1, "grace")


def test_ranking_the_line_opens_it_and_undoing_closes_it(batch, ada, grace):
    take = first_of(batch)
    rank_take(take, 1, by=grace.person)
    before = ada.line(take, blind=1)
    position = [one["handle"] for one in before["takes"]].index(ada.of(take))
    opened = ada.rank(take, 2, blind=True).json()
    said = f"{take.line.key}: {'ABCDE'[position]} (take 4001) is 2nd."
    assert (opened["line"]["blind"], opened["said"]) == (False, said)
    rows = opened["line"]["takes"]
    assert [row["handle"] for row in rows] == [one["handle"] for one in before["takes"]]
    assert (rows[position]["label"], rows[position]["ranked_by"]) == ("4001", "ada")
    assert {frozenset(row) for row in rows} == {frozenset(OPEN)}
    assert ada.line(first_of(batch, 2), blind=1)["blind"]
    assert grace.line(take, blind=1)["blind"] is False
    closed = ada.post("undo", {"blind": True}).json()
    assert closed["line"]["blind"]
    assert_tells_nothing(batch, closed)
    assert closed["line"]["takes"] == before["takes"]


def test_who_agrees_has_ranked_the_line(batch, ada, grace):
    take = first_of(batch)
    rank_take(take, 1, by=grace.person)
    other = next(one for one in batch.takes.filter(line=take.line_id) if one.pk != take.pk)
    unchanged = ada.rank(other, None, blind=True).json()
    assert unchanged["said"] == f"{take.line.key}: nothing was changed."
    assert_tells_nothing(batch, unchanged)
    agreed = ada.rank(take, 1, blind=True).json()
    assert (agreed["line"]["blind"], agreed["act"]) == (False, RankingAct.objects.latest("pk").pk)
    assert f"{take.line.key}: " in agreed["said"] and agreed["said"].endswith("is 1st.")
    assert ada.rank(take, 1, blind=True).json()["act"] is None
    closed = ada.post("undo", {"blind": True}).json()
    assert closed["line"]["blind"] and take_of(batch, 1, take.take_number).rank == 1


def test_refusals_tell_nothing_either(batch, ada, grace):
    take = first_of(batch)
    handle = ada.of(take)
    rank_take(take, 1, by=grace.person)
    body = {"line": take.line_id, "take": handle, "rank": 1, "version": 0, "blind": True}
    stale = ada.post("rank", body)
    assert (stale.status_code, stale.json()["line"]["blind"]) == (409, True)
    assert_tells_nothing(batch, stale.json())
    grace.post("lock")
    locked = ada.post("rank", body)
    assert locked.status_code == 423
    assert_tells_nothing(batch, {"error": locked.json()["error"], "line": locked.json()["line"]})


def test_what_others_do_is_told_without_their_takes(batch, ada, grace):
    take = first_of(batch)
    rank_take(take, 1, by=grace.person)
    undo_ranking(batch, by=grace.person)
    told = ada.changes(blind=1, since=0, line=take.line_id)
    said = {"by": "grace", "line": take.line_id, "said": f"{take.line.key} was ranked."}
    assert told["acts"] == [said, said]
    assert told["line"] == ada.line(take, blind=1)["stamp"] != ada.line(take)["stamp"]
    assert "take" not in json.dumps({**told["board"], "may": None})


def test_each_person_has_an_order_of_their_own(audio_root):
    batch = make_batch(audio_root, lines=60)
    people = [Curator(batch, name) for name in ("ada", "grace")]
    orders = [[order_of(one, batch, line) for line in range(1, 61)] for one in people]
    alike = sum(mine == theirs for mine, theirs in zip(*orders, strict=True))
    assert alike < 8, "of 60 lines, half a line is expected by chance"
    for mine in orders:
        first = Counter(order[0] for order in mine)
        assert set(first) == {1, 2, 3, 4, 5}
        assert max(first.values()) < 30, "12 of 60 are expected"
        assert [order_of(people[orders.index(mine)], batch, line) for line in (1, 2, 3)] == mine[:3]


def order_of(curator, batch, line):
    """The numbers of the takes in the order in which the person hears them."""
    take = take_of(batch, line, 1)
    numbers = {one["handle"]: one["number"] for one in curator.line(take)["takes"]}
    return [numbers[one["handle"]] for one in curator.line(take, blind=1)["takes"]]


def test_takes_that_come_later_take_no_letter_away(batch, ada, redis_clean):
    take = first_of(batch)
    before = [one["handle"] for one in ada.line(take, blind=1)["takes"]]
    answer = ada.post("more", {"line": take.line_id, "takes": 3, "blind": True}).json()
    assert [one["handle"] for one in answer["line"]["takes"]][:5] == before
    assert [one["label"] for one in answer["line"]["takes"]][5:] == ["F", "G", "H"]
    cut = {"line": take.line_id, "take": before[1], "start": 0.5, "end": 1.5, "blind": True}
    trimmed = ada.post("trim", cut).json()
    assert trimmed["said"] == f"{take.line.key}: a part of B is being cut."
    assert_tells_nothing(batch, trimmed)


def test_handles_are_ones_own(batch, ada, grace, settings):
    take = first_of(batch)
    mine, theirs = ada.of(take), grace.of(take)
    assert len(mine) == 16
    assert mine != theirs
    body = {"line": take.line_id, "take": theirs, "rank": 1, "version": 0}
    assert ada.post("rank", body).status_code == 404
    assert ada.get("audio", take.line_id, theirs).status_code == 404
    assert ada.get("peaks", take.line_id, theirs).status_code == 404
    settings.SECRET_KEY = "another one, as any other installation has"
    ada.client.force_login(ada.person)
    assert ada.of(take) != mine


def test_letters_go_on_after_z():
    assert [letter(index) for index in (0, 25, 26, 51, 52, 701, 702)] == [
        "A",
        "Z",
        "AA",
        "AZ",
        "BA",
        "ZZ",
        "AAA",
    ]


def test_a_signed_address_does_not_tell_the_take(client, audio_root, moto, place_at, settings):
    """A bucket's address ends in the file's name, so the bytes pass through here."""
    batch = make_batch(audio_root, lines=1, takes=1)
    take = take_of(batch, 1, 1)
    data = (audio_root / take.key).read_bytes()
    person = UserFactory(is_superuser=True)
    client.force_login(person)
    place_at("takes", moto.url("takes"))
    settings.AUDIO_SIGNED_URLS = True
    get_place("takes").put(take.key, data, asset_class=AssetClass.TAKE)
    assert client.get(f"/audio/{take.key}").status_code == 302
    address = [batch.batch_id, take.line_id, handle_of(take, person)]
    answer = client.get(reverse("admin:takes_board_audio", args=address))
    assert answer.status_code == 200
    assert b"".join(answer) == data
    answer.close()
