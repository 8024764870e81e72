"""The ranking board when things go wrong: no server, no session, refusals, no permission."""

import re

import pytest
from django.urls import reverse
from guardian.shortcuts import assign_perm
from playwright.sync_api import Page, Route, expect

from apps.accounts.models import User
from apps.takes.models import Batch, RankingAct, Take
from apps.takes.ranking.services import lock_batch, rank_take
from tests.browser.boards import Acts, audible_batch, open_board
from tests.browser.test_board import drag, rank_of, row, said, slot
from tests.browser.test_story import complaints, log_in, page
from tests.factories import UserFactory
from tests.takes.boards import take_of

__all__ = ["complaints", "page"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NARROW = {"color_scheme": "light", "viewport": {"width": 360, "height": 780}}


def again(page: Page):
    return page.locator("[data-board=again]")


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.className || document.activeElement.tagName")


def watcher(batch: Batch) -> None:
    """Ada may see the Series of the batch, and nothing else."""
    ada = User.objects.get(username="ada")
    ada.is_superuser = False
    ada.is_staff = True
    ada.save()
    assign_perm("catalog.view_series", ada, batch.series)


# --- The server is away -------------------------------------------------------------------------


def test_acts_wait_in_their_order_while_the_server_is_away(page, audio_root):
    batch = audible_batch(audio_root, lines=2, takes=3)
    log_in(page)
    acts = Acts(page)
    open_board(page, batch)
    acts.answer = Route.abort
    page.keyboard.press("2")
    expect(said(page)).to_have_text("The server cannot be reached. 1 change waits here: try again.")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("1")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("1")
    expect(again(page)).to_have_text("Try again (3)")
    expect(said(page)).to_contain_text("3 changes wait here")
    assert not RankingAct.objects.exists()
    acts.answer = None
    again(page).click()
    expect(again(page)).to_be_hidden()
    expect(said(page)).to_contain_text("take 1 is 1st; take 2 moved to 2nd")
    assert [rank_of(batch, 1, n) for n in (1, 2, 3)] == [1, 2, None]
    assert [act.rank for act in RankingAct.objects.order_by("pk")] == [2, 1, 1]
    assert focused(page) == "take"


def test_the_next_act_sends_those_that_wait_before_it(page, audio_root):
    batch = audible_batch(audio_root, lines=1, takes=2)
    log_in(page)
    acts = Acts(page)
    open_board(page, batch)
    acts.answer = lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>")
    page.keyboard.press("1")
    expect(said(page)).to_contain_text("The server answered 502. 1 change waits")
    acts.answer = None
    page.keyboard.press("u")
    expect(again(page)).to_be_hidden()
    expect(said(page)).to_contain_text("ranked as before your change")
    assert [act.kind for act in RankingAct.objects.order_by("pk")] == ["rank", "undo"]
    assert rank_of(batch, 1, 1) is None


def test_what_waits_does_not_overwrite_what_somebody_did_meanwhile(page, audio_root):
    batch = audible_batch(audio_root, lines=1, takes=3)
    log_in(page)
    acts = Acts(page)
    open_board(page, batch)
    acts.answer = Route.abort
    page.keyboard.press("1")
    expect(again(page)).to_be_visible()
    rank_take(take_of(batch, 1, 2), 1, by=UserFactory(username="grace"))
    expect(slot(page, 1)).to_have_text("2")
    acts.answer = None
    again(page).click()
    expect(said(page)).to_contain_text("Somebody changed this line in the meantime")
    expect(again(page)).to_be_hidden()
    assert [rank_of(batch, 1, n) for n in (1, 2, 3)] == [None, 1, None]


def test_undo_means_the_act_that_is_under_way_and_no_older_one(page, audio_root):
    batch = audible_batch(audio_root, lines=2, takes=2)
    log_in(page)
    acts = Acts(page)
    open_board(page, batch)
    page.keyboard.press("1")
    expect(slot(page, 1)).to_have_text("1")
    page.keyboard.press("Enter")
    expect(page.locator("[data-board=key]")).to_have_text(take_of(batch, 2, 1).line.key)
    page.route("**/changes/**", lambda route: route.abort())
    rank_take(take_of(batch, 2, 2), 1, by=UserFactory(username="grace"))
    acts.answer = lambda route: page.wait_for_timeout(200) or route.continue_()
    page.keyboard.press("1")
    page.keyboard.press("u")
    expect(said(page)).to_contain_text("Nothing was undone")
    assert rank_of(batch, 1, 1) == 1


def test_after_logging_in_again_what_waited_is_sent(page, audio_root):
    batch = audible_batch(audio_root, lines=1, takes=2)
    log_in(page)
    open_board(page, batch)
    page.context.clear_cookies()
    page.keyboard.press("1")
    expect(said(page)).to_contain_text("You are logged out")
    expect(again(page)).to_be_visible()
    other = page.context.new_page()
    log_in(other)
    again(page).click()
    expect(slot(page, 1)).to_have_text("1")
    expect(again(page)).to_be_hidden()
    assert rank_of(batch, 1, 1) == 1


def test_a_token_that_became_old_keeps_the_act(page, audio_root):
    batch = audible_batch(audio_root, lines=1, takes=2)
    log_in(page)
    acts = Acts(page)
    open_board(page, batch)
    acts.answer = lambda route: route.fulfill(status=403, body="<h1>Forbidden</h1>")
    page.keyboard.press("1")
    expect(said(page)).to_contain_text("Log in in another tab")
    acts.answer = None
    again(page).click()
    expect(slot(page, 1)).to_have_text("1")


def test_a_board_that_could_not_be_read_says_so_and_can_be_read_again(page, audio_root):
    batch = audible_batch(audio_root, lines=2, takes=2)
    log_in(page)
    page.route(re.compile("/rank/(lines|changes)/"), lambda route: route.abort())
    page.goto(reverse("admin:takes_board", args=[batch.batch_id]))
    note = page.locator("[data-board=unread]")
    expect(note).to_contain_text("The lines could not be read. The server cannot be reached.")
    page.unroute_all()
    # It looks again by itself, for what the batch says of itself.
    expect(page.locator("[data-board=won]")).to_have_text("0 of 2 lines have a winner")
    note.get_by_role("button", name="Try again").click()
    expect(page.locator("li.take")).to_have_count(2)
    expect(note).to_be_hidden()
    page.keyboard.press("1")
    expect(slot(page, 1)).to_have_text("1")


def test_a_rank_whose_files_could_not_be_written_is_not_sent_twice(page, audio_root):
    batch = audible_batch(audio_root, lines=1, takes=2)
    first = audio_root / batch.path / "ranked" / "01"
    first.rmdir()
    first.write_text("in the way")
    log_in(page)
    open_board(page, batch)
    page.keyboard.press("1")
    expect(said(page)).to_contain_text("The change is kept")
    expect(again(page)).to_be_hidden()
    expect(slot(page, 1)).to_have_text("1")


# --- Dialogs ------------------------------------------------------------------------------------


def test_enter_in_a_dialog_does_what_the_dialog_is_for(page, audio_root, complaints):
    batch = audible_batch(audio_root, lines=1, takes=1)
    log_in(page)
    open_board(page, batch)
    dialog = page.get_by_role("dialog")
    page.get_by_role("button", name="Lock", exact=True).click()
    dialog.get_by_label("Why").fill("Never mind.")
    dialog.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Lock", exact=True).click()
    expect(dialog.get_by_label("Why")).to_have_value("")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    dialog.get_by_label("Why").fill("All were heard.")
    page.keyboard.press("Enter")
    expect(page.locator("[data-board=banner]")).to_contain_text("All were heard.")
    assert focused(page) == "take"
    page.get_by_role("button", name="Unlock").click()
    dialog.get_by_label("Why").press("Enter")
    expect(page.locator("[data-board=banner]")).to_be_hidden()
    assert focused(page) == "take"
    assert complaints == []


def test_a_refusal_is_shown_in_its_dialog_and_what_was_typed_stays(page, audio_root):
    batch = audible_batch(audio_root, lines=1, takes=2)
    Take.objects.filter(take_number=2).update(status="pending")
    log_in(page)
    open_board(page, batch)
    page.get_by_role("button", name="Lock", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Why").fill("All were heard.")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("1 takes are still being made")
    expect(dialog.get_by_label("Why")).to_have_value("All were heard.")
    Take.objects.filter(take_number=2).update(status="failed")
    dialog.get_by_role("button", name="Lock the batch").click()
    expect(page.locator("[data-board=banner]")).to_contain_text("All were heard.")


# --- Who may not --------------------------------------------------------------------------------


@pytest.mark.parametrize("page", [NARROW], indirect=True)
def test_a_viewer_is_told_why_keys_do_nothing(page, audio_root, complaints):
    batch = audible_batch(audio_root, lines=1, takes=2)
    log_in(page)
    watcher(batch)
    open_board(page, batch)
    expect(page.locator(".board__note")).to_contain_text("for you this board is read-only")
    for key in ("1", "u", "Backspace"):
        said(page).evaluate("(one) => (one.textContent = '')")
        page.keyboard.press(key)
        expect(said(page)).to_have_text("You may listen here, but not rank.")
    assert not RankingAct.objects.exists()
    assert complaints == []


def test_a_locked_batch_says_why_keys_do_nothing(page, audio_root, complaints):
    batch = audible_batch(audio_root, lines=1, takes=2)
    lock_batch(batch, by=UserFactory(username="grace"))
    log_in(page)
    open_board(page, batch)
    page.keyboard.press("1")
    expect(said(page)).to_have_text("The batch is locked: its ranks are final.")
    expect(page.locator("[data-board=banner] voice-time")).to_contain_text("today")
    assert complaints == []


def test_escape_takes_a_drag_back(page, audio_root, complaints):
    batch = audible_batch(audio_root, lines=1, takes=2)
    log_in(page)
    open_board(page, batch)
    start, end = (one.bounding_box() for one in (row(page, "2").locator(".grip"), slot(page, 1)))
    page.mouse.move(start["x"] + 5, start["y"] + 5)
    page.mouse.down()
    page.mouse.move(end["x"] + 10, end["y"] + 10, steps=12)
    page.keyboard.press("Escape")
    page.mouse.up()
    page.wait_for_timeout(300)
    assert not RankingAct.objects.exists()
    expect(slot(page, 1)).to_have_text("")
    drag(page, row(page, "2").locator(".grip"), slot(page, 1))
    expect(slot(page, 1)).to_have_text("2")
    assert complaints == []
