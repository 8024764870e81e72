"""The reviewer's page over HTTP: opening, answering, submitting, and everything that is refused."""

import io
import json
import logging
import re

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.audit.models import Event
from apps.review.drafts.services import hiding
from apps.review.links import guessing, pages
from apps.review.links.services import comments, links
from apps.review.links.services.links import revoke_link
from apps.review.links.services.reviewers import introduce
from apps.review.links.services.verdicts import decide
from apps.review.links.views import answers
from apps.review.models import (
    Approval,
    Comment,
    Draft,
    Listening,
    LiveClip,
    Reviewer,
    ReviewLink,
    Verdict,
)
from apps.storage.places import get_place
from tests.factories import LineFactory
from tests.review.clips import audio_of, change_text, draw, invite, make_draft, make_live, tone
from tests.review.sweeping import deploy_due
from voicecms.logs import logging_config

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def counted_from_zero(redis_clean):
    cache.clear()


@pytest.fixture
def draft(line):
    return make_draft(line, seconds=4.0)


@pytest.fixture
def invited(draft, ada):
    reviewer, token = invite([draft], by=ada)
    introduce(reviewer, "Maria Lopez")
    reviewer.refresh_from_db()
    return reviewer, f"/review/{token}/"


def rows():
    tables = (Reviewer, Verdict, Comment, Listening, Approval, Event, Session)
    return [list(table.objects.order_by("pk").values()) for table in tables]


def report(home, draft, *ranges):
    body = json.dumps({"draft": draft.pk, "ranges": list(ranges)})
    return Client().post(f"{home}heard/", body, content_type="application/json")


def test_opening_a_link_changes_nothing(draft, ada):
    reviewer, token = invite([draft], by=ada)
    before = rows()
    for path in ("", "summary/", f"audio/{draft.pk}/", f"peaks/{draft.pk}/"):
        answer = Client().get(f"/review/{token}/{path}")
        assert answer.status_code == 200
        answer.close()
    for name in answers.POSTS:
        assert Client().get(f"/review/{token}/{name}/").status_code == 405
    assert rows() == before
    assert reviewer.first_opened_at is None


def test_the_first_question_is_who_one_is(draft, ada):
    reviewer, token = invite([draft], by=ada)
    home = f"/review/{token}/"
    assert "Who are you?" in Client().get(home).content.decode()
    answer = Client().post(f"{home}name/", {"name": "Maria <b>Lopez</b>"})
    assert answer.headers["Location"] == home
    page = Client().get(home).content.decode()
    assert "Maria &lt;b&gt;Lopez&lt;/b&gt;" in page and "Willkommen im Turm." in page
    reviewer.refresh_from_db()
    assert reviewer.first_opened_at


def test_a_review_without_javascript(invited, draft):
    reviewer, home = invited
    page = Client().get(home).content.decode()
    assert f'<audio controls preload="none" src="{home}audio/{draft.pk}/"' in page
    refused = Client().post(f"{home}decide/", {"draft": draft.pk, "decision": "approve"})
    assert refused.status_code == 409
    assert "Listen to the end first" in refused.content.decode()
    answered = {"draft": draft.pk, "decision": "approve", "confirmed": "yes"}
    answer = Client().post(f"{home}decide/", answered)
    assert answer.headers["Location"] == f"{home}?line={draft.line_id}#line-{draft.line_id}"
    Client().post(f"{home}comment/", {"draft": draft.pk, "text": "Lovely.", "at": "1.5"})
    assert Comment.objects.get().at == 1.5
    assert "1 of 1" in re.sub("<[^>]*>", "", Client().get(home).content.decode())
    assert not Approval.objects.exists()
    assert "Thank you" in Client().post(f"{home}submit/").content.decode()
    approval = Approval.objects.get()
    assert (approval.reviewer, approval.by_name) == (reviewer, "Maria Lopez (Please listen)")
    deploy_due()
    deployed = get_place("drafts").read("Levels/deploy/de/general-intro1.mp3")
    assert audio_of(deployed) == draft.frames_sha256


