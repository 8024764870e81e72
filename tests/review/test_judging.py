"""What a reviewer may do, must have heard, and hands in."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.audit.models import Event
from apps.core.errors import DomainError, Invalid, Missing
from apps.review.approvals.services import approve_drafts
from apps.review.drafts.services.hiding import reject_drafts, restore_drafts
from apps.review.links.queries import drafts_of, find_reviewer, hash_token
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
    new_token,
    passcode_fits,
    revoke_link,
    revoke_reviewer,
)
from apps.review.links.services.reviewers import introduce
from apps.review.links.services.submitting import submit
from apps.review.links.services.verdicts import (
    NotHeard,
    choose_heard,
    decide,
    report_heard,
    undecide,
)
from apps.review.models import Approval, Comment, Draft, ReviewLink, Verdict
from apps.storage.places import get_place
from tests.factories import LanguageFactory, LineFactory
from tests.review.clips import audio_of, change_text, invite, make_draft
from tests.review.sweeping import deploy_due

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def draft(line):
    return make_draft(line, seconds=5.0)


@pytest.fixture
def reviewer(draft, ada):
    return invite([draft], by=ada)[0]


def make_linked(reviewer, line, *, seconds=5.0):
    """One more draft on the reviewer's page."""
    made = make_draft(line, seconds=seconds)
    reviewer.link.linked.create(draft=made)
    return made


def listen(reviewer, draft, until=None):
    return report_heard(reviewer, draft, [[0, until or draft.duration]])


def test_only_the_hash_of_a_token_is_kept(draft, ada):
    reviewer, token = invite([draft], by=ada)
    assert len(token) >= 43  # 256 bits in base64
    assert reviewer.token_hash == hash_token(token) != token
    assert find_reviewer(token).reviewer == reviewer
    for wrong in ("", token[:-1], token.swapcase(), "\udc80", "x" * 10_000):
        assert (find_reviewer(wrong).reviewer, find_reviewer(wrong).why) == (None, "unknown")


def test_a_link_ends_is_extended_and_is_closed(draft, ada):
    reviewer, token = invite([draft], by=ada)
    soon = reviewer.link.expires_at - timezone.now()
    assert timedelta(days=13.9) < soon <= timedelta(days=14)
    ReviewLink.objects.update(expires_at=timezone.now())
    assert find_reviewer(token).why == "expired"
    reviewer.link.refresh_from_db()
    extend_link(reviewer.link, 3, by=ada)
    assert find_reviewer(token).why == ""
    with pytest.raises(Invalid, match="open longer than that already"):
        extend_link(reviewer.link, 2, by=ada)
    assert revoke_link(reviewer.link, by=ada) and not revoke_link(reviewer.link, by=ada)
    assert find_reviewer(token).why == "revoked"
    reviewer.link.refresh_from_db()
    with pytest.raises(Invalid, match="was closed"):
        extend_link(reviewer.link, 90, by=ada)
    with pytest.raises(NotAllowed, match="Ask ada"):
        decide(find_reviewer(token).reviewer, draft, "unsure")


def test_each_reviewer_has_a_way_in_of_their_own(draft, ada):
    first, token = invite([draft], by=ada)
    second, other = add_reviewer(first.link, "Jo", by=ada)
    with pytest.raises(Invalid):
        add_reviewer(first.link, "Jo", by=ada)
    revoke_reviewer(first, by=ada)
    assert (find_reviewer(token).why, find_reviewer(other).why) == ("revoked", "")
    fresh = new_token(second, by=ada)
    assert (find_reviewer(other).why, find_reviewer(fresh).why) == ("unknown", "")


def test_a_passcode_is_kept_hashed(draft, ada):
    link = invite([draft], by=ada, passcode="blue lamp")[0].link
    assert "blue" not in link.passcode
    assert passcode_fits(link, "blue lamp") and not passcode_fits(link, "blue")


@pytest.mark.parametrize(
    "change",
    [
        {"title": " "},
        {"languages": []},
        {"drafts": []},
        {"everything": True},
        {"reviewers": []},
        {"reviewers": ["A", "A "]},
        {"reviewers": ["A" * 151]},
        {"rights": "own"},
        {"days": 0},
        {"days": 366},
    ],
)
def test_a_link_that_makes_no_sense_is_not_made(draft, ada, change):
    asked = {
        "title": "T",
        "languages": [draft.line.language],
        "drafts": [draft],
        "reviewers": ["Maria"],
    }
    with pytest.raises(Invalid):
        create_link(draft.series, by=ada, **asked | change)
    assert not ReviewLink.objects.exists()


