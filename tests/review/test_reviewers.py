"""Several people on one link: whose is what was heard, decided, written; what is recorded."""

import threading

import pytest
from django.utils import timezone

from apps.audit.models import Event
from apps.core.errors import DomainError, Invalid
from apps.review.approvals.services import approve_drafts
from apps.review.drafts.services.hiding import reject_drafts
from apps.review.links.rights import NotAllowed
from apps.review.links.services.comments import (
    comment,
    delete_comment,
    hide_for_partner,
    unhide_for_partner,
)
from apps.review.links.services.links import (
    add_reviewer,
    create_link,
    extend_link,
    revoke_link,
    revoke_reviewer,
)
from apps.review.links.services.reviewers import choose_page_language, introduce
from apps.review.links.services.submitting import submit
from apps.review.links.services.verdicts import (
    NotHeard,
    choose_heard,
    decide,
    heard_of,
    report_heard,
    undecide,
)
from apps.review.models import Approval, Draft, Reviewer, ReviewLink, Verdict
from apps.work.slices import own_connections
from tests.factories import LanguageFactory, LineFactory
from tests.review.clips import invite, make_draft

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def draft(line):
    return make_draft(line, seconds=4.0)


@pytest.fixture
def maria(draft, ada):
    return invite([draft], by=ada)[0]


@pytest.fixture
def jo(maria, ada):
    """Somebody else on the same link."""
    return add_reviewer(maria.link, "Jo", by=ada)[0]


def listen(reviewer, draft):
    return report_heard(reviewer, draft, [[0, draft.duration]])


def verbs():
    return list(Event.objects.order_by("pk").values_list("verb", flat=True))


# --- What is one's own --------------------------------------------------------------------------