def test_listening_is_proved_by_what_the_page_reports(invited, draft):
    _, home = invited
    assert report(home, draft, [0, 3.2]).json() == {
        "seconds": 3.2,
        "may_approve": False,
        "may_reject": True,
    }
    asked = {"draft": draft.pk, "decision": "approve"}
    json_wanted = {"headers": {"Accept": "application/json"}}
    answer = Client().post(f"{home}decide/", asked, **json_wanted)
    assert (answer.status_code, set(answer.json())) == (409, {"error"})
    assert report(home, draft, [3, 4.1]).json()["may_approve"]
    told = Client().post(f"{home}decide/", asked, **json_wanted).json()
    assert (told["drafts"], told["decided"], told["lines"]) == ([draft.pk], 1, 1)
    assert told["before"] == [], "there was no answer before"
    assert re.search(r'aria-pressed="true">\s*Use this one', told["parts"][str(draft.pk)])
    asked["decision"] = "unsure"
    told = Client().post(f"{home}decide/", asked, **json_wanted).json()
    assert told["before"] == [{"draft": draft.pk, "decision": "approve", "reason": ""}]


def test_what_an_act_on_one_line_costs_does_not_grow_with_the_page(invited, language, draft, ada):
    def queries(home):
        with CaptureQueriesContext(connection) as asked:
            fields = {"draft": draft.pk, "decision": "unsure"}
            answer = Client().post(f"{home}decide/", fields, headers={"Accept": "application/json"})
            assert list(answer.json()["parts"]) == [str(draft.pk)]
        return len(asked)

    few = queries(invited[1])
    drafts = [make_draft(LineFactory(language=language)) for _ in range(6)]
    reviewer, token = invite([draft, *drafts], by=ada)
    introduce(reviewer, "M")
    assert queries(f"/review/{token}/") == few


def test_all_that_was_heard_at_once(invited, draft):
    _, home = invited
    report(home, draft, [0, 4.2])
    json_wanted = {"headers": {"Accept": "application/json"}}
    told = Client().post(f"{home}choose-heard/", **json_wanted).json()
    assert (told["drafts"], told["decided"]) == ([draft.pk], 1)
    assert told["said"] == "The version that you heard is chosen for 1 line."
    again = Client().post(f"{home}choose-heard/", **json_wanted).json()
    assert (again["drafts"], again["said"]) == ([], "Nothing new was heard to its end.")
    assert Client().post(f"{home}undecide/", {"draft": [draft.pk, 99]}).status_code == 404
    told = Client().post(f"{home}undecide/", {"draft": [draft.pk]}, **json_wanted).json()
    assert told["decided"] == 0 and not Verdict.objects.exists()


@pytest.mark.parametrize(
    "body", ["", "[" * 30_000, "[]", "{}", '{"draft": 1}', '{"draft": "x", "ranges": []}']
)
def test_a_report_that_is_none_is_refused(invited, body):
    answer = Client().post(f"{invited[1]}heard/", body, content_type="application/json")
    assert answer.status_code in (400, 404)


NEED_NOTHING = {"submit", "choose-heard", "passcode"}


@pytest.mark.parametrize("name", sorted(answers.POSTS.keys() - NEED_NOTHING))
def test_a_form_without_its_fields_is_refused(invited, name):
    assert Client().post(f"{invited[1]}{name}/").status_code in (400, 404)


def test_a_report_that_is_too_long_is_refused(invited, draft):
    body = json.dumps({"draft": draft.pk, "ranges": [[0, 1]]}) + " " * 64 * 1024
    answer = Client().post(f"{invited[1]}heard/", body, content_type="application/json")
    assert answer.status_code == 400 and not Listening.objects.exists()


def test_the_comment_that_is_named_is_taken_back(invited, draft):
    reviewer, home = invited
    said = [comments.comment(reviewer, draft, words) for words in ("Hm.", "Oh.", "Ah.")]
    Client().post(f"{home}comment-delete/", {"comment": said[1].pk})
    assert list(Comment.objects.filter(deleted_at=None)) == [said[0], said[2]]


def test_what_others_answered_is_not_told(invited, draft, ada):
    reviewer, home = invited
    decide(links.add_reviewer(reviewer.link, "Jo", by=ada)[0], draft, "unsure")
    fields = {"draft": draft.pk, "decision": "unsure"}
    told = Client().post(f"{home}decide/", fields, headers={"Accept": "application/json"}).json()
    assert told["before"] == []


