"""Nothing on the ranking board moves, hides or covers what one is about to press."""

import pytest
from playwright.sync_api import Page, expect

from apps.takes.models import Take
from tests.browser.boards import audible_batch, open_board
from tests.browser.test_board import slot
from tests.browser.test_story import complaints, log_in, page

__all__ = ["complaints", "page"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SIZES = [
    {"color_scheme": "light", "viewport": {"width": 1280, "height": 800}},
    {"color_scheme": "dark", "viewport": {"width": 360, "height": 780}},
]
NAMES = ["desk", "phone"]


def covered(page: Page) -> list[str]:
    """The rank buttons that lie under a toast."""
    return page.evaluate("""() => {
      const over = document.querySelector(".toast").getBoundingClientRect();
      const meets = (one) => one.left < over.right && one.right > over.left
        && one.top < over.bottom && one.bottom > over.top;
      return [...document.querySelectorAll("[data-rank], .slot button")]
        .filter((one) => meets(one.getBoundingClientRect())).map((one) => one.outerHTML);
    }""")


@pytest.mark.parametrize("page", SIZES, indirect=True, ids=NAMES)
def test_what_is_said_covers_no_rank(page, audio_root, complaints):
    batch = audible_batch(audio_root, lines=1, takes=6)
    log_in(page)
    open_board(page, batch)
    page.keyboard.press("1")
    expect(slot(page, 1)).to_have_text("1")
    expect(page.locator(".toast")).to_be_visible()
    assert covered(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert complaints == []


@pytest.mark.parametrize("page", SIZES, indirect=True, ids=NAMES)
def test_the_tools_stay_where_they_are(page, audio_root, complaints):
    batch = audible_batch(audio_root, lines=2, takes=2)
    log_in(page)
    open_board(page, batch)
    before = page.locator("[data-board=loop]").bounding_box()
    Take.objects.filter(take_number=2).update(status="pending")
    expect(page.locator("[data-board=making]")).to_have_text("2 takes are being made")
    assert page.locator("[data-board=loop]").bounding_box() == before
    Take.objects.filter(take_number=2, line=batch.takes.first().line).update(status="failed")
    expect(page.locator("[data-board=making]")).to_have_text("1 take is being made")
    assert complaints == []


@pytest.mark.parametrize("page", SIZES, indirect=True, ids=NAMES)
def test_the_row_with_the_focus_is_in_view(page, audio_root, complaints):
    batch = audible_batch(audio_root, lines=1, takes=9)
    log_in(page)
    open_board(page, batch)
    edge = "document.getElementById('header').getBoundingClientRect().bottom"
    below = f"document.activeElement.getBoundingClientRect().top - {edge}"
    for key in ["ArrowDown"] * 8 + ["ArrowUp"] * 8:
        page.keyboard.press(key)
        page.wait_for_timeout(30)
        assert page.evaluate(below) >= 0
    assert complaints == []


def test_failed_takes_have_the_mark_of_failures(page, audio_root, complaints):
    batch = audible_batch(audio_root, lines=1, takes=2)
    Take.objects.filter(take_number=2).update(status="failed", error="No such voice.")
    log_in(page)
    open_board(page, batch)
    failed = page.locator(".line .chip[data-meaning=fail]")
    expect(failed).to_have_text("1 failed")
    assert failed.locator("use").get_attribute("href").endswith("#fail")
    expect(page.locator(".line__state")).to_have_text("unranked")
    assert complaints == []
