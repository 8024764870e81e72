"""The ranking board's addresses: what they say, what they do, whom they refuse."""

import pytest
from django.utils import timezone

from apps.takes.models import Batch, RankingAct, Take
from apps.takes.ranking.services import rank_take, undo_ranking
from tests.factories import FindingFactory
from tests.takes.boards import assert_tree_shows, make_batch, ranks, take_of
from tests.takes.curators import Curator

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(audio_root):
    return make_batch(audio_root, lines=6, takes=3)


@pytest.fixture
def ada(batch):
    return Curator(batch, "ada")


@pytest.fixture
def grace(batch):
    return Curator(batch, "grace")


def fail(take, **facts):
    Take.objects.filter(pk=take.pk).update(status="failed", error="No such voice.", **facts)


def find_fault(take, severity="fail"):
    return FindingFactory(take=take, severity=severity, check_id="clipping", value=1.0, limit=0.9)


# --- Reading ------------------------------------------------------------------------------------


def test_the_lines_and_how_far_they_are(batch, ada):
    rank_take(take_of(batch, 1, 2), 1, by=ada.person)
    rank_take(take_of(batch, 2, 1), 3, by=ada.person)
    fail(take_of(batch, 2, 3))
    for number in (1, 2, 3):
        fail(take_of(batch, 3, number))
    find_fault(take_of(batch, 4, 1))
    find_fault(take_of(batch, 5, 1), "warn")
    find_fault(take_of(batch, 3, 1))
    Take.objects.filter(pk=take_of(batch, 6, 1).pk).update(status="pending")
    answer = ada.lines()
    states = [line["state"] for line in answer["lines"]]
    assert states == ["won", "partly", "none", "unranked", "unranked", "unranked"]
    first = take_of(batch, 1, 1).line
    assert answer["lines"][0] == {
        "id": first.pk,
        "index": 0,
        "key": first.key,
        "text": first.text,
        "lang": "en",
        "dir": "ltr",
        "state": "won",
        "takes": 3,
        "ranked": 1,
        "failed": 0,
        "findings": 0,
        "unfinished": 0,
    }
    assert [line["failed"] for line in answer["lines"]] == [0, 1, 3, 0, 0, 0]
    assert [line["findings"] for line in answer["lines"]] == [0, 0, 0, 1, 0, 0]
    assert answer["lines"][5]["unfinished"] == 1
    board = answer["board"]
    assert (board["lines"], board["won"], board["partly"], board["unranked"]) == (6, 1, 1, 3)
    assert (board["failed"], board["findings"], board["unfinished"]) == (2, 1, 1)
    assert board["version"] == RankingAct.objects.latest("pk").pk
    label = f"Undo: {take_of(batch, 2, 1).line.key} take 1 ranked 3"
    assert board["undo"] == {"act": RankingAct.objects.latest("pk").pk, "said": label}
    assert board["may"] == {"rank": True, "unlock": True, "generate": True}
    assert board["locked"] is None


def test_filters_and_search_narrow_the_list(batch, ada):
    rank_take(take_of(batch, 1, 2), 1, by=None)
    rank_take(take_of(batch, 2, 1), 3, by=None)
    fail(take_of(batch, 3, 3))
    find_fault(take_of(batch, 4, 1))
    keys = [line["key"] for line in ada.lines()["lines"]]
    shown = {
        name: [keys.index(line["key"]) for line in ada.lines(filter=name)["lines"]]
        for name in ("won", "partly", "unranked", "failed", "findings")
    }
    expected = {"won": [0], "partly": [1], "unranked": [2, 3, 4, 5], "failed": [2], "findings": [3]}
    assert shown == expected
    line = take_of(batch, 5, 1).line
    line.text = "A text with 100 % of \\ and _ and Umlaut."
    line.save()
    for words in (line.key, line.key.upper(), "100 %", "\\", "f \\ AND _ a", "\0Umlaut "):
        found = ada.lines(q=words)
        assert (found["total"], found["lines"][0]["id"]) == (1, line.pk), words
        assert found["board"]["lines"] == 6
    assert ada.lines(q=line.key, filter="won")["lines"] == []
    assert ada.lines(q="nowhere")["total"] == 0
    assert ada.get("lines", filter="best").status_code == 400