def test_what_is_live_is_that_of_the_line(invited, draft, language, ada):
    reviewer, home = invited
    drafts = [draft, make_draft(LineFactory(language=language))]
    reviewer.link.linked.create(draft=drafts[1])
    for number, one in enumerate(drafts, start=1):
        frames = str(number) * 64
        LiveClip.objects.filter(pk=make_live(one.line).pk).update(frames_sha256=frames)
        draw(frames, bytes([number, number]))
        played = Client().get(f"{home}live/{one.line_id}/")
        assert played.status_code == 200 and played.getvalue() == tone(1.0, 250)
        peaks = Client().get(f"{home}live/{one.line_id}/peaks/").json()
        assert peaks["data"] == [number, number]
    elsewhere = make_live(LineFactory(language=language))
    for path in ("", "peaks/"):
        assert Client().get(f"{home}live/{elsewhere.line_id}/{path}").status_code == 404


def test_what_was_purged_is_not_offered_to_be_brought_back(invited, draft, ada):
    reviewer, home = invited
    comments.hide_for_partner(reviewer, draft)
    hiding.purge_drafts([draft], by=ada)
    assert "Bring back" not in Client().get(home).content.decode()


def test_deleting_a_version_and_bringing_it_back(invited, draft):
    _, home = invited
    answer = Client().post(f"{home}hide/", {"draft": draft.pk})
    assert not Draft.objects.shown().exists()
    page = Client().get(answer.headers["Location"].split("#")[0]).content.decode()
    assert "Versions that you deleted" in page and "Bring back" in page
    Client().post(f"{home}unhide/", {"draft": draft.pk})
    assert Draft.objects.shown().exists()
    assert "Versions that you deleted" not in Client().get(home).content.decode()


# --- What is refused ----------------------------------------------------------------------------


def test_closed_links_say_whom_to_ask(invited, draft, ada):
    reviewer, home = invited
    assert Client().get("/review/" + "x" * 43 + "/").status_code == 404
    ReviewLink.objects.update(expires_at=timezone.now())
    for path in ("", f"audio/{draft.pk}/", f"peaks/{draft.pk}/", "summary/"):
        answer = Client().get(home + path)
        assert answer.status_code == 410
        assert "expired" in answer.content.decode() and "ada" in answer.content.decode()
    assert Client().post(f"{home}submit/").status_code == 410
    revoke_link(reviewer.link, by=ada)
    assert "was closed" in Client().get(home).content.decode()


def test_scripts_are_told_in_words_that_a_link_is_closed(invited, draft, ada):
    revoke_link(invited[0].link, by=ada)
    fields = {"draft": draft.pk, "decision": "unsure"}
    told = Client().post(f"{invited[1]}decide/", fields, headers={"Accept": "application/json"})
    assert (told.status_code, told.json()) == (410, {"error": "This link is closed. Ask ada."})


def test_nobody_answers_without_a_name(draft, ada):
    _, token = invite([draft], by=ada)
    fields = {"draft": draft.pk, "decision": "unsure"}
    answer = Client().post(f"/review/{token}/decide/", fields)
    assert answer.status_code == 403 and b"Say who you are first" in answer.content
    assert not Verdict.objects.exists()


def test_many_lines_come_in_pages(invited, language, draft, ada, monkeypatch):
    monkeypatch.setattr(pages, "PER_PAGE", 2)
    drafts = [draft, *(make_draft(LineFactory(language=language)) for _ in range(4))]
    reviewer, token = invite(drafts, by=ada)
    introduce(reviewer, "M")
    home = f"/review/{token}/"

    def lines(query=""):
        page = Client().get(home + query).content.decode()
        return [int(pk) for pk in re.findall(r'id="line-(\d+)"', page)]

    everything = [draft.line_id for draft in drafts]
    assert [lines(f"?page={number}") for number in (1, 2, 3)] == [
        everything[:2], everything[2:4], everything[4:],
    ]  # fmt: skip
    assert lines("?page=99") == everything[4:] and lines("?page=x") == everything[:2]
    assert lines(f"?line={everything[3]}") == everything[2:4]
    for one in drafts[:2]:
        decide(reviewer, one, "unsure")
    assert lines() == everything[2:4], "one goes on where one was"
    assert "<strong>2</strong> of 5" in Client().get(home).content.decode()


def test_an_old_recording_of_a_new_text_says_so(invited, line):
    change_text(line, "Willkommen im Schloss.")
    page = Client().get(invited[1]).content.decode()
    assert "The text was changed after this version was made" in page
    assert re.search(r'data-act="approve"\s+disabled', page)


