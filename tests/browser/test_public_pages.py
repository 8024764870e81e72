"""Every page that partners can see: for axe, in both directions of writing, and by keyboard."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from apps.review.links.services.reviewers import introduce
from apps.review.models import Comment, ReviewLink, Verdict
from tests.browser.test_review_page import open_page, version
from tests.browser.test_story import assert_axe_finds_nothing
from tests.factories import LanguageFactory, LineFactory
from tests.review.clips import change_text, invite, make_draft, make_live
from tests.review.conftest import places

__all__ = ["places"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TEXTS = {"ar": "مرحبا بكم في البرج", "de": "Willkommen im Turm."}
OVERRIDE = "\u202etxet <b>bold</b>"


def drafts_in(tag: str):
    """Two versions, of a text that has changed since; the old clip is live."""
    language = LanguageFactory(series__slug="Levels", tag=tag)
    line = LineFactory(language=language, key="intro-1", text=TEXTS[tag])
    make_live(line, text=f"{TEXTS[tag]} {OVERRIDE}")
    first = make_draft(line, seconds=1.2)
    change_text(line, f"{TEXTS[tag]} {TEXTS[tag]}")
    line.refresh_from_db()
    return [first, make_draft(line, seconds=1.2, hertz=500)]


@pytest.mark.parametrize("tag", ["de", "ar"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_public_page(browser, live_server, places, scheme, tag):
    drafts = drafts_in(tag)
    reviewer, token = invite(drafts, passcode="lamp", message=OVERRIDE)
    page, complaints = open_page(browser, live_server, color_scheme=scheme)
    home = f"/review/{token}/"

    def looked_at(heading: str) -> None:
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        assert_axe_finds_nothing(page)

    page.goto(home)
    looked_at("A passcode is needed")
    page.get_by_label("Passcode").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    looked_at("A passcode is needed")
    page.get_by_label("Passcode").fill("lamp")
    page.keyboard.press("Enter")
    looked_at("Who are you?")
    page.keyboard.press("Enter")
    looked_at("Please listen")
    Comment.objects.create(reviewer=reviewer, draft=drafts[0], text=OVERRIDE)
    page.goto(home)
    looked_at("Please listen")
    assert_no_override_leaks(page)
    page.goto(f"{home}summary/")
    looked_at("Before you submit")
    page.get_by_role("button", name="Submit").click()
    looked_at("Thank you")
    assert not [one for one in complaints if "403" not in one], complaints
    closed_pages(page, reviewer, home, looked_at)
    page.context.close()


def assert_no_override_leaks(page: Page) -> None:
    """What others wrote stands in boxes that turn only themselves around, as text."""
    said = page.get_by_text("txet <b>bold</b>")
    assert said.count() >= 2
    how = "one => [getComputedStyle(one).unicodeBidi, getComputedStyle(one).display]"
    for one in said.all():
        bidi, display = one.evaluate(how)
        assert "isolate" in bidi or display == "block"


def closed_pages(page: Page, reviewer, home: str, looked_at) -> None:
    page.goto(f"/review/{'x' * 43}/")
    looked_at("This link does not work.")
    links = ReviewLink.objects.filter(pk=reviewer.link_id)
    links.update(expires_at=timezone.now() - timedelta(days=1))
    page.goto(home)
    looked_at("This link has expired.")
    links.update(revoked_at=timezone.now())
    page.goto(home)
    looked_at("This link was closed.")


def test_a_partner_reviews_by_keyboard_alone(browser, live_server, places):
    drafts = drafts_in("de")
    reviewer, token = invite(drafts)
    introduce(reviewer, "Maria")
    page, complaints = open_page(browser, live_server)
    page.goto(f"/review/{token}/")
    second = version(page, drafts[1])
    tab_to(page, second.locator(".player__play"))
    page.keyboard.press("Enter")
    player = second.locator("voice-player")
    expect(player).to_have_attribute("data-state", "playing")
    expect(player).to_have_attribute("data-state", "paused", timeout=15_000)
    tab_to(page, second.get_by_role("button", name="Use this one"))
    page.keyboard.press("Enter")
    expect(page.locator("#progress")).to_contain_text("1 of 1")
    tab_to(page, page.get_by_role("link", name="Submit"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="Submit"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    assert Verdict.objects.get().decision == "approve"
    assert not complaints
    page.context.close()


def tab_to(page: Page, goal) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if goal.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"{goal} is not reached with the Tab key")