def test_windows_hold_the_line_they_are_asked_for(batch, ada):
    pks = [line["id"] for line in ada.lines()["lines"]]
    window = ada.lines(offset=4, limit=4)
    assert [line["id"] for line in window["lines"]] == pks[4:]
    assert [line["index"] for line in window["lines"]] == [4, 5]
    assert (window["total"], window["offset"]) == (6, 4)
    around = ada.lines(around=pks[3], limit=2)
    assert (around["offset"], [line["id"] for line in around["lines"]]) == (2, pks[2:4])
    assert ada.get("lines", around=pks[3], filter="won").status_code == 404
    assert ada.get("lines", around=10**17).status_code == 404
    assert ada.lines(offset=1000)["lines"] == []
    assert len(ada.lines(limit=0)["lines"]) == 1
    for wrong in ({"offset": "-1"}, {"limit": "many"}, {"around": "²"}, {"offset": "9" * 19}):
        assert ada.get("lines", **wrong).status_code == 400, wrong


def test_a_person_goes_on_where_they_were(batch, ada, grace):
    pks = [line["id"] for line in ada.lines()["lines"]]
    assert ada.lines(resume=1)["resume"] == pks[0]
    rank_take(take_of(batch, 3, 1), 1, by=ada.person)
    rank_take(take_of(batch, 1, 1), 1, by=grace.person)
    resumed = ada.lines(resume=1, limit=2)
    assert (resumed["resume"], resumed["offset"]) == (pks[3], 2)
    assert grace.lines(resume=1)["resume"] == pks[1]
    rank_take(take_of(batch, 4, 1), 1, by=ada.person)
    assert ada.lines(resume=1)["resume"] == pks[4]
    undo_ranking(batch, by=ada.person)
    assert ada.lines(resume=1)["resume"] == pks[3]
    for line in (4, 5, 6):
        rank_take(take_of(batch, line, 1), 1, by=ada.person)
    assert ada.lines(resume=1)["resume"] == pks[1]
    rank_take(take_of(batch, 2, 1), 1, by=ada.person)
    assert ada.lines(resume=1)["resume"] == pks[0]
    assert ada.lines(resume=1, filter="failed")["resume"] is None


def test_one_line_with_everything_that_is_known(batch, ada):
    first, second, third = (take_of(batch, 2, number) for number in (1, 2, 3))
    rank_take(second, 1, by=ada.person)
    find_fault(first, "warn")
    find_fault(second, "info")
    fail(third)
    facts = {"seed": 7, "model": "loud", "true_peak": -1.5, "settings": {"stability": 0.5}}
    Take.objects.filter(pk=second.pk).update(derived_from=first, origin="derived", **facts)
    line = first.line
    said = ada.line(first)
    takes = said.pop("takes")
    stamp = said.pop("stamp")
    drawn = " ".join(said.pop("html").split())
    assert drawn.count('<li class="take"') == 3
    for shown in (">1st<", "cut from take 1", "<dt>stability</dt><dd>0.5</dd>", "-1.5 dBTP"):
        assert shown in drawn, shown
    assert "ranked by" not in drawn, "by the person who looks"
    assert said == {
        "id": line.pk,
        "key": line.key,
        "text": line.text,
        "lang": "en",
        "dir": "ltr",
        "character": "",
        "version": RankingAct.objects.latest("pk").pk,
        "state": "won",
        "blind": False,
        "previous": take_of(batch, 1, 1).line_id,
        "next": take_of(batch, 3, 1).line_id,
    }
    assert [take["label"] for take in takes] == ["1", "2", "3"]
    assert takes[1] == {
        "handle": takes[1]["handle"],
        "label": "2",
        "status": "complete",
        "rank": 1,
        "duration": 2.0,
        "loudness": -20.0,
        "audio": ada.url("audio", line.pk, takes[1]["handle"]),
        "peaks": ada.url("peaks", line.pk, takes[1]["handle"]),
        "error": "",
        "number": 2,
        "file": second.file_name,
        "origin": "derived",
        "derived_from": "1",
        "true_peak": -1.5,
        "settings": {"stability": 0.5, "seed": 7, "model": "loud"},
        "findings": [],
        "ranked_by": "ada",
    }
    assert takes[0]["findings"] == [{"severity": "warn", "text": "It is clipped."}]
    assert (takes[2]["status"], takes[2]["error"]) == ("failed", "No such voice.")
    assert ada.line(first)["stamp"] == stamp
    Take.objects.filter(pk=second.pk).update(expires_at="2030-01-01T00:00Z")
    assert [take["number"] for take in ada.line(first)["takes"]] == [1, 3]
    Take.with_previews.filter(pk=second.pk).update(expires_at=None)
    assert ada.line(first)["stamp"] == stamp
    Take.objects.filter(pk=third.pk).update(status="pending", error="")
    assert ada.line(first)["stamp"] != stamp


