"""What is chosen in a list, in a real browser: no act reaches rows that nobody chose for it."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from apps.review.models import Draft, ReviewLink
from tests.browser.test_board import wait_until
from tests.browser.test_clips import lines, open_table
from tests.browser.test_review_page import open_page
from tests.browser.test_story import log_in
from tests.review.clips import make_draft
from tests.review.conftest import places

__all__ = ["lines", "places"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def desk(browser, live_server, lines):
    page, complaints = open_page(browser, live_server, viewport={"width": 1280, "height": 900})
    log_in(page)
    yield page
    assert not complaints
    page.context.close()


def drafts_page(page: Page, query: str = "") -> None:
    page.goto(reverse("admin:review_draft_changelist") + query)


def choose(page: Page, *drafts: Draft) -> None:
    for draft in drafts:
        page.locator(f".action-select[value='{draft.pk}']").check()


def act(page: Page, name: str) -> None:
    page.locator("select[name=action]").select_option(name)
    page.get_by_role("button", name="Go").click()


def settled(page: Page) -> None:
    """Until the script of the page has seen how the act ended."""
    wait_until(page, lambda: page.evaluate("!sessionStorage.getItem('voicecms.acted')"))


def chosen(page: Page) -> int:
    settled(page)
    store = "sessionStorage.getItem(`voicecms.selected ${location.pathname}`)"
    return page.evaluate(f"JSON.parse({store} ?? '[]').length")


def test_an_act_leaves_nothing_chosen_for_the_next_one(desk, lines):
    """Some are chosen, then filtered away and rejected; the next act is of one draft alone."""
    first, second, third = (make_draft(line) for line in lines)
    drafts_page(desk)
    choose(desk, first, second)
    drafts_page(desk, "?state=waiting&q=intro-2")
    act(desk, "reject")
    desk.get_by_role("button", name="Reject 2 drafts").click()
    expect(desk.locator(".messagelist")).to_contain_text("2 drafts rejected")
    assert desk.url.endswith("?state=waiting&q=intro-2")
    assert chosen(desk) == 0
    drafts_page(desk)
    expect(desk.locator(".action-select:checked")).to_have_count(0)
    choose(desk, third)
    act(desk, "hide")
    expect(desk.locator(".messagelist")).to_contain_text("1 draft deleted")
    assert list(Draft.objects.filter(hidden_at__isnull=False)) == [third]
    settled(desk)
    drafts_page(desk)
    assert chosen(desk) == 0


def test_what_was_refused_or_not_confirmed_stays_chosen(desk, lines):
    drafts = [make_draft(lines[0]), make_draft(lines[0])]
    drafts_page(desk)
    choose(desk, *drafts)
    act(desk, "approve")
    expect(desk.locator(".messagelist")).to_contain_text("choose one version")
    assert chosen(desk) == 2
    expect(desk.locator(".action-select:checked")).to_have_count(2)
    act(desk, "reject")
    cancel = desk.get_by_role("link", name="Cancel")
    expect(cancel).to_be_focused()
    cancel.click()
    expect(desk.locator(".action-select:checked")).to_have_count(2)
    assert Draft.objects.shown().count() == 2


def test_a_link_that_is_made_leaves_nothing_chosen(desk, lines):
    drafts = [make_draft(line) for line in lines[:2]]
    drafts_page(desk)
    choose(desk, *drafts)
    act(desk, "review_link")
    desk.get_by_label("Reviewers").fill("Maria")
    desk.get_by_role("button", name="Make the link").click()
    expect(desk.get_by_label("Maria")).to_be_visible()
    settled(desk)
    link = ReviewLink.objects.get()
    desk.reload()
    expect(desk).to_have_url(re.compile(rf"/reviewlink/{link.pk}/change/$"))
    expect(desk.get_by_role("heading", level=1)).to_contain_text(link.title)
    assert ReviewLink.objects.get() == link, "to load the page again makes no other link"
    drafts_page(desk)
    assert chosen(desk) == 0


def test_a_filter_without_rows_says_what_is_chosen(desk, lines):
    drafts = [make_draft(line) for line in lines[:2]]
    drafts_page(desk)
    choose(desk, *drafts)
    drafts_page(desk, "?q=nothing")
    told = desk.locator(".selection")
    expect(told).to_contain_text("2 selected, 2 not shown")
    told.get_by_role("button", name="Forget those").click()
    expect(told).to_be_hidden()
    drafts_page(desk)
    expect(desk.locator(".action-select:checked")).to_have_count(0)


def test_the_clip_table_forgets_too(desk, lines):
    where = reverse("admin:review_clips", args=[lines[0].series_id])
    open_table(desk, lines)
    for line in lines[:2]:
        desk.get_by_label(f"Choose {line.key}").check()
    act(desk, "link")
    expect(desk.locator(".messagelist")).to_contain_text("None of these lines has a draft")
    expect(desk.locator(".action-select:checked")).to_have_count(2)
    everything = desk.get_by_label("Choose all lines of this page")
    expect(everything).not_to_be_checked()
    desk.get_by_label(f"Choose {lines[2].key}").check()
    expect(everything).to_be_checked()
    desk.reload()
    expect(everything).to_be_checked()
    desk.get_by_label(f"Choose {lines[2].key}").uncheck()
    expect(everything).not_to_be_checked()
    desk.goto(f"{where}?lang=de&q=intro-2")
    expect(desk.locator(".selection")).to_contain_text("2 selected, 1 not shown")
    act(desk, "save")
    expect(desk.locator(".messagelist")).to_contain_text("None of these lines has a preview")
    expect(desk.locator(".selection")).to_contain_text("2 selected, 1 not shown")
    act(desk, "regenerate")
    expect(desk.locator(".messagelist")).to_contain_text("2 previews are being made.")
    assert desk.url.endswith("?lang=de&q=intro-2")
    expect(desk.locator(".action-select:checked")).to_have_count(0)
    assert chosen(desk) == 0