def test_another_links_ids_do_not_exist(invited, language):
    _, home = invited
    other = make_draft(LineFactory(language=language))
    theirs, _ = invite([other])
    introduce(theirs, "Jo")
    comment = Comment.objects.create(reviewer=theirs, draft=other, text="?")
    for path in (f"audio/{other.pk}/", f"peaks/{other.pk}/", f"live/{other.line_id}/"):
        assert Client().get(home + path).status_code == 404
    assert Client().get(f"{home}live/{other.line_id}/peaks/").status_code == 404
    for name in ("decide", "undecide", "comment", "hide", "unhide"):
        fields = {"draft": other.pk, "decision": "unsure", "text": "x"}
        assert Client().post(f"{home}{name}/", fields).status_code == 404
    assert report(home, other, [0, 1]).status_code == 404
    gone = Client().post(f"{home}comment-delete/", {"comment": comment.pk})
    assert gone.status_code == 404
    assert Comment.objects.get(pk=comment.pk).deleted_at is None
    for odd in ("", "x", "-1", "9" * 30, "１"):
        for name in ("decide", "unhide"):
            assert Client().post(f"{home}{name}/", {"draft": odd}).status_code == 404


def test_a_passcode_guards_everything(draft, ada):
    reviewer, token = invite([draft], by=ada, passcode="blue lamp")
    home = f"/review/{token}/"
    browser = Client()
    assert "A passcode is needed" in browser.get(home).content.decode()
    for path in (f"audio/{draft.pk}/", f"peaks/{draft.pk}/", "summary/"):
        answer = browser.get(home + path)
        assert answer.status_code == 403 and b"passcode" in answer.content
    told = browser.post(f"{home}undecide/", headers={"Accept": "application/json"})
    assert told.json() == {"error": "A passcode is needed"}
    assert browser.post(f"{home}name/", {"name": "M"}).status_code == 403
    assert browser.post(f"{home}passcode/", {"passcode": "red"}).status_code == 403
    assert browser.post(f"{home}passcode/", {"passcode": "blue lamp"}).status_code == 302
    assert "Who are you?" in browser.get(home).content.decode()
    other = Client()
    other.cookies[f"review-{reviewer.pk}"] = "forged:signature"
    assert "A passcode is needed" in other.get(home).content.decode()


def test_guessing_is_slowed_down(invited):
    for number in range(20):
        assert Client().get(f"/review/{number:043}/").status_code == 404
    answer = Client().get(f"/review/{'z' * 43}/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "600")
    assert Client().get(invited[1]).status_code == 200, "who has a token is not held up"
    elsewhere = Client(REMOTE_ADDR="192.0.2.9")
    assert elsewhere.get(f"/review/{'z' * 43}/").status_code == 404


def test_guessing_is_slowed_down_altogether(invited, monkeypatch):
    monkeypatch.setattr(guessing, "MOST_OF_ALL", 3)
    for number in range(3):
        address = Client(REMOTE_ADDR=f"192.0.2.{number}")
        assert address.get(f"/review/{number:043}/").status_code == 404
    assert Client(REMOTE_ADDR="192.0.2.99").get(f"/review/{'z' * 43}/").status_code == 429


def test_a_passcode_is_not_guessed_from_many_addresses(draft, ada):
    _, token = invite([draft], by=ada, passcode="blue lamp")
    home = f"/review/{token}/"
    for number in range(10):
        address = Client(REMOTE_ADDR=f"192.0.2.{number}")
        assert address.post(f"{home}passcode/", {"passcode": str(number)}).status_code == 403
    right = Client(REMOTE_ADDR="192.0.2.99").post(f"{home}passcode/", {"passcode": "blue lamp"})
    assert right.status_code == 429
    other = invite([draft], by=ada, passcode="blue lamp")[1]
    entered = Client().post(f"/review/{other}/passcode/", {"passcode": "blue lamp"})
    assert entered.status_code == 302


@pytest.mark.parametrize(
    ("proxies", "forwarded", "counted"),
    [
        (0, "203.0.113.7", "127.0.0.1"),
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "forged, 203.0.113.7", "203.0.113.7"),
        (2, "forged, 203.0.113.7, 10.0.0.1", "203.0.113.7"),
        (2, "203.0.113.7", "127.0.0.1"),
        (1, "", "127.0.0.1"),
    ],
)
def test_behind_proxies_the_visitor_counts(invited, settings, proxies, forwarded, counted):
    settings.PROXIES = proxies
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    Client().get(f"/review/{'z' * 43}/", headers=headers)
    assert cache.get(f"review.wrong.token.from.{counted}") == 1