def test_the_ends_of_the_script_have_one_neighbour(batch, ada):
    lines = [take_of(batch, number, 1).line for number in range(1, 7)]
    Take.objects.filter(line=lines[1]).update(expires_at="2030-01-01T00:00Z")
    assert ada.get("line", lines[1].pk).status_code == 404
    assert ada.get("line", lines[0].pk).json()["previous"] is None
    assert ada.get("line", lines[2].pk).json()["previous"] == lines[0].pk
    type(lines[0]).objects.update(position=0)
    followed, pk = [], lines[0].pk
    while pk:
        followed.append(pk)
        pk = ada.get("line", pk).json()["next"]
    assert followed == [lines[0].pk, *(line.pk for line in lines[2:])]


@pytest.mark.parametrize(
    ("tag", "direction"),
    [("ar", "rtl"), ("he-IL", "rtl"), ("es-CO", "ltr"), ("pa-Arab", "rtl"), ("ar-Latn", "ltr")],
)
def test_text_runs_in_the_direction_of_its_language(audio_root, tag, direction):
    batch = make_batch(audio_root, lines=1, takes=1, tag=tag)
    [line] = Curator(batch, "ada").lines()["lines"]
    assert (line["lang"], line["dir"]) == (tag, direction)


def test_nobody_guesses_where_an_unknown_language_runs(audio_root):
    batch = make_batch(audio_root, lines=1, takes=1, tag="qaa")
    assert Curator(batch, "ada").lines()["lines"][0]["dir"] == "auto"


# --- Acts ---------------------------------------------------------------------------------------


def test_a_rank_is_given_cascades_and_is_told(batch, ada, audio_root):
    one, two = take_of(batch, 1, 1), take_of(batch, 1, 2)
    ada.rank(one, 5)
    answer = ada.rank(two, 5)
    assert answer.status_code == 200
    done = answer.json()
    assert done["said"] == f"{one.line.key}: take 2 is 5th; take 1 lost its rank."
    assert {take["label"]: take["rank"] for take in done["line"]["takes"]} == {
        "1": None,
        "2": 5,
        "3": None,
    }
    assert done["line"] == ada.line(one)
    whole = ada.changes()["board"]
    assert set(done["board"]) == {"version", "locked", "locked_html", "may", "undo"}
    assert done["board"] == {name: whole[name] for name in done["board"]}
    assert done["board"]["version"] == done["line"]["version"]
    assert ada.rank(two, 5).json()["said"] == f"{one.line.key}: take 2 is 5th already."
    assert ada.rank(two, None).json()["said"] == f"{one.line.key}: take 2 has no rank."
    assert_tree_shows(batch, audio_root)
    again = ada.rank(one, 1), ada.rank(two, 1)
    assert again[1].json()["said"] == f"{one.line.key}: take 2 is 1st; take 1 moved to 2nd."
    assert ranks(batch) == {one.file_name: 2, two.file_name: 1}


def test_undo_restores_and_says_what_it_would_undo_next(batch, ada, grace):
    one, two = take_of(batch, 1, 1), take_of(batch, 2, 2)
    ada.rank(one, 1)
    ada.rank(two, 1)
    grace.rank(take_of(batch, 3, 1), 1)
    undone = ada.post("undo").json()
    assert undone["line"]["id"] == two.line_id
    assert undone["line"]["state"] == "unranked"
    assert undone["said"] == f"{two.line.key}: ranked as before your change."
    assert undone["board"]["undo"]["said"] == f"Undo: {one.line.key} take 1 ranked 1"
    assert ada.post("undo").json()["board"]["undo"] is None
    nothing = ada.post("undo")
    assert (nothing.status_code, set(nothing.json())) == (409, {"error", "board"})
    assert ranks(batch) == {take_of(batch, 3, 1).file_name: 1}


