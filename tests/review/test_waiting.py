"""Which drafts wait, which of them a link shows, and what is told of it: to whom, and of whom."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from apps.catalog.models import Line
from apps.review.approvals.services import approve_drafts, withdraw_approvals
from apps.review.drafts.queries import waiting_drafts
from apps.review.drafts.services.hiding import (
    hide_drafts,
    purge_drafts,
    reject_drafts,
    restore_drafts,
)
from apps.review.links.pages import outline_of, rows_of
from apps.review.links.queries import activity_of, drafts_of
from apps.review.links.services.comments import (
    comment,
    delete_comment,
    hide_for_partner,
    unhide_for_partner,
)
from apps.review.links.services.links import create_link
from apps.review.links.services.submitting import submit
from apps.review.links.services.verdicts import decide, report_heard
from apps.review.models import Draft
from tests.factories import LanguageFactory, LineFactory
from tests.review.clips import invite, make_draft, make_live

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def everything(language, ada):
    """A link for whatever waits in German."""
    return create_link(
        language.series,
        title="All",
        languages=[language],
        everything=True,
        reviewers=["Maria"],
        by=ada,
    ).link


# --- What waits ---------------------------------------------------------------------------------


def test_what_is_no_newer_than_the_approved_version_does_not_wait(line, ada):
    old, chosen, newer = (make_draft(line) for _ in range(3))
    [approval] = approve_drafts([chosen], by=ada)
    assert set(waiting_drafts(line.series)) == {newer}
    withdraw_approvals([approval], by=ada)
    assert set(waiting_drafts(line.series)) == {old, chosen, newer}


def test_an_approval_is_of_its_own_line(line, language, ada):
    other = make_draft(LineFactory(language=language))
    approve_drafts([make_draft(line)], by=ada)
    assert set(waiting_drafts(line.series)) == {other}


def test_lines_that_are_gone_and_other_series_do_not_wait(line, language):
    here, gone = make_draft(line), make_draft(LineFactory(language=language))
    make_draft(LineFactory())
    Line.objects.filter(pk=gone.line_id).update(retired_at=timezone.now())
    assert set(waiting_drafts(line.series)) == {here}


# --- What a link shows --------------------------------------------------------------------------


def test_what_was_answered_on_another_link_is_no_reason_to_show_it(line, everything, ada):
    draft = make_draft(line)
    decide(invite([draft], by=ada)[0], draft, "unsure")
    reject_drafts([draft], by=ada)
    assert not drafts_of(everything).exists()


def test_an_answer_is_found_again_but_not_what_was_deleted(line, everything, ada):
    reviewer, draft = everything.reviewers.get(), make_draft(line)
    decide(reviewer, draft, "unsure")
    reject_drafts([draft], by=ada)
    assert set(drafts_of(everything)) == {draft}
    hide_drafts([draft], by=ada)
    assert not drafts_of(everything).exists()
    restore_drafts([draft], by=ada)
    purge_drafts([draft], by=ada)
    assert not drafts_of(everything).exists()


def test_what_was_answered_in_a_language_taken_out_is_not_shown(line, everything, ada):
    draft = make_draft(line)
    decide(everything.reviewers.get(), draft, "unsure")
    everything.languages.set([LanguageFactory(series=line.series, tag="es")])
    assert not drafts_of(everything).exists()


def test_chosen_drafts_of_lines_that_are_gone_are_not_asked_about(line, ada):
    draft = make_draft(line)
    reviewer = invite([draft], by=ada)[0]
    Line.objects.update(retired_at=timezone.now())
    assert not drafts_of(reviewer.link).exists()


# --- What the page says -------------------------------------------------------------------------


def test_a_line_is_decided_when_one_version_is_chosen_or_all_have_an_answer(line, ada):
    drafts = [make_draft(line) for _ in range(2)]
    reviewer, other = invite(drafts, by=ada)[0], invite(drafts, by=ada)[0]
    assert (outline_of(reviewer).decided, outline_of(reviewer).unsubmitted) == (frozenset(), 0)
    decide(reviewer, drafts[0], "unsure")
    assert not outline_of(reviewer).decided and not rows_of(reviewer)[0].is_decided
    decide(reviewer, drafts[1], "unsure")
    assert outline_of(reviewer).decided == {line.pk} and rows_of(reviewer)[0].is_decided
    assert outline_of(reviewer).unsubmitted == 2
    submit(reviewer)
    assert outline_of(reviewer).unsubmitted == 0
    decide(reviewer, drafts[1], "approve", confirmed=True)
    assert outline_of(reviewer).unsubmitted == 1
    reviewer.verdicts.all().delete()
    decide(reviewer, drafts[1], "approve", confirmed=True)
    assert outline_of(reviewer).decided == {line.pk}, "the other one needs no answer"
    assert not outline_of(other).decided, "an answer is one's own"
    assert rows_of(other)[0].versions[0].verdict is None


def test_versions_and_lines_come_in_order_with_their_letters(line, language, ada):
    english = LanguageFactory(series=language.series, tag="en")
    other = make_draft(LineFactory(language=english, position=line.position))
    last = make_draft(LineFactory(language=language, position=line.position + 2))
    second = make_draft(line)
    first = make_draft(LineFactory(language=language, position=line.position - 1))
    third = make_draft(line)
    reviewer = invite([other, last, third, second, first], by=ada)[0]
    lines = [first.line_id, line.pk, last.line_id, other.line_id]
    assert outline_of(reviewer).lines == [row.line.pk for row in rows_of(reviewer)] == lines
    versions = rows_of(reviewer)[1].versions
    assert [(one.letter, one.draft) for one in versions] == [("A", second), ("B", third)]
    assert versions[0].changes == [], "it says what the line says"


def test_before_one_submits_one_reads_what_was_not_heard_or_decided(line, language, ada):
    heard, unheard = make_draft(line), make_draft(LineFactory(language=language, key="unheard"))
    reviewer, token = invite([heard, unheard], by=ada)
    reviewer.link.reviewers.update(name="Maria")
    report_heard(reviewer, heard, [[0, 9]])
    decide(reviewer, heard, "approve")

    def summary():
        page = Client().get(f"/review/{token}/summary/").content.decode()
        return " ".join(re.sub("<[^>]*>", " ", page.partition("<h1>")[2]).split())

    assert "1 of 2 lines are decided" in summary() and "nothing new" not in summary()
    assert "Not decided: 1 unheard Not heard to the end: 1 unheard, A" in summary()
    assert re.search(r"Your answers .*Use this one.* general-intro1, A", summary())
    submit(reviewer)
    assert "There is nothing new to submit." in summary()
    report_heard(reviewer, unheard, [[0, 9]])
    decide(reviewer, unheard, "unsure")
    assert "Not decided" not in summary() and "Not heard" not in summary()


def test_a_comment_that_was_taken_back_is_gone_from_the_page(line, ada):
    draft = make_draft(line)
    reviewer, other = invite([draft], by=ada)[0], invite([draft], by=ada)[0]
    written = comment(reviewer, draft, "The word is wrong.")
    assert rows_of(reviewer)[0].versions[0].comments == [written]
    assert rows_of(other)[0].versions[0].comments == []
    delete_comment(written, reviewer)
    assert rows_of(reviewer)[0].versions[0].comments == []


def test_what_is_live_is_compared_with_the_text(line, ada):
    reviewer = invite([make_draft(line)], by=ada)[0]
    assert (rows_of(reviewer)[0].live, rows_of(reviewer)[0].changes) == (None, [])
    live = make_live(line)
    assert (rows_of(reviewer)[0].live, rows_of(reviewer)[0].changes) == (live, [])
    type(live).objects.update(text="Willkommen im Haus.")
    assert ("old", "Haus") in rows_of(reviewer)[0].changes


# --- What staff read of a link ------------------------------------------------------------------


def test_the_activity_of_a_link_is_its_own_newest_first(line, language, ada):
    drafts = [make_draft(line), make_draft(LineFactory(language=language))]
    reviewer, other = invite(drafts, by=ada)[0], invite(drafts, by=ada)[0]
    decide(reviewer, drafts[0], "unsure")
    comment(reviewer, drafts[0], "Hm.", at=0.5)
    hide_for_partner(reviewer, drafts[1])
    told = [(one.verb, one.who) for one in activity_of(reviewer.link, 9)]
    assert told == [
        ("draft.hidden", "Maria"),
        ("draft.commented", "Maria"),
        ("draft.unsure", "Maria"),
        ("link.created", "ada"),
    ]
    assert [one.verb for one in activity_of(reviewer.link, 2)] == [verb for verb, _ in told[:2]]
    assert [one.verb for one in activity_of(other.link, 9)] == ["link.created"]
    assert activity_of(reviewer.link, 9)[1].facts == {"draft": drafts[0].name, "at": 0.5}
    unhide_for_partner(reviewer, Draft.objects.get(pk=drafts[1].pk))
    assert "draft.hidden" not in [one.verb for one in activity_of(reviewer.link, 9)]