@pytest.mark.parametrize(("rights", "status"), [("look", 403), ("comment", 302)])
def test_rights_are_those_of_the_link(draft, ada, rights, status):
    reviewer, token = invite([draft], by=ada, rights=rights)
    introduce(reviewer, "M")
    home = f"/review/{token}/"
    page = Client().get(home).content.decode()
    assert "Use this one" not in page
    fields = {"draft": draft.pk, "text": "Hm.", "decision": "unsure"}
    assert Client().post(f"{home}comment/", fields).status_code == status
    assert Client().post(f"{home}decide/", fields).status_code == 403
    assert Client().post(f"{home}submit/").status_code == 403


def test_a_forged_post_is_refused(invited, draft):
    browser = Client(enforce_csrf_checks=True)
    fields = {"draft": draft.pk, "decision": "unsure"}
    assert browser.post(f"{invited[1]}decide/", fields).status_code == 403
    assert not Verdict.objects.exists()
    german = {"Accept-Language": "de"}
    told = browser.post(f"{invited[1]}decide/", fields, headers=german).content.decode()
    assert "Diese Seite ist veraltet" in told
    elsewhere = browser.post("/admin/login/", headers=german)
    assert elsewhere.status_code == 403 and "veraltet" not in elsewhere.content.decode()


def test_texts_are_harmless(language, ada):
    hostile = '<script>alert(1)</script>\u202etxet"onload=x'
    line = LineFactory(language=language, key="hostile", text=hostile)
    draft = make_draft(line)
    reviewer, token = invite([draft], by=ada)
    introduce(reviewer, "M")
    Comment.objects.create(reviewer=reviewer, draft=draft, text=hostile)
    page = Client().get(f"/review/{token}/").content.decode()
    assert "<script>alert" not in page
    assert "<bdi>&lt;script&gt;" in page


def test_nothing_of_the_address_is_told(invited, draft):
    """Not to other sites, not to caches, not to the log."""
    _, home = invited
    config = logging_config(level="DEBUG", file="")
    written = io.StringIO()
    formatter = config["formatters"]["console"]
    handler = logging.StreamHandler(written)
    handler.setFormatter(formatter["()"](**{k: v for k, v in formatter.items() if k != "()"}))
    root = logging.getLogger()
    root.addHandler(handler)
    level, root.level = root.level, logging.DEBUG
    try:
        for path in ("", "summary/", f"audio/{draft.pk}/", "audio/999/", "nowhere/"):
            answer = Client().get(home + path)
            if path != "nowhere/":
                assert answer.headers["Referrer-Policy"] == "strict-origin"
                assert "private" in answer.headers["Cache-Control"]
                assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
            policy = answer.headers.get("Content-Security-Policy", "")
            assert "unsafe-inline" not in policy
            answer.close()
        Client().post(f"{home}decide/", {"draft": draft.pk, "decision": "approve"})
    finally:
        root.removeHandler(handler)
        root.level = level
    token = home.split("/")[2]
    assert token not in written.getvalue()
    assert "/review/" in written.getvalue(), "the test has heard the log"


@pytest.mark.parametrize(
    ("accepted", "code"), [("de-AT,de;q=0.9", "de"), ("pt-BR", "pt"), ("ja", "en"), ("", "en")]
)
def test_the_page_speaks_the_readers_language(invited, accepted, code):
    page = Client().get(invited[1], headers={"Accept-Language": accepted}).content.decode()
    assert f'lang="{code}"' in page.split(">")[1]
    Client().post(f"{invited[1]}language/", {"language": "it"})
    again = Client().get(invited[1], headers={"Accept-Language": accepted}).content.decode()
    assert 'lang="it"' in again.split(">")[1]
    assert Client().post(f"{invited[1]}language/", {"language": "xx"}).status_code == 400


def test_a_page_asks_as_much_for_one_line_as_for_many(invited, language, draft, ada):
    def queries(home):
        with CaptureQueriesContext(connection) as asked:
            assert Client().get(home).status_code == 200
        return len(asked)

    few = queries(invited[1])
    drafts = [make_draft(LineFactory(language=language)) for _ in range(6)]
    reviewer, token = invite([draft, *drafts], by=ada)
    introduce(reviewer, "M")
    assert queries(f"/review/{token}/") == few