def test_a_stale_act_is_refused_with_what_is_true_now(batch, ada, grace):
    one, two = take_of(batch, 1, 1), take_of(batch, 1, 2)
    known = ada.lines()["board"]["version"]
    grace.rank(one, 1)
    refused = ada.rank(two, 1, version=known)
    assert refused.status_code == 409
    told = refused.json()
    assert "Somebody changed this line" in told["error"]
    assert told["line"] == ada.line(one)
    assert told["board"]["version"] == told["line"]["version"] > known
    ada.rank(two, 1)
    promised = ada.lines()["board"]["undo"]["act"]
    grace.rank(one, 1)
    refused = ada.post("undo", {"act": promised})
    assert (refused.status_code, refused.json()["line"]["id"]) == (409, one.line_id)
    assert "grace ranked this line after that" in refused.json()["error"]
    assert ranks(batch) == {one.file_name: 1, two.file_name: 2}


def test_nobody_gets_stuck_behind_what_somebody_has_ranked_over(batch, ada, grace):
    one, two = take_of(batch, 1, 1), take_of(batch, 2, 1)
    first = ada.rank(two, 1).json()["act"]
    over = ada.rank(one, 1).json()["act"]
    grace.rank(take_of(batch, 1, 2), 1)
    refused = ada.post("undo", {"act": over})
    assert refused.status_code == 409
    offered = refused.json()["board"]["undo"]
    assert offered == {"act": first, "said": f"Undo: {two.line.key} take 1 ranked 1"}
    assert ada.post("undo", {"act": offered["act"]}).status_code == 200
    assert ada.changes()["board"]["undo"] is None
    assert grace.post("undo").status_code == 200
    assert ada.changes()["board"]["undo"]["act"] == over
    assert ada.post("undo").json()["line"]["id"] == one.line_id
    assert ranks(batch) == {}


def test_an_act_is_undone_once_and_by_whoever_did_it(batch, ada, grace):
    act = ada.rank(take_of(batch, 1, 1), 1).json()["act"]
    assert grace.post("undo", {"act": act}).status_code == 409
    assert ada.post("undo", {"act": act}).json()["said"].endswith("as before your change.")
    again = ada.post("undo", {"act": act})
    assert (again.status_code, "undone already" in again.json()["error"]) == (409, True)
    assert ada.post("undo", {"act": "x"}).status_code == 400
    assert ada.rank(take_of(batch, 1, 1), None).json()["act"] is None


def test_the_lock_is_told_to_all_and_holds_everything(batch, ada, grace, redis_clean):
    take = take_of(batch, 1, 1)
    grace.rank(take, 1)
    locked = ada.post("lock", {"reason": " The client has heard them. "}).json()
    assert locked["said"] == "The batch is locked."
    batch.refresh_from_db()
    lock = {"by": "ada", "at": batch.locked_at.isoformat()}
    assert locked["board"]["locked"] == {**lock, "reason": "The client has heard them."}
    assert ada.post("lock").json()["said"] == "The batch was locked already."
    assert grace.changes()["board"] == locked["board"] | {"undo": None}
    assert grace.changes()["acts"][0] == {
        "by": "ada",
        "line": None,
        "said": "The batch was locked.",
    }
    trim = {"line": take.line_id, "take": grace.of(take), "start": 0.2, "end": 1.0}
    for answer in (
        grace.rank(take, 2),
        grace.post("undo"),
        grace.post("more", {"line": take.line_id, "takes": 1}),
        grace.post("trim", trim),
    ):
        assert answer.status_code == 423
        told = answer.json()
        assert (told["line"]["id"], told["board"]["locked"]["by"]) == (take.line_id, "ada")
    opened = ada.post("unlock", {"reason": "One was wrong."}).json()
    assert (opened["said"], opened["board"]["locked"]) == ("The batch is open again.", None)
    assert grace.post("undo").status_code == 200


def test_a_batch_that_came_locked_says_so(batch, ada):
    Batch.objects.update(locked_at="2026-01-02T03:04:05Z")
    locked = {"by": "", "at": "2026-01-02T03:04:05+00:00", "reason": ""}
    assert ada.changes()["board"]["locked"] == locked
    ada.post("unlock")
    assert ada.changes()["board"]["locked"] is None


def test_what_is_still_being_made_is_not_locked(batch, ada):
    Take.objects.filter(pk=take_of(batch, 1, 1).pk).update(status="pending")
    refused = ada.post("lock")
    assert (refused.status_code, refused.json()["board"]["unfinished"]) == (409, 1)


def test_more_takes_of_a_line_are_ordered(batch, ada, redis_clean):
    line = take_of(batch, 2, 1).line
    answer = ada.post("more", {"line": line.pk, "takes": 2})
    assert answer.status_code == 202
    told = answer.json()
    assert told["said"] == f"2 more takes of {line.key} are being made."
    added = [(take["label"], take["status"]) for take in told["line"]["takes"][3:]]
    assert added == [("4", "pending"), ("5", "pending")]
    assert told["board"]["unfinished"] == 2
    refused = ada.post("more", {"line": line.pk, "takes": 21})
    said = "Ask for 1 to 20 more takes."
    assert (refused.status_code, refused.json()) == (
        400,
        {"error": said, "errors": {"takes": said}},
    )