def test_drafts_of_another_series_are_not_linked(draft, ada):
    other = make_draft(LineFactory(language=LanguageFactory(series__slug="Other")))
    with pytest.raises(Invalid, match="of this Series"):
        create_link(
            draft.series,
            title="T",
            languages=draft.series.languages.all(),
            drafts=[draft, other],
            reviewers=["Maria"],
            by=ada,
        )


def test_everything_that_waits_is_shown_as_it_comes(language, line, ada):
    spanish = LanguageFactory(series=language.series, tag="es")
    created = create_link(
        language.series,
        title="All",
        languages=[language],
        everything=True,
        reviewers=["Maria"],
        by=ada,
    )
    old, new = make_draft(line), make_draft(line, seconds=4.0)
    make_draft(LineFactory(language=spanish))
    assert set(drafts_of(created.link)) == {old, new}
    reject_drafts([old], by=ada)
    assert set(drafts_of(created.link)) == {new}
    reviewer = created.link.reviewers.get()
    listen(reviewer, new)
    decide(reviewer, new, "approve")
    submit(reviewer)
    assert set(drafts_of(created.link)) == {new}, "what was decided here is found again"
    assert set(drafts_of(created.link)) | {old} == set(Draft.objects.filter(line=line))


def test_approving_needs_all_of_it(reviewer, draft):
    with pytest.raises(NotHeard):
        decide(reviewer, draft, "approve")
    heard = report_heard(reviewer, draft, [[0, 2], [1, 3]])
    assert (round(heard.seconds, 1), heard.to_end) == (3.0, False)
    with pytest.raises(NotHeard, match=r"to the end first; you have heard 3\.0 s"):
        decide(reviewer, draft, "approve")
    assert report_heard(reviewer, draft, [[3, 99]]).to_end
    assert decide(reviewer, draft, "approve").decision == "approve"


def test_the_end_alone_is_not_all_of_it(reviewer, draft):
    report_heard(reviewer, draft, [[4, 99]])
    with pytest.raises(NotHeard):
        decide(reviewer, draft, "approve")


def test_asking_for_a_change_needs_three_seconds_and_a_reason(reviewer, draft):
    listen(reviewer, draft, until=2.5)
    with pytest.raises(NotHeard, match="about 3 seconds"):
        decide(reviewer, draft, "change", reason="tone")
    listen(reviewer, draft, until=3.0)
    with pytest.raises(Invalid, match="what needs change"):
        decide(reviewer, draft, "change")
    assert decide(reviewer, draft, "change", reason="tone").reason == "tone"


def test_of_a_short_clip_the_whole_is_enough(line, ada):
    short = make_draft(line, seconds=0.8)
    reviewer = invite([short], by=ada)[0]
    listen(reviewer, short)
    assert decide(reviewer, short, "change", reason="noise")


def test_not_sure_needs_nothing_and_a_word_replaces_the_report(reviewer, draft):
    assert decide(reviewer, draft, "unsure")
    assert decide(reviewer, draft, "approve", confirmed=True).confirmed


@pytest.mark.parametrize(
    "ranges",
    [None, "all", 3, [3], [[1]], [[2, 1]], [["0", "9"]], [[0, float("nan")]], [[0, float("inf")]],
     [[n, n + 0.1] for n in range(501)], {"0": 9}],
)  # fmt: skip
def test_a_report_that_cannot_be_is_refused(reviewer, draft, ranges):
    with pytest.raises(Invalid):
        report_heard(reviewer, draft, ranges)


def test_rights_are_what_the_link_gives(draft, ada):
    looks = invite([draft], by=ada, rights="look")[0]
    writes = invite([draft], by=ada, rights="comment")[0]
    for reviewer in (looks, writes):
        listen(reviewer, draft)
        for act in (
            lambda one: decide(one, draft, "unsure"),
            lambda one: hide_for_partner(one, draft),
            submit,
        ):
            with pytest.raises(NotAllowed):
                act(reviewer)
    with pytest.raises(NotAllowed):
        comment(looks, draft, "Nice.")
    assert comment(writes, draft, "Nice.", at=1.5).at == 1.5


def test_what_the_link_does_not_show_does_not_exist(reviewer, language):
    other = make_draft(LineFactory(language=language))
    for act in (
        lambda: report_heard(reviewer, other, [[0, 1]]),
        lambda: decide(reviewer, other, "unsure"),
        lambda: comment(reviewer, other, "?"),
        lambda: hide_for_partner(reviewer, other),
        lambda: unhide_for_partner(reviewer, other),
    ):
        with pytest.raises(Missing):
            act()


@pytest.mark.parametrize(
    ("text", "at"), [("", None), ("x" * 4001, None), ("a\0b", None), ("x", -1), ("x", 9)]
)
def test_a_comment_says_something_at_a_second_of_the_clip(reviewer, draft, text, at):
    with pytest.raises(Invalid):
        comment(reviewer, draft, text, at)


