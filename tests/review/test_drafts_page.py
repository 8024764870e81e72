"""The list of drafts: listening, approving, putting aside, purging, by whom it is allowed."""

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from guardian.shortcuts import assign_perm

from apps.catalog.services import edit_line
from apps.review.models import Approval, Draft
from apps.review.services import approve_drafts
from apps.storage.places import get_place
from tests.factories import LineFactory, UserFactory
from tests.review.clips import make_draft

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
    assert not Approval.objects.standing().exists()


def test_two_versions_of_a_line_are_refused_in_words(client, manager, draft, line):
    other = make_draft(line)
    page = act(client, "approve", draft, other).content.decode()
    assert "choose one version" in page
    assert not Approval.objects.exists()


@pytest.mark.parametrize("name", ["reject", "hide"])
def test_putting_aside_and_restoring(client, manager, draft, name):
    act(client, name, draft)
    assert not Draft.objects.shown().exists()
    assert "general-intro1_v001" in client.get(f"{reverse(LIST)}?state=aside").content.decode()
    act(client, "restore", draft)
    assert Draft.objects.shown().exists()


def test_purging_asks_and_needs_its_own_permission(client, manager, draft):
    act(client, "purge", draft, sure="yes")
    assert Draft.objects.get().purged_at is None
    client.force_login(person_with(draft.series, "view", "review", "purge"))
    asked = act(client, "purge", draft).content.decode()
    assert "Purge 1 drafts of 1 lines?" in asked
    assert Draft.objects.get().purged_at is None
    act(client, "purge", draft, sure="yes")
    assert Draft.objects.get().purged_at
    assert client.get(reverse("admin:review_draft_audio", args=[draft.pk])).status_code == 404


def test_a_stale_approval_says_why(client, manager, draft, line):
    approve_drafts([draft], by=manager)
    edit_line(line, by=manager, text="Willkommen im Schloss.")
    page = client.get(f"{reverse(LIST)}?state=stale").content.decode()
    assert "The text of the line was changed." in page
    assert "Willkommen im Schloss." in page


def test_an_approval_that_is_not_in_the_queue_yet_says_so(client, manager, draft):
    approve_drafts([draft], by=manager)
    assert "on its way" not in client.get(reverse(LIST)).content.decode()
    Approval.objects.update(deployed_at=None)
    assert "on its way" in client.get(reverse(LIST)).content.decode()


def test_a_link_is_made_of_chosen_drafts(client, manager, draft):
    answer = act(client, "review_link", draft)
    assert answer.redirect_chain[-1][0].endswith(f"?drafts={draft.pk}")
    assert "Make a review link" in answer.content.decode()


def test_who_may_only_look_changes_nothing(client, draft):
    client.force_login(person_with(draft.series, "view"))
    assert "general-intro1_v001" in client.get(reverse(LIST)).content.decode()
    for name in ("approve", "reject", "hide", "purge"):
        act(client, name, draft, sure="yes")
    assert not Approval.objects.exists()
    assert Draft.objects.shown().exists()


def test_drafts_of_another_series_do_not_exist(client, draft):
    other = make_draft(LineFactory())
    client.force_login(person_with(draft.series, "view", "review", "purge"))
    assert "Line_" not in client.get(reverse(LIST)).content.decode()
    for name in ("approve", "hide", "purge"):
        act(client, name, other, sure="yes")
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