def test_a_part_of_a_take_is_ordered(batch, ada, redis_clean):
    take = take_of(batch, 2, 3)
    body = {"line": take.line_id, "take": ada.of(take), "start": 0, "end": 1.5}
    answer = ada.post("trim", body)
    assert answer.status_code == 202
    told = answer.json()
    assert told["said"] == f"{take.line.key}: a part of take 3 is being cut."
    made = told["line"]["takes"][3]
    assert (made["origin"], made["derived_from"], made["status"]) == ("derived", "3", "pending")
    assert ada.post("trim", body | {"end": 9.5}).status_code == 400


def test_without_a_queue_nothing_is_ordered(batch, ada, settings):
    settings.RQ_QUEUES = {
        name: queue | {"URL": "redis://127.0.0.1:1/0"} for name, queue in settings.RQ_QUEUES.items()
    }
    before = ada.line(take_of(batch, 1, 1))
    answer = ada.post("more", {"line": take_of(batch, 1, 1).line_id, "takes": 1})
    assert answer.status_code == 503
    assert answer.json()["line"] == before


def test_a_rank_whose_files_cannot_be_written_is_kept(batch, ada, audio_root):
    slot = audio_root / batch.path / "ranked" / "01"
    slot.rmdir()
    slot.write_text("in the way")
    answer = ada.rank(take_of(batch, 1, 1), 1)
    assert answer.status_code == 503
    assert "The change is kept" in answer.json()["error"]
    assert answer.json()["kept"] is True
    assert answer.json()["line"]["takes"][0]["rank"] == 1


def test_what_has_no_audio_is_not_ranked(batch, ada):
    fail(take_of(batch, 1, 1))
    answer = ada.rank(take_of(batch, 1, 1), 1)
    assert answer.status_code == 400
    assert answer.json()["error"] == "This take has no audio to rank."


# --- Others -------------------------------------------------------------------------------------


def test_each_sees_what_the_other_did(batch, ada, grace):
    one, two = take_of(batch, 1, 1), take_of(batch, 2, 2)
    looked_at = ada.changes(line=one.line_id)
    assert (looked_at["changed"], looked_at["acts"]) == ([], [])
    assert looked_at["line"] == ada.line(one)["stamp"]
    since = looked_at["board"]["version"]
    grace.rank(two, 1)
    grace.rank(one, 3)
    grace.post("undo")
    ada.rank(two, None)
    changes = ada.changes(since=since, line=one.line_id)
    counts = {"takes": 3, "failed": 0, "findings": 0, "unfinished": 0}
    assert changes["changed"] == [
        {"id": line, "state": "unranked", "ranked": 0, **counts}
        for line in (one.line_id, two.line_id)
    ]
    assert changes["line"] == ada.line(one)["stamp"] != looked_at["line"]
    assert [(act["by"], act["line"], act["said"]) for act in changes["acts"]] == [
        ("grace", one.line_id, f"{one.line.key}: the last change was undone."),
        ("grace", one.line_id, f"{one.line.key}: take 1 is 3rd."),
        ("grace", two.line_id, f"{two.line.key}: take 2 is 1st."),
    ]
    after = ada.changes(since=changes["board"]["version"], line=10**17)
    assert (after["changed"], after["acts"], after["line"]) == ([], [], None)
    assert [act["by"] for act in grace.changes(since=since)["acts"]] == ["ada"]


def test_every_line_that_was_changed_is_told(audio_root):
    batch = make_batch(audio_root, lines=210, takes=1)
    ada = Curator(batch, "ada")
    since = ada.lines()["board"]["version"]
    now = timezone.now()
    batch.takes.update(rank=1, ranked_at=now)
    acts = [
        RankingAct(batch=batch, line=take.line, take=take, kind="rank", rank=1, projected_at=now)
        for take in batch.takes.select_related("line")
    ]
    RankingAct.objects.bulk_create(acts)
    changed = ada.changes(since=since)["changed"]
    assert [(one["id"], one["state"]) for one in changed] == [
        (take.line_id, "won") for take in batch.takes.order_by("line__position", "line")
    ]
