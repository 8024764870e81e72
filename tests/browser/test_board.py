"""The ranking board in a real browser: by keyboard, by mouse, on a phone, by two people."""

import re
import time

import pytest
from django.urls import reverse
from playwright.sync_api import Page, Route, expect

from apps.accounts.models import User
from apps.takes.models import Batch, RankingAct, Take
from apps.takes.ranking.services import rank_take
from tests.browser.boards import Acts, audible_batch, open_board
from tests.browser.test_story import assert_axe_finds_nothing, complaints, log_in, page, processes
from tests.factories import UserFactory
from tests.takes.boards import assert_tree_shows, hashes, make_batch, take_of
from tests.workers import Processes, wait_for

__all__ = ["complaints", "page", "processes"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PHONE = {"color_scheme": "dark", "viewport": {"width": 360, "height": 780}, "has_touch": True}


def rank_of(batch: Batch, line: int, number: int) -> int | None:
    return take_of(batch, line, number).rank


def said(page: Page):
    return page.locator("[data-board=said]")


def row(page: Page, label: str):
    return page.locator("li.take").filter(has=page.locator(f".grip:text-is('{label}')"))


def playing(page: Page) -> list[str]:
    return page.evaluate(
        "[...document.querySelectorAll('voice-player')].filter((one) => !one.audio.paused)"
        ".map((one) => one.dataset.label)"
    )


def wait_until(page: Page, condition, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        page.wait_for_timeout(50)


def test_a_batch_is_ranked_to_the_end_by_keyboard_alone(page, audio_root, complaints):
    batch = audible_batch(audio_root, lines=3, takes=3)
    before = hashes(batch, audio_root)
    log_in(page)
    page.goto(reverse("admin:takes_batch_changelist"))
    page.get_by_role("link", name=re.compile("^Rank")).first.click()
    page.locator("#board[data-ready]").wait_for()
    expect(page.locator("[data-board=won]")).to_have_text("0 of 3 lines have a winner")
    assert_axe_finds_nothing(page)
    for key in ("ArrowDown", "1", "ArrowUp", "1"):
        page.keyboard.press(key)
    expect(said(page)).to_contain_text("take 1 is 1st; take 2 moved to 2nd")
    for key in ("Enter", "2", "ArrowDown", "1", "0", "U", "ArrowRight", "1"):
        page.keyboard.press(key)
    expect(page.locator("[data-board=won]")).to_have_text("3 of 3 lines have a winner")
    assert [rank_of(batch, 1, n) for n in (1, 2, 3)] == [1, 2, None]
    assert [rank_of(batch, 2, n) for n in (1, 2, 3)] == [2, 1, None]
    page.reload()
    page.locator("#board[data-ready]").wait_for()
    page.keyboard.press("u")
    expect(page.locator("[data-board=won]")).to_have_text("2 of 3 lines have a winner")
    page.keyboard.press("1")
    expect(page.locator("[data-board=won]")).to_have_text("3 of 3 lines have a winner")
    assert_tree_shows(batch, audio_root)
    assert hashes(batch, audio_root) == before
    assert complaints == []


def test_takes_of_lines_that_were_left_are_let_go(page, audio_root, complaints):
    """Whoever ranks for hours does not carry every take along that they have seen."""
    batch = audible_batch(audio_root, lines=2, takes=2)
    log_in(page)
    open_board(page, batch)
    grips = page.locator(".take__grips").first.element_handle()
    is_held = "one => Object.entries(one).some(([name, value]) => /^Sortable/.test(name) && value)"
    assert grips.evaluate(is_held)
    page.keyboard.press("ArrowRight")
    wait_until(page, lambda: not grips.evaluate("one => one.isConnected"))
    wait_until(page, lambda: not grips.evaluate(is_held))
    assert page.locator(".take__grips").first.evaluate(is_held)
    assert complaints == []


def drag(page: Page, source, target, *, hold: int = 50) -> None:
    """`hold` is how long somebody thinks before they move and let go, in milliseconds."""
    start, end = source.bounding_box(), target.bounding_box()
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.wait_for_timeout(hold)
    page.mouse.move(start["x"] + 30, start["y"] + 30, steps=4)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=12)
    page.wait_for_timeout(hold)
    page.mouse.up()


def slot(page: Page, rank: int):
    return page.locator(f"[data-slot='{rank}'] .slot__place")


def test_by_mouse_and_then_locked(page, audio_root, complaints):
    batch = audible_batch(audio_root, lines=2, takes=3)
    log_in(page)
    open_board(page, batch)
    drag(page, row(page, "2").locator(".grip"), slot(page, 1))
    expect(slot(page, 1)).to_have_text("2")
    drag(page, row(page, "3").locator(".grip"), slot(page, 1))
    expect(slot(page, 1)).to_have_text("3")
    expect(slot(page, 2)).to_have_text("2")
    # Longer than from one look at what others do to the next.
    drag(page, slot(page, 1).locator(".grip"), slot(page, 4), hold=2500)
    expect(slot(page, 4)).to_have_text("3")
    drag(page, slot(page, 2).locator(".grip"), slot(page, 0))
    expect(slot(page, 2)).to_have_text("")
    row(page, "1").get_by_role("button", name="Rank 1").click()
    expect(slot(page, 1)).to_have_text("1")
    page.get_by_role("button", name="Take take 3 off rank 4").click()
    expect(slot(page, 4)).to_have_text("")
    page.locator(".line").nth(1).click()
    expect(page.locator("[data-board=key]")).to_have_text(take_of(batch, 2, 1).line.key)
    row(page, "2").get_by_role("button", name="Rank 1").click()
    expect(page.locator("[data-board=won]")).to_have_text("2 of 2 lines have a winner")
    page.get_by_role("button", name="Undo").first.click()
    expect(page.locator("[data-board=won]")).to_have_text("1 of 2 lines have a winner")

    page.get_by_role("button", name="Lock", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 of 2 lines have no winner")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    assert_axe_finds_nothing(page)
    dialog.get_by_label("Why").fill("The client has heard them.")
    dialog.get_by_role("button", name="Lock the batch").click()
    expect(page.locator("[data-board=banner]")).to_contain_text("Locked by ada")
    expect(page.locator("[data-board=banner]")).to_contain_text("The client has heard them.")
    for give in page.locator("[data-rank]").all():
        expect(give).to_be_disabled()
    acts = RankingAct.objects.count()
    page.keyboard.press("2")
    drag(page, row(page, "3").locator(".grip"), slot(page, 3))
    page.wait_for_timeout(200)
    assert RankingAct.objects.count() == acts
    assert_axe_finds_nothing(page)
    assert_tree_shows(batch, audio_root)

    page.get_by_role("button", name="Unlock").click()
    page.get_by_role("dialog").get_by_role("button", name="Unlock").click()
    expect(page.locator("[data-board=banner]")).to_be_hidden()
    page.locator("li.take").first.focus()
    page.keyboard.press("2")
    expect(slot(page, 2)).not_to_have_text("")
    assert complaints == []


@pytest.mark.parametrize("page", [PHONE], indirect=True)
def test_on_a_phone(page, audio_root, complaints):
    batch = audible_batch(audio_root, lines=3, takes=2)
    log_in(page)
    open_board(page, batch)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 360
    row(page, "1").get_by_role("button", name="Rank 1").tap()
    expect(page.locator("[data-board=won]")).to_have_text("1 of 3 lines have a winner")
    page.get_by_role("button", name="Lines", exact=True).tap()
    page.locator(".line").nth(2).tap()
    expect(page.locator("[data-board=key]")).to_have_text(take_of(batch, 3, 1).line.key)
    expect(page.locator(".lines")).to_be_hidden()
    row(page, "2").get_by_role("button", name="Rank 1").tap()
    expect(page.locator("[data-board=won]")).to_have_text("2 of 3 lines have a winner")
    assert_axe_finds_nothing(page)
    assert complaints == []


@pytest.mark.parametrize("page", [{"color_scheme": "dark"}], indirect=True)
def test_blind_means_blind(page, audio_root, complaints):
    batch = audible_batch(audio_root, lines=2, takes=3)
    rank_take(take_of(batch, 1, 2), 1, by=UserFactory(username="grace"))
    Take.objects.update(seed=987654321, settings={"stability": 0.123})
    log_in(page)
    board = reverse("admin:takes_board", args=[batch.batch_id])
    page.goto(f"{board}#line-{take_of(batch, 1, 1).line_id}")
    page.locator("#board[data-ready]").wait_for()
    page.keyboard.press("b")
    expect(page.locator("[data-board=blind-note]")).to_be_visible()
    expect(page.locator(".grip")).to_have_text(["A", "B", "C"])
    shown = page.locator(".board__takes").evaluate("(one) => one.outerHTML")
    slots = page.locator(".board__slots").inner_text()
    for told in ("take_1", "take_2", "take_3", ".mp3", "987654321", "0.123", "grace", "1st"):
        assert told not in shown and told not in slots
    assert_axe_finds_nothing(page)
    page.keyboard.press("2")  # whichever take A is, none holds this rank
    expect(page.locator("[data-board=blind-note]")).to_be_hidden()
    expect(page.locator(".board__takes")).to_contain_text("stability")
    page.reload()
    page.locator("#board[data-ready]").wait_for()
    page.keyboard.press("Enter")
    expect(page.locator("[data-board=blind-note]")).to_be_visible()
    assert complaints == []


def test_takes_are_compared_at_the_same_second(page, audio_root, complaints):
    batch = audible_batch(audio_root, lines=2, takes=3)
    heard = []
    page.on("request", lambda asked: "/audio/" in asked.url and heard.append(asked.url))
    log_in(page)
    open_board(page, batch)
    page.wait_for_timeout(300)
    assert heard == [], "nothing is loaded before it is played"
    page.keyboard.press("l")
    page.keyboard.press(" ")
    wait_until(page, lambda: playing(page) == ["take 1"])
    page.wait_for_timeout(500)
    page.keyboard.press("ArrowDown")
    wait_until(page, lambda: playing(page) == ["take 2"])
    position = page.evaluate(
        "[...document.querySelectorAll('voice-player')].map((one) => one.audio.currentTime)"
    )
    assert position[1] >= 0.2
    page.keyboard.press(" ")
    wait_until(page, lambda: playing(page) == [])
    assert complaints == []


def test_two_curators_see_each_other_and_overwrite_nothing(page, audio_root, complaints):
    batch = audible_batch(audio_root, lines=2, takes=3)
    grace = UserFactory(username="grace")
    log_in(page)
    open_board(page, batch)
    rank_take(take_of(batch, 1, 2), 1, by=grace)
    expect(slot(page, 1)).to_have_text("2")
    expect(page.locator("[data-board=won]")).to_have_text("1 of 2 lines have a winner")
    expect(row(page, "2")).to_contain_text("ranked by grace")
    page.route("**/changes/**", lambda route: route.abort())
    rank_take(take_of(batch, 1, 3), 1, by=grace)
    page.keyboard.press("1")
    expect(said(page)).to_contain_text("Somebody changed this line in the meantime")
    expect(slot(page, 1)).to_have_text("3")
    assert rank_of(batch, 1, 1) is None
    page.keyboard.press("1")
    expect(slot(page, 1)).to_have_text("1")
    assert [rank_of(batch, 1, n) for n in (1, 2, 3)] == [1, 3, 2]
    expected = ("409", "ERR_FAILED")
    assert all(any(word in one for word in expected) for one in complaints), complaints


def test_the_list_follows_whatever_was_changed_at_once(page, audio_root, complaints):
    batch = make_batch(audio_root, lines=25, takes=1)
    log_in(page)
    open_board(page, batch)
    expect(page.locator(".line")).not_to_have_count(0)
    for take in batch.takes.all():
        rank_take(take, 1, by=None)
    expect(page.locator("[data-board=won]")).to_have_text("25 of 25 lines have a winner")
    page.locator(".lines").evaluate("(one) => (one.scrollTop = one.scrollHeight)")
    page.wait_for_timeout(200)
    for line in page.locator(".line").all():
        expect(line).to_contain_text("winner")
    assert all("404" in one for one in complaints), complaints  # takes without a waveform


def test_nobody_gets_stuck_behind_what_somebody_ranked_over(page, audio_root, complaints):
    batch = audible_batch(audio_root, lines=2, takes=2)
    log_in(page)
    open_board(page, batch)
    for key in ("1", "Enter", "1"):
        page.keyboard.press(key)
    expect(page.locator("[data-board=won]")).to_have_text("2 of 2 lines have a winner")
    button = page.locator("[data-board=undo]")
    keys = [take_of(batch, line, 1).line.key for line in (1, 2)]
    expect(button).to_have_attribute("title", f"Undo: {keys[1]} take 1 ranked 1")
    page.route("**/changes/**", lambda route: route.abort())
    rank_take(take_of(batch, 2, 2), 1, by=UserFactory(username="grace"))
    page.keyboard.press("u")
    expect(said(page)).to_contain_text("grace ranked this line after that; nothing was undone")
    assert [rank_of(batch, 2, number) for number in (1, 2)] == [2, 1]
    expect(button).to_have_attribute("title", f"Undo: {keys[0]} take 1 ranked 1")
    page.keyboard.press("u")
    expect(page.locator("[data-board=won]")).to_have_text("1 of 2 lines have a winner")
    assert rank_of(batch, 1, 1) is None
    expect(button).to_be_disabled()
    expected = ("409", "ERR_FAILED")
    assert all(any(word in one for word in expected) for one in complaints), complaints


def test_what_could_not_be_sent_is_sent_when_one_tries_again(page, audio_root):
    batch = audible_batch(audio_root, lines=1, takes=2)
    log_in(page)
    acts = Acts(page)
    open_board(page, batch)
    acts.answer = Route.abort
    page.keyboard.press("1")
    expect(said(page)).to_contain_text("The server cannot be reached. 1 change waits here")
    assert rank_of(batch, 1, 1) is None
    acts.answer = None
    page.get_by_role("button", name="Try again").click()
    expect(slot(page, 1)).to_have_text("1")


def test_keys_are_dead_while_one_types_and_can_be_switched_off(page, audio_root, complaints):
    batch = audible_batch(audio_root, lines=2, takes=2)
    log_in(page)
    open_board(page, batch)
    page.keyboard.press("/")
    page.keyboard.type("12345ub")
    page.wait_for_timeout(300)
    assert not RankingAct.objects.exists()
    expect(page.locator("[data-board=none]")).to_be_visible()
    page.locator("[data-board=search]").fill("")
    expect(page.locator(".line")).to_have_count(2)
    page.locator("li.take").first.focus()
    page.keyboard.press("?")
    keys = page.get_by_role("dialog")
    for name in ("Space", "↑", "Backspace", "Enter"):
        expect(keys.get_by_text(name, exact=True)).to_be_visible()
    assert_axe_finds_nothing(page)
    keys.get_by_label("Keys are on").uncheck()
    keys.get_by_role("button", name="Close").click()
    page.locator("li.take").first.focus()
    page.keyboard.press("1")
    page.wait_for_timeout(200)
    assert not RankingAct.objects.exists()
    assert complaints == []


def test_keys_are_switched_off_for_the_person_in_every_browser(page, browser, audio_root):
    batch = audible_batch(audio_root, lines=1, takes=1)
    log_in(page)
    open_board(page, batch)
    page.locator(".board__tools").get_by_role("button", name="Keys").click()
    keys = page.get_by_role("dialog")
    expect(keys.get_by_role("heading", name="Keys")).to_be_in_viewport()
    keys.get_by_label("Keys are on (for you, in every browser)").uncheck()
    wait_until(page, lambda: User.objects.get(username="ada").keys_off)
    context = browser.new_context(base_url=page.url.split("/admin")[0])
    other = context.new_page()
    log_in(other)
    open_board(other, batch)
    other.keyboard.press("1")
    other.wait_for_timeout(200)
    assert not RankingAct.objects.exists()
    other.keyboard.press("?")
    expect(other.get_by_label("Keys are on")).not_to_be_checked()
    other.route("**/admin/keys/", lambda route: route.abort())
    other.get_by_label("Keys are on").click()
    expect(other.get_by_role("dialog").get_by_role("alert")).to_contain_text("not be saved")
    expect(other.get_by_label("Keys are on")).not_to_be_checked()
    context.close()


def test_thousands_of_lines_are_a_few_rows(page, audio_root, complaints):
    batch = make_batch(audio_root, lines=2000, takes=1)
    log_in(page)
    open_board(page, batch)
    assert page.locator(".line").count() < 60
    page.locator(".lines").focus()
    page.keyboard.press("End")
    last = take_of(batch, 2000, 1).line.key
    expect(page.locator("[data-board=key]")).to_have_text(last)
    expect(page.locator(".line[aria-selected=true]")).to_have_attribute("aria-posinset", "2000")
    assert page.locator(".line").count() < 60
    page.get_by_role("button", name="Unranked").click()
    expect(page.locator(".line").first).to_have_attribute("aria-setsize", "2000")
    page.reload()
    page.locator("#board[data-ready]").wait_for()
    assert "filter=unranked" in page.url


def test_more_takes_and_a_trimmed_one_appear_by_themselves(
    page, audio_root, processes: Processes, complaints
):
    batch = audible_batch(audio_root, lines=1, takes=1)
    processes.worker()
    log_in(page)
    open_board(page, batch)
    page.get_by_role("button", name="More takes of this line").click()
    page.get_by_role("dialog").get_by_label("How many").fill("2")
    page.get_by_role("button", name="Make them").click()
    expect(page.locator("li.take")).to_have_count(3)
    wait_for(lambda: Take.objects.complete().count() == 3, 30, "no more takes were made")
    expect(page.locator("li.take voice-player")).to_have_count(3, timeout=30_000)
    row(page, "1").get_by_role("button", name="Trim take 1").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("From").fill("0.25")
    dialog.get_by_label("to", exact=True).fill("0.75")
    assert_axe_finds_nothing(page)
    dialog.get_by_role("button", name="Make the new take").click()
    cuts = Take.objects.complete().filter(origin="derived")
    wait_for(cuts.exists, 30, "nothing was cut")
    expect(row(page, "4")).to_contain_text("cut from take 1", timeout=30_000)
    assert cuts.get().duration == pytest.approx(0.5, abs=0.05)
    assert complaints == []