def test_ones_own_comments_can_be_taken_back(reviewer, draft, ada):
    written = comment(reviewer, draft, "The word is wrong.", at=2.0)
    other = add_reviewer(reviewer.link, "Jo", by=ada)[0]
    with pytest.raises(Missing):
        delete_comment(written, other)
    assert delete_comment(written, reviewer) and not delete_comment(written, reviewer)


def test_a_deleted_version_can_be_brought_back_by_both_sides(reviewer, draft, ada):
    introduce(reviewer, "Maria Lopez")
    assert hide_for_partner(reviewer, draft)
    assert not drafts_of(reviewer.link).exists()
    draft.refresh_from_db()
    assert draft.hidden_by_name == "Maria Lopez (Please listen)"
    assert draft.hidden_by_reviewer == reviewer
    assert unhide_for_partner(reviewer, draft)
    hide_for_partner(reviewer, draft)
    assert restore_drafts([draft], by=ada) == 1
    draft.refresh_from_db()
    assert draft.hidden_by_reviewer is None


def test_a_name_does_not_bring_back_what_somebody_else_deleted(reviewer, draft, ada):
    introduce(reviewer, "Maria")
    hide_for_partner(reviewer, draft)
    other = add_reviewer(reviewer.link, "Jo", by=ada)[0]
    introduce(other, "Maria")
    draft.refresh_from_db()
    with pytest.raises(Missing):
        unhide_for_partner(other, draft)
    introduce(reviewer, "Maria Lopez")
    assert unhide_for_partner(reviewer, draft)


def test_staff_decide_what_partners_do_not_see(reviewer, draft, ada):
    from_staff = Draft.objects.filter(pk=draft.pk)
    from_staff.update(hidden_at=timezone.now(), hidden_by_name="ada")
    draft.refresh_from_db()
    with pytest.raises(Missing):
        unhide_for_partner(reviewer, draft)


def test_who_one_is_is_said_once_and_recorded(reviewer):
    for name in ("", "   ", "x" * 151, "a\nb\0", "a\u202eb"):
        with pytest.raises(Invalid):
            introduce(reviewer, name)
    introduce(reviewer, "  Maria   Lopez ", page_language="es")
    introduce(reviewer, "Maria L.")
    opened = Event.objects.get(verb="link.opened")
    assert (opened.actor, opened.actor_name) == (None, "Maria Lopez (Please listen)")
    reviewer.refresh_from_db()
    assert (reviewer.name, reviewer.page_language) == ("Maria L.", "es")


def test_nothing_is_final_before_it_is_submitted(reviewer, draft, language, ada):
    unheard = make_draft(LineFactory(language=language))
    reviewer.link.linked.create(draft=unheard)
    listen(reviewer, draft)
    decide(reviewer, draft, "approve")
    assert not Approval.objects.exists()
    assert undecide(reviewer, [draft]) and not undecide(reviewer, [draft])
    decide(reviewer, draft, "approve")
    introduce(reviewer, "Maria")
    done = submit(reviewer)
    approval = Approval.objects.get()
    assert (done.approved, done.changes, done.unsure, done.undecided) == ([approval], 0, 0, 1)
    assert (approval.reviewer, approval.link) == (reviewer, reviewer.link)
    assert approval.by_name == "Maria (Please listen)"
    deploy_due()
    deployed = get_place("drafts").read("Levels/deploy/de/general-intro1.mp3")
    assert audio_of(deployed) == draft.frames_sha256
    assert not undecide(reviewer, [draft]), "what was handed in is changed, not taken back"


def test_answers_can_be_changed_and_handed_in_again(reviewer, draft, line, language):
    second = make_draft(line, seconds=5.0, hertz=500)
    reviewer.link.linked.create(draft=second)
    for one in (draft, second):
        listen(reviewer, one)
    decide(reviewer, draft, "approve")
    submit(reviewer)
    decide(reviewer, draft, "change", reason="tone")
    decide(reviewer, second, "approve")
    submit(reviewer)
    assert Approval.objects.in_force().get().draft == second
    assert submit(reviewer).approved == []


def test_to_use_one_version_is_not_to_use_another(reviewer, draft, line):
    second = make_draft(line, seconds=5.0)
    reviewer.link.linked.create(draft=second)
    for one in (draft, second):
        listen(reviewer, one)
        decide(reviewer, one, "approve")
    assert Verdict.objects.get().draft == second
    with pytest.raises(NotHeard):
        decide(reviewer, make_linked(reviewer, line), "approve")
    assert Verdict.objects.get().draft == second, "what is refused takes nothing back"


