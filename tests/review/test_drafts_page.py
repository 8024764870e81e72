"""The list of drafts: listening, approving, putting aside, purging, by whom it is allowed."""

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from guardian.shortcuts import assign_perm

from apps.catalog.lines.services import edit_line
from apps.review.admin import drafts as admin
from apps.review.approvals import services as approvals_services
from apps.review.approvals.services import approve_drafts
from apps.review.drafts.services.hiding import reject_drafts
from apps.review.links.views import staff
from apps.review.models import Approval, Draft
from apps.storage.places import get_place
from tests.factories import LanguageFactory, LineFactory, UserFactory
from tests.review.clips import invite, make_draft
from tests.review.sweeping import deploy_due

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "admin:review_draft_changelist"


@pytest.fixture
def draft(line):
    return make_draft(line)


def person_with(series, *permissions):
    person = UserFactory()
    for permission in permissions:
        assign_perm(f"catalog.{permission}_series", person, series)
    return person


@pytest.fixture
def manager(client, draft):
    person = person_with(draft.series, "view", "review")
    client.force_login(person)
    return person


def act(client, name, *drafts, **more):
    chosen = [draft.pk for draft in drafts]
    return client.post(
        reverse(LIST), {"action": name, ACTION_CHECKBOX_NAME: chosen, **more}, follow=True
    )


def test_a_draft_is_heard_and_described(client, manager, draft):
    page = client.get(reverse(LIST)).content.decode()
    for words in ("general-intro1_v001", "Willkommen im Turm.", "draft"):
        assert words in page
    answer = client.get(reverse("admin:review_draft_audio", args=[draft.pk]))
    assert b"".join(answer) == get_place("drafts").read(draft.key)
    answer.close()
    peaks = client.get(reverse("admin:review_draft_peaks", args=[draft.pk])).json()
    assert peaks["length"] * peaks["samples_per_pixel"] / peaks["sample_rate"] == pytest.approx(
        draft.duration, abs=0.05
    )


def test_approving_and_taking_it_back(client, manager, draft):
    assert "1 draft approved" in act(client, "approve", draft).content.decode()
    approval = Approval.objects.get()
    assert (approval.by, approval.draft) == (manager, draft)
    assert manager.username in client.get(reverse(LIST)).content.decode()
    assert "1 draft no longer approved" in act(client, "unapprove", draft).content.decode()
    assert not Approval.objects.in_force().exists()


def test_two_versions_of_a_line_are_refused_in_words(client, manager, draft, line):
    other = make_draft(line)
    page = act(client, "approve", draft, other).content.decode()
    assert "choose one version" in page
    assert not Approval.objects.exists()


ASIDE = [("reject", "Reject", "rejected"), ("hide", "Delete", "deleted")]


@pytest.mark.parametrize(("name", "verb", "done"), ASIDE)
def test_putting_aside_and_restoring(client, manager, draft, name, verb, done):
    said = act(client, name, draft).content.decode()
    assert f"1 draft {done}; it can be restored." in said
    assert not Draft.objects.shown().exists()
    assert "general-intro1_v001" in client.get(f"{reverse(LIST)}?state=aside").content.decode()
    act(client, "restore", draft)
    assert Draft.objects.shown().exists()


@pytest.mark.parametrize(("name", "verb", "done"), ASIDE)
def test_of_several_it_is_asked_how_many(client, manager, draft, line, name, verb, done):
    drafts = [draft, make_draft(line)]
    page = act(client, name, *drafts).content.decode()
    assert f"{verb} 2 drafts of 1 line?" in page
    assert Draft.objects.shown().count() == 2
    said = act(client, name, *drafts, sure="2").content.decode()
    assert f"2 drafts {done}; they can be restored." in said
    assert not Draft.objects.shown().exists()


def test_all_that_a_filter_finds_is_put_aside_as_asked(client, manager, language, draft):
    """Named by the filter; when more have come meanwhile it is asked again."""
    make_draft(LineFactory(language=language))
    across = {"select_across": "1", "action": "reject", ACTION_CHECKBOX_NAME: draft.pk}
    where = f"{reverse(LIST)}?state=waiting"
    page = client.post(where, across).content.decode()
    assert "Reject 2 drafts of 2 lines?" in page
    assert 'name="select_across" value="1"' in page and page.count(ACTION_CHECKBOX_NAME) == 1
    make_draft(LineFactory(language=language))
    page = client.post(where, {**across, "sure": "2"}).content.decode()
    assert "Reject 3 drafts of 3 lines?" in page and Draft.objects.shown().count() == 3
    answer = client.post(where, {**across, "sure": "3"})
    assert answer["Location"] == where and not Draft.objects.shown().exists()


def test_what_a_filter_hides_is_done_too_and_the_filter_stays(client, manager, draft, language):
    other = make_draft(LineFactory(language=language, key="other"))
    data = {"action": "reject", ACTION_CHECKBOX_NAME: [draft.pk, other.pk], "sure": "2"}
    where = f"{reverse(LIST)}?q=other"
    assert client.post(where, data)["Location"] == where
    assert not Draft.objects.shown().exists()


def test_more_than_a_thousand_rows_can_be_ticked_by_hand(client, manager, draft):
    ticked = [draft.pk, *range(draft.pk + 1, draft.pk + 1500)]
    data = {"action": "reject", ACTION_CHECKBOX_NAME: ticked}
    assert client.post(reverse(LIST), data).status_code == 302
    assert not Draft.objects.shown().exists()