def test_reports_at_the_same_time_lose_nothing(maria, draft):
    """Two tabs, or a phone and a desk."""
    gate = threading.Barrier(8)

    def report(second):
        with own_connections():
            gate.wait(30)
            report_heard(maria, draft, [[second / 2, second / 2 + 0.5]])

    threads = [threading.Thread(target=report, args=[second]) for second in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert heard_of(maria, draft).seconds == pytest.approx(4.0)


def test_what_somebody_else_heard_is_no_proof(maria, jo, draft):
    listen(jo, draft)
    with pytest.raises(NotHeard):
        decide(maria, draft, "approve")
    assert choose_heard(maria) == []
    assert choose_heard(jo) == [draft]
    assert Verdict.objects.get().reviewer == jo


def test_answers_of_others_are_neither_changed_nor_taken_back(maria, jo, draft, line):
    other = make_draft(line)
    maria.link.linked.create(draft=other)
    for reviewer in (maria, jo):
        decide(reviewer, draft, "approve", confirmed=True)
    assert undecide(maria, [draft]) == 1
    assert Verdict.objects.get().reviewer == jo
    decide(maria, other, "approve", confirmed=True)
    assert Verdict.objects.filter(reviewer=jo, draft=draft).exists()
    listen(maria, draft)
    assert choose_heard(maria) == [], "the line has an answer of hers"


def test_only_ones_own_answers_are_handed_in(maria, jo, draft):
    decide(maria, draft, "approve", confirmed=True)
    decide(jo, draft, "change", reason="tone", confirmed=True)
    submit(jo)
    assert not Approval.objects.exists()
    assert Verdict.objects.get(submitted_at=None).reviewer == maria
    submit(maria)
    decide(jo, draft, "unsure")
    assert submit(jo).withdrawn == []
    assert Approval.objects.in_force().get().reviewer == maria
    handed_in = Reviewer.objects.exclude(submitted_at=None)
    assert set(handed_in) == {maria, jo} and all(one.last_seen_at for one in handed_in)


def test_an_explanation_is_ones_own_and_still_there(maria, jo, draft):
    written = comment(maria, draft, "A dog barks.")
    asked = {"reason": "other", "confirmed": True}
    with pytest.raises(Invalid, match="Write what needs change"):
        decide(jo, draft, "change", **asked)
    delete_comment(written, maria)
    with pytest.raises(Invalid, match="Write what needs change"):
        decide(maria, draft, "change", **asked)


def test_the_language_of_the_page_is_ones_own(maria, jo):
    choose_page_language(maria, "es")
    spoken = {one.label: one.page_language for one in Reviewer.objects.all()}
    assert spoken == {"Maria": "es", "Jo": ""}


def test_a_way_in_is_closed_for_one_and_once(maria, jo, draft, ada):
    assert revoke_reviewer(maria, by=ada) and not revoke_reviewer(maria, by=ada)
    maria.refresh_from_db()
    with pytest.raises(NotAllowed, match="closed"):
        decide(maria, draft, "unsure")
    jo.refresh_from_db()
    assert jo.revoked_at is None and decide(jo, draft, "unsure")
    assert verbs().count("link.reviewer_revoked") == 1


# --- What is accepted ---------------------------------------------------------------------------


def test_there_are_three_answers(maria, draft):
    for wrong in ("", "own", "rejected"):
        with pytest.raises(Invalid, match="Choose one of the answers"):
            decide(maria, draft, wrong, confirmed=True)
    with pytest.raises(Invalid, match="what needs change"):
        decide(maria, draft, "change", reason="own", confirmed=True)
    assert not Verdict.objects.exists()


def test_ones_word_is_noted_where_the_page_has_reported_too_little(maria, draft):
    assert decide(maria, draft, "approve", confirmed=True).confirmed
    listen(maria, draft)
    assert not decide(maria, draft, "approve", confirmed=True).confirmed


def test_who_was_last_seen_when(maria, jo, draft):
    listen(maria, draft)
    assert [one.label for one in Reviewer.objects.exclude(last_seen_at=None)] == ["Maria"]


def test_closed_is_closed_for_everything(maria, draft):
    written = comment(maria, draft, "Hm.")
    hide_for_partner(maria, draft)
    draft.refresh_from_db()
    ReviewLink.objects.update(expires_at=timezone.now())
    maria.refresh_from_db()
    for act in (
        lambda: comment(maria, draft, "Hm."),
        lambda: delete_comment(written, maria),
        lambda: hide_for_partner(maria, draft),
        lambda: unhide_for_partner(maria, draft),
        lambda: undecide(maria, [draft]),
        lambda: choose_heard(maria),
        lambda: choose_page_language(maria, "es"),
    ):
        with pytest.raises(NotAllowed, match="closed"):
            act()
    written.refresh_from_db()
    assert written.deleted_at is None and not Draft.objects.shown().exists()


def test_who_may_not_decide_chooses_nothing_at_once(draft, ada):
    reviewer = invite([draft], by=ada, rights="comment")[0]
    listen(reviewer, draft)
    for act in (lambda: choose_heard(reviewer), lambda: undecide(reviewer, [draft])):
        with pytest.raises(NotAllowed):
            act()
    assert not Verdict.objects.exists()


def test_what_cannot_be_handed_in_still_takes_back_what_it_was_to_replace(maria, draft, line, ada):
    better = make_draft(line)
    maria.link.linked.create(draft=better)
    decide(maria, draft, "approve", confirmed=True)
    submit(maria)
    decide(maria, better, "approve", confirmed=True)
    reject_drafts([better], by=ada)
    done = submit(maria)
    assert (done.approved, len(done.withdrawn), len(done.left_out)) == ([], 1, 1)
    assert verbs().count("link.submitted") == 2
    assert not Approval.objects.in_force().exists()


# --- Making and closing links -------------------------------------------------------------------


def test_a_link_shows_only_languages_that_it_names(draft, ada):
    spanish = LanguageFactory(series=draft.series, tag="es")
    other = make_draft(LineFactory(language=spanish))
    asked = {"title": "T", "reviewers": ["Maria"], "by": ada}
    with pytest.raises(Invalid, match="in another language"):
        create_link(draft.series, languages=[spanish], drafts=[draft, other], **asked)
    for languages in ([], [LanguageFactory(tag="de")]):
        with pytest.raises(Invalid, match="languages of this Series"):
            create_link(draft.series, languages=languages, everything=True, **asked)
    assert not ReviewLink.objects.exists()


def test_whom_to_ask_is_who_made_it_unless_somebody_is_named(draft, ada):
    assert invite([draft], by=ada)[0].link.contact == "ada"
    assert invite([draft], by=ada, contact="Eve, 555")[0].link.contact == "Eve, 555"


def test_nobody_and_a_life_too_long_are_refused(maria, ada):
    for days in (0, 366):
        with pytest.raises(Invalid):
            extend_link(maria.link, days, by=ada)
    for label in ("", "  "):
        with pytest.raises(Invalid):
            add_reviewer(maria.link, label, by=ada)
    revoke_reviewer(maria, by=ada)
    assert add_reviewer(maria.link, "Maria", by=ada), "their first way in was closed"


def test_whatever_is_done_is_recorded_with_who_did_it(maria, draft, ada):
    introduce(maria, "Maria Lopez")
    first = Reviewer.objects.get(pk=maria.pk).first_opened_at
    introduce(maria, "Maria")
    assert Reviewer.objects.get(pk=maria.pk).first_opened_at == first
    delete_comment(comment(maria, draft, "Hm."), maria)
    decide(maria, draft, "change", reason="tone", confirmed=True)
    submit(maria)
    hide_for_partner(maria, draft)
    unhide_for_partner(maria, Draft.objects.get())
    extend_link(maria.link, 90, by=ada)
    add_reviewer(maria.link, "Jo", by=ada)
    revoke_link(maria.link, by=ada)
    told = list(Event.objects.order_by("pk").values_list("verb", "actor_name"))
    here = "Maria (Please listen)"
    assert told[-10:] == [
        ("link.opened", "Maria Lopez (Please listen)"),
        ("draft.commented", here),
        ("draft.comment_deleted", here),
        ("draft.change_wanted", here),
        ("link.submitted", here),
        ("draft.hidden", here),
        ("draft.restored", here),
        ("link.extended", "ada"),
        ("link.reviewer_added", "ada"),
        ("link.revoked", "ada"),
    ]


def test_to_approve_nothing_is_a_mistake(ada):
    with pytest.raises(DomainError, match="No draft was chosen"):
        approve_drafts([], by=ada)