def test_a_line_that_changed_meanwhile_holds_nothing_else_back(reviewer, draft, line, ada):
    other = make_linked(reviewer, LineFactory(language=line.language))
    for one in (draft, other):
        listen(reviewer, one)
        decide(reviewer, one, "approve")
    change_text(line, "Willkommen im Schloss.")
    done = submit(reviewer)
    assert [approval.draft for approval in done.approved] == [other]
    assert len(done.left_out) == 1 and "text of this line was changed" in done.left_out[0]
    assert Verdict.objects.get(submitted_at=None).draft == draft, "the answer is kept"
    fresh = Draft.objects.select_related("line").get(pk=draft.pk)
    with pytest.raises(DomainError, match="text of this line was changed"):
        decide(reviewer, fresh, "approve")
    assert choose_heard(reviewer) == []


def test_nothing_new_is_no_event(reviewer, draft):
    decide(reviewer, draft, "unsure")
    submit(reviewer)
    submit(reviewer)
    assert Event.objects.filter(verb="link.submitted").count() == 1


@pytest.mark.parametrize("name", ["علی‌رضا", "ශ්‍රී", "Ana 👩‍🚒", "Łukasz O'Neil"])
def test_names_are_written_as_people_write_them(reviewer, name):
    introduce(reviewer, name)
    reviewer.refresh_from_db()
    assert reviewer.name == name


def test_what_was_heard_is_what_a_player_can_have_played(reviewer, draft):
    for ranges in ([[0, 10**400]], [[-(10**400), 1]], [[0, 1e300]]):
        with pytest.raises(Invalid):
            report_heard(reviewer, draft, ranges)


def test_who_thinks_otherwise_later_withdraws_what_they_approved(reviewer, draft, ada):
    listen(reviewer, draft)
    decide(reviewer, draft, "approve")
    submit(reviewer)
    deploy_due()
    decide(reviewer, draft, "change", reason="tone")
    assert Approval.objects.in_force().exists(), "nothing is final before it is submitted"
    done = submit(reviewer)
    assert (len(done.approved), len(done.withdrawn), done.changes) == (0, 1, 1)
    assert not Approval.objects.in_force().exists()
    deploy_due()
    assert not get_place("drafts").exists("Levels/deploy/de/general-intro1.mp3")
    event = Event.objects.get(verb="approval.withdrawn")
    assert event.actor_name == "Maria (Please listen)"


def test_what_another_person_approved_stays(reviewer, draft, ada):
    approve_drafts([draft], by=ada)
    listen(reviewer, draft)
    decide(reviewer, draft, "change", reason="tone")
    assert submit(reviewer).withdrawn == []
    assert Approval.objects.in_force().get().by == ada


def test_all_that_was_heard_to_its_end_is_used_at_once(reviewer, draft, line, language):
    def linked(heard_to=None, of=None):
        made = make_linked(reviewer, of or LineFactory(language=language), seconds=4.0)
        if heard_to:
            listen(reviewer, made, until=heard_to)
        return made

    heard, cut, unheard = linked(heard_to=4.1), linked(heard_to=3.5), linked()
    twice = linked(heard_to=4.1)
    linked(heard_to=4.1, of=twice.line)
    answered = linked(heard_to=4.1)
    decide(reviewer, answered, "unsure")
    one_of_two = linked(heard_to=4.1)
    linked(of=one_of_two.line)
    assert set(choose_heard(reviewer)) == {heard, one_of_two}
    assert choose_heard(reviewer) == []
    assert not Verdict.objects.filter(draft__in=[cut, unheard, twice]).exists()
    assert undecide(reviewer, [heard, one_of_two]) == 2
    assert Verdict.objects.get().draft == answered


def test_something_else_is_said_in_words(reviewer, draft):
    listen(reviewer, draft)
    with pytest.raises(Invalid, match="Write what needs change"):
        decide(reviewer, draft, "change", reason="other")
    assert not Comment.objects.exists()
    decide(reviewer, draft, "change", reason="other", words="A dog barks.", at=1.5)
    assert (Comment.objects.get().text, Comment.objects.get().at) == ("A dog barks.", 1.5)
    assert decide(reviewer, draft, "change", reason="other"), "it is written already"


def test_what_staff_rejected_is_not_asked_about(reviewer, draft, line, ada):
    second = make_linked(reviewer, line)
    decide(reviewer, draft, "unsure")
    reject_drafts([draft, second], by=ada)
    assert set(drafts_of(reviewer.link)) == {draft}, "an answer is found again"


def test_after_the_end_nothing_is_accepted(reviewer, draft):
    listen(reviewer, draft)
    decide(reviewer, draft, "approve")
    ReviewLink.objects.update(expires_at=timezone.now())
    reviewer.refresh_from_db()
    for act in (
        lambda: submit(reviewer),
        lambda: listen(reviewer, draft),
        lambda: introduce(reviewer, "M"),
    ):
        with pytest.raises(DomainError, match="closed"):
            act()