def test_filters_have_names_that_one_knows(client, manager, draft, language):
    french = LineFactory(language=LanguageFactory(series=draft.series, tag="fr"), key="bonjour")
    make_draft(french)
    page = client.get(reverse(LIST)).content.decode()
    assert "<span>Language</span>" in page and "<span>Tag</span>" not in page
    page = client.get(f"{reverse(LIST)}?language=fr").content.decode()
    assert "bonjour_v001" in page and draft.name not in page


def test_purging_asks_and_needs_its_own_permission(client, manager, draft):
    act(client, "purge", draft, sure="1")
    assert Draft.objects.get().purged_at is None
    client.force_login(person_with(draft.series, "view", "review", "purge"))
    asked = act(client, "purge", draft).content.decode()
    assert "Purge 1 draft of 1 line?" in asked
    assert Draft.objects.get().purged_at is None
    act(client, "purge", draft, sure="1")
    assert Draft.objects.get().purged_at
    assert client.get(reverse("admin:review_draft_audio", args=[draft.pk])).status_code == 404


def test_a_stale_approval_says_why(client, manager, draft, line):
    approve_drafts([draft], by=manager)
    edit_line(line, by=manager, text="Willkommen im Schloss.")
    page = client.get(f"{reverse(LIST)}?state=stale").content.decode()
    assert "The text of the line was changed." in page
    assert "Willkommen im Schloss." in page


def test_only_the_approval_that_stands_is_shown(client, manager, draft, line):
    approve_drafts([draft], by=manager)
    newer = make_draft(line)
    approve_drafts([newer], by=manager)
    rows = {draft.pk: admin.shown_approval(draft) for draft in Draft.objects.select_related("line")}
    assert (rows[draft.pk], rows[newer.pk].draft) == (None, newer)
    approvals_services.withdraw_approvals([rows[newer.pk]], by=manager)
    assert admin.shown_approval(Draft.objects.select_related("line").get(pk=newer.pk)) is None


def test_what_is_not_in_deploy_yet_says_so_and_why(client, manager, draft, line, places):
    """On Drafts, on the page of answers and in the clip table, until the file is there."""
    link = invite([draft], by=manager)[0].link
    pages = [
        reverse(LIST),
        reverse("admin:review_reviewlink_change", args=[link.pk]),
        reverse("admin:review_clips", args=[line.series_id]),
    ]

    def shown(words: str) -> list[bool]:
        return [words in client.get(page).content.decode() for page in pages]

    approvals = approve_drafts([draft], by=manager)
    assert all(shown("on its way to deploy/")) and not any(shown("It is tried again by itself."))
    in_the_way = places / "drafts" / "Levels" / "deploy"
    in_the_way.write_text("a file where a folder should be")
    deploy_due()
    assert all(shown("a folder is where a file should be")) and all(shown("on its way to deploy/"))
    in_the_way.unlink()
    deploy_due()
    assert all(shown("approved")) and not any(shown("on its way"))
    approvals_services.withdraw_approvals(approvals, by=manager)
    assert shown("on its way out of deploy/") == [True, False, False]
    deploy_due()
    assert not any(shown("on its way"))


def test_a_link_is_made_of_chosen_drafts(client, manager, draft):
    page = act(client, "review_link", draft).content.decode()
    assert "Make a review link" in page
    assert f'name="drafts" value="{draft.pk}"' in page


def test_a_link_of_many_drafts(client, manager, language, draft, monkeypatch):
    """However many they are, and what the link leaves out is said."""
    drafts = [draft, *(make_draft(LineFactory(language=language)) for _ in range(3))]
    reject_drafts(drafts[:1], by=manager)
    data = {"action": "review_link", "select_across": "1", ACTION_CHECKBOX_NAME: draft.pk}
    page = client.post(reverse(LIST), data).content.decode()
    assert "3 drafts:" in page and "1 rejected or deleted one is left out." in page
    monkeypatch.setattr(staff, "MOST_DRAFTS", 2)
    page = act(client, "review_link", *drafts).content.decode()
    assert "These are 3 drafts; a link shows 2 at most." in page
    reject_drafts(drafts, by=manager)
    assert "are all rejected or deleted" in act(client, "review_link", *drafts).content.decode()


def test_a_link_is_for_one_series(client, draft):
    client.force_login(UserFactory(is_superuser=True))
    page = act(client, "review_link", draft, make_draft(LineFactory())).content.decode()
    assert "These drafts are of 2 Series; a link is for one." in page


def test_who_may_only_look_changes_nothing(client, draft):
    client.force_login(person_with(draft.series, "view"))
    assert "general-intro1_v001" in client.get(reverse(LIST)).content.decode()
    for name in ("approve", "reject", "hide", "purge"):
        act(client, name, draft, sure="1")
    assert not Approval.objects.exists()
    assert Draft.objects.shown().exists()


def test_drafts_of_another_series_do_not_exist(client, draft):
    other = make_draft(LineFactory())
    client.force_login(person_with(draft.series, "view", "review", "purge"))
    assert "Line_" not in client.get(reverse(LIST)).content.decode()
    for name in ("approve", "hide", "purge"):
        act(client, name, other, sure="1")
    assert not Approval.objects.exists()
    assert Draft.objects.shown().filter(pk=other.pk).exists()
    for name in ("audio", "peaks"):
        address = reverse(f"admin:review_draft_{name}", args=[other.pk])
        assert client.get(address).status_code == 404


def test_the_list_asks_as_much_for_one_as_for_many(client, manager, language, draft):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            assert client.get(reverse(LIST)).status_code == 200
        return len(asked)

    queries()
    few = queries()
    drafts = [make_draft(LineFactory(language=language)) for _ in range(6)]
    approve_drafts(drafts, by=manager)
    assert queries() == few
