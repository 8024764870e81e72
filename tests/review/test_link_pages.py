"""Staff pages of review links: making one, its addresses shown once, what comes back."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from guardian.shortcuts import assign_perm

from apps.review.drafts.services.hiding import hide_drafts, purge_drafts, reject_drafts
from apps.review.links.queries import find_reviewer
from apps.review.links.services.comments import comment, delete_comment
from apps.review.links.services.reviewers import introduce
from apps.review.links.services.submitting import submit
from apps.review.links.services.verdicts import decide
from apps.review.links.views import staff
from apps.review.models import Reviewer, ReviewLink
from tests.factories import LineFactory, UserFactory
from tests.review.clips import invite, make_draft

pytestmark = pytest.mark.django_db(transaction=True)

TOKEN = re.compile(r'value="http://testserver/review/([\w-]{43})/"')
FORM = {
    "title": "Please listen",
    "message": "Ten minutes.",
    "reviewers": "Maria\n Jo \n\n",
    "rights": "decide",
    "days": "14",
    "contact": "Ada, ada@example.org",
}


@pytest.fixture
def draft(line):
    return make_draft(line)


@pytest.fixture
def manager(client, line):
    person = UserFactory(username="ada")
    for permission in ("view", "review"):
        assign_perm(f"catalog.{permission}_series", person, line.series)
    client.force_login(person)
    return person


def post(client, *, series=None, **changes):
    query = f"?series={series}" if series is not None else ""
    return client.post(reverse("admin:review_link_add") + query, FORM | changes)


def test_addresses_are_shown_once_and_work(client, manager, draft, language):
    answer = post(client, drafts=draft.pk, languages=[language.pk])
    tokens = TOKEN.findall(answer.content.decode())
    assert [find_reviewer(token).reviewer.label for token in tokens] == ["Maria", "Jo"]
    assert "no-store" in answer["Cache-Control"]
    link = ReviewLink.objects.get()
    assert (list(link.drafts.all()), link.everything) == ([draft], False)
    page = client.get(reverse("admin:review_reviewlink_change", args=[link.pk])).content.decode()
    assert "Maria" in page and not any(token in page for token in tokens)


@pytest.mark.parametrize("put_aside", [reject_drafts, hide_drafts, purge_drafts])
def test_drafts_that_were_put_aside_meanwhile_are_told_of(client, manager, draft, put_aside):
    put_aside([draft], by=manager)
    told = client.post(reverse("admin:review_link_add"), {"drafts": draft.pk}, follow=True)
    assert "are all rejected or deleted" in told.content.decode()
    asked = client.get(f"{reverse('admin:review_link_add')}?series={draft.series_id}")
    assert asked.status_code == 200 and "required" not in str(asked.context_data["form"].errors)
    assert not ReviewLink.objects.exists()


def test_everything_that_waits_can_be_asked_for(client, manager, draft, language):
    answer = post(client, series=draft.series_id, languages=[language.pk])
    assert len(TOKEN.findall(answer.content.decode())) == 2
    assert ReviewLink.objects.get().everything


@pytest.mark.parametrize(
    "changes",
    [{"title": ""}, {"reviewers": " \n"}, {"reviewers": "A\nA"}, {"days": "4"}, {"rights": "own"},
     {"contact": ""}, {"languages": []}],
)  # fmt: skip
def test_errors_stand_in_the_form_and_no_link_is_made(client, manager, draft, language, changes):
    answer = post(client, drafts=draft.pk, **{"languages": [language.pk], **changes})
    page = answer.content.decode()
    assert "No link was made" in page and "general-intro1_v001" in page
    assert not ReviewLink.objects.exists()


def test_answers_comments_and_acts_are_followed(client, manager, draft):
    reviewer, _ = invite([draft], by=manager)
    introduce(reviewer, "Maria <b>Lopez</b>")
    decide(reviewer, draft, "change", reason="tone", confirmed=True)
    comment(reviewer, draft, "<script>alert(1)</script>", at=0.5)
    delete_comment(comment(reviewer, draft, "Taken back."), reviewer)
    elsewhere = invite([draft], by=manager)[0]
    comment(elsewhere, draft, "On another link.")
    page = client.get(reverse("admin:review_reviewlink_change", args=[reviewer.link_id]))
    text = page.content.decode()
    for words in ("Needs change", "Tone", "not submitted", "0.5 s", "link.opened"):
        assert words in text
    assert "Taken back." not in text and "On another link." not in text
    assert "&lt;script&gt;alert(1)" in text and "<script>alert" not in text
    assert "<b>Lopez" not in text
    comment(reviewer, draft, "Slower, please.")
    submit(reviewer)
    page = client.get(reverse("admin:review_reviewlink_change", args=[reviewer.link_id]))
    counted = page.context["reviewers"].get()
    assert (counted.begun, counted.decided, counted.commented) == (1, 1, 2)


def test_a_link_is_extended_widened_and_closed(client, manager, draft):
    reviewer, token = invite([draft], by=manager)
    link = reviewer.link

    def act(name, *more, **data):
        return client.post(reverse(f"admin:review_link_{name}", args=[link.pk, *more]), data)

    for name, more in (("extend", []), ("revoke", []), ("invite", []), ("address", [reviewer.pk])):
        address = reverse(f"admin:review_link_{name}", args=[link.pk, *more])
        assert client.get(address).status_code == 405
    act("extend", days="90")
    link.refresh_from_db()
    assert (link.expires_at - link.created_at).days >= 89
    new = TOKEN.findall(act("invite", label="Jo").content.decode())
    assert find_reviewer(new[0]).reviewer.label == "Jo"
    fresh = TOKEN.findall(act("address", reviewer.pk).content.decode())
    assert (find_reviewer(token).why, find_reviewer(fresh[0]).why) == ("unknown", "")
    act("revoke_reviewer", reviewer.pk)
    assert find_reviewer(fresh[0]).why == "revoked"
    assert find_reviewer(new[0]).why == ""
    act("revoke")
    assert find_reviewer(new[0]).why == "revoked"


def test_who_may_only_look_changes_nothing(client, draft):
    reviewer, token = invite([draft])
    visitor = UserFactory()
    assign_perm("catalog.view_series", visitor, draft.series)
    client.force_login(visitor)
    link, pair = [reviewer.link_id], [reviewer.link_id, reviewer.pk]
    assert client.get(reverse("admin:review_reviewlink_change", args=link)).status_code == 200
    assert post(client, drafts=draft.pk).status_code == 404
    acts = {
        "extend": link,
        "revoke": link,
        "invite": link,
        "address": pair,
        "revoke_reviewer": pair,
    }
    for name, args in acts.items():
        address = reverse(f"admin:review_link_{name}", args=args)
        assert client.post(address, {"days": "3", "label": "X"}).status_code == 404
    assert find_reviewer(token).why == ""
    assert Reviewer.objects.count() == 1


def test_links_of_another_series_do_not_exist(client, manager, language):
    other = make_draft(LineFactory())
    reviewer, _ = invite([other])
    page = reverse("admin:review_reviewlink_change", args=[reviewer.link_id])
    assert client.get(page).status_code == 404
    for drafts in (other.pk, "9", "9" * 30, "x"):
        assert post(client, drafts=drafts).status_code == 404
    for series in (other.series_id, "x", ""):
        assert post(client, series=series).status_code == 404
    listed = client.get(reverse("admin:review_reviewlink_changelist")).content.decode()
    assert "Please listen" not in listed
    own = invite([make_draft(LineFactory(language=language))], by=manager)[0]
    for pair in ([reviewer.link_id, reviewer.pk], [own.link_id, reviewer.pk]):
        for name in ("address", "revoke_reviewer"):
            address = reverse(f"admin:review_link_{name}", args=pair)
            assert client.post(address).status_code == 404
    for name in ("extend", "invite", "revoke"):
        address = reverse(f"admin:review_link_{name}", args=[reviewer.link_id])
        assert client.post(address, {"days": "90", "label": "X"}).status_code == 404
    assert not Reviewer.objects.exclude(revoked_at=None).exists()


def test_the_drafts_of_a_link_come_in_pages(client, manager, language, monkeypatch):
    monkeypatch.setattr(staff, "DRAFTS_PER_PAGE", 1)
    drafts = [make_draft(LineFactory(language=language)) for _ in range(2)]
    link = invite(drafts, by=manager)[0].link
    address = reverse("admin:review_reviewlink_change", args=[link.pk])
    for number, draft in enumerate(drafts, start=1):
        page = client.get(f"{address}?page={number}")
        assert list(page.context_data["page"]) == [draft]


def test_pages_ask_as_much_for_one_as_for_many(client, manager, language):
    def queries(name, *args):
        with CaptureQueriesContext(connection) as asked:
            assert client.get(reverse(name, args=args)).status_code == 200
        return len(asked)

    drafts = [make_draft(LineFactory(language=language)) for _ in range(6)]
    one = invite(drafts[:1], by=manager)[0]
    page, listed = "admin:review_reviewlink_change", "admin:review_reviewlink_changelist"
    queries(page, one.link_id)  # the first page of a session asks for more
    few = queries(page, one.link_id), queries(listed)
    many = invite(drafts, by=manager)[0]
    for draft in drafts:
        decide(many, draft, "unsure")
        comment(many, draft, "Hm.")
    assert (queries(page, many.link_id), queries(listed)) == few
