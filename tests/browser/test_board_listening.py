"""Hearing on the ranking board: A against B, what is loaded next, cutting a part, blind mode."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from apps.audio.examining import ExamineOptions, examine
from apps.takes.models import Batch, RankingAct, Take
from tests.browser.boards import audible_batch, open_board
from tests.browser.test_board import playing, rank_of, row, said, slot, wait_until
from tests.browser.test_story import complaints, log_in, page
from tests.factories import FindingFactory
from tests.review.clips import tone
from tests.takes.boards import make_batch, take_of

__all__ = ["complaints", "page"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NARROW = {"color_scheme": "light", "viewport": {"width": 360, "height": 780}}


def positions(page: Page) -> list[float]:
    return page.evaluate(
        "[...document.querySelectorAll('voice-player')].map((one) => one.audio.currentTime)"
    )


def speak(batch: Batch, number: int, seconds: float, root) -> None:
    take = take_of(batch, 1, number)
    examined = examine(tone(seconds, 300), ExamineOptions(output_format="mp3_44100_128"))
    (root / take.key).write_bytes(examined.data)
    Take.objects.filter(pk=take.pk).update(duration=examined.measurement.duration)


def focused_take(page: Page) -> str:
    return page.evaluate("document.activeElement.querySelector('.grip')?.textContent")


def test_the_next_take_is_loaded_when_one_begins_to_play(page, audio_root, complaints):
    batch = audible_batch(audio_root, lines=1, takes=3)
    log_in(page)
    open_board(page, batch)
    loading = "[...document.querySelectorAll('voice-player audio')].map((one) => one.preload)"
    assert page.evaluate(loading) == ["none"] * 3
    page.keyboard.press(" ")
    wait_until(page, lambda: playing(page) == ["take 1"])
    wait_until(page, lambda: page.evaluate(loading)[1:] == ["auto", "none"])
    assert complaints == []


def test_past_the_end_of_a_shorter_take_it_begins_anew(page, audio_root, complaints):
    batch = audible_batch(audio_root, lines=1, takes=2)
    speak(batch, 2, 0.5, audio_root)
    log_in(page)
    open_board(page, batch)
    page.keyboard.press("l")
    page.keyboard.press(" ")
    wait_until(page, lambda: positions(page)[0] > 0.8)
    page.keyboard.press("ArrowDown")
    wait_until(page, lambda: playing(page) == ["take 2"])
    wait_until(page, lambda: 0.05 < positions(page)[1] < 0.5)
    assert complaints == []


def test_the_position_is_kept_while_paused_unless_one_moves_it(page, audio_root, complaints):
    batch = audible_batch(audio_root, lines=1, takes=2)
    for number in (1, 2):
        speak(batch, number, 6, audio_root)
    log_in(page)
    open_board(page, batch)
    page.keyboard.press(" ")
    wait_until(page, lambda: positions(page)[0] > 0.6)
    page.keyboard.press(" ")
    wait_until(page, lambda: playing(page) == [])
    page.keyboard.press("ArrowDown")
    page.keyboard.press(" ")
    wait_until(page, lambda: playing(page) == ["take 2"])
    assert positions(page)[1] >= 0.6
    page.keyboard.press(" ")
    slider = row(page, "1").get_by_role("slider")
    slider.fill("0.1")
    row(page, "1").get_by_role("button", name="Play take 1").click()
    wait_until(page, lambda: playing(page) == ["take 1"])
    assert positions(page)[0] < 0.6
    assert complaints == []


def test_a_click_on_the_waveform_goes_there(page, audio_root, complaints):
    batch = audible_batch(audio_root, lines=1, takes=1)
    log_in(page)
    open_board(page, batch)
    track = row(page, "1").locator(".player__track")
    expect(track.locator(".player__wave > div")).to_be_attached()
    box, slider = track.bounding_box(), track.get_by_role("slider").bounding_box()
    assert slider == box, "what one clicks lies where the waveform is"
    page.mouse.click(box["x"] + box["width"] * 0.6, box["y"] + box["height"] / 2)
    assert positions(page)[0] == pytest.approx(0.9, abs=0.05)
    assert focused_take(page) == "1", "the arrows mean takes again"
    assert complaints == []


def test_what_cannot_be_played_goes_on_saying_so(page, audio_root, complaints):
    batch = audible_batch(audio_root, lines=1, takes=2)
    (audio_root / take_of(batch, 1, 1).key).write_bytes(b"no audio" * 100)
    log_in(page)
    open_board(page, batch)
    page.keyboard.press(" ")
    note = row(page, "1").locator(".player__note")
    expect(note).to_have_text("cannot be played")
    page.keyboard.press("ArrowDown")
    page.keyboard.press(" ")
    wait_until(page, lambda: "take 2" in playing(page))
    expect(note).to_have_text("cannot be played")
    assert complaints == []


# --- Cutting ------------------------------------------------------------------------------------


def open_trim(page: Page):
    row(page, "1").get_by_role("button", name="Trim take 1").click()
    dialog = page.get_by_role("dialog")
    page.wait_for_function(
        "document.querySelector('.trim__wave > div')?.shadowRoot.querySelector('[part~=region]')"
    )
    return dialog


def handle(page: Page, side: str):
    return page.locator(f".trim__wave [part~='region-handle-{side}']")


def pull(page: Page, side: str, distance: float) -> None:
    box = handle(page, side).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + distance, y, steps=10)
    page.mouse.up()


def test_a_part_is_marked_by_its_handles(page, audio_root, complaints):
    batch = audible_batch(audio_root, lines=1, takes=1)
    log_in(page)
    open_board(page, batch)
    dialog = open_trim(page)
    assert dialog.inner_text().count("1.5") == 1, "its length is said once"
    width = page.locator(".trim__wave").bounding_box()["width"]
    pull(page, "left", width / 5)
    pull(page, "right", -width / 5)
    start, end = (
        float(dialog.get_by_label(name, exact=True).input_value())
        for name in ("From, seconds", "to")
    )
    assert 0.2 < start < 0.4 and 1.1 < end < 1.35
    dialog.get_by_label("From").fill("0.75")
    box, left = page.locator(".trim__wave").bounding_box(), handle(page, "left").bounding_box()
    assert left["x"] > box["x"] + width * 0.45
    page.evaluate("document.querySelector('voice-player').play()")
    wait_until(page, lambda: playing(page) == ["take 1"])
    dialog.get_by_role("button", name="Hear it").click()
    wait_until(page, lambda: not playing(page))  # one at a time
    page.keyboard.press("Escape")
    page.wait_for_timeout(300)
    assert complaints == []


def test_a_part_that_is_refused_stays_in_its_dialog(page, audio_root, redis_clean):
    batch = audible_batch(audio_root, lines=1, takes=1)
    log_in(page)
    open_board(page, batch)
    dialog = open_trim(page)
    dialog.get_by_label("From").fill("1")
    dialog.get_by_label("to", exact=True).fill("0.5")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).not_to_be_empty()
    expect(dialog.get_by_label("From")).to_have_value("1")
    dialog.get_by_label("From").fill("0.1")
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.locator("li.take")).to_have_count(2)
    wait_until(page, lambda: page.evaluate("document.activeElement.className") == "take")


# --- Focus and keys -----------------------------------------------------------------------------


def test_blind_begins_at_the_first_row(page, audio_root, complaints):
    batch = audible_batch(audio_root, lines=1, takes=4)
    log_in(page)
    open_board(page, batch)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press(" ")
    wait_until(page, lambda: playing(page) == ["take 3"])
    page.keyboard.press("b")
    expect(page.locator("[data-board=blind-note]")).to_be_visible()
    assert focused_take(page) == "A"
    assert playing(page) == [] and set(positions(page)) == {0}
    assert complaints == []


def test_after_a_click_keys_mean_the_take(page, audio_root, complaints):
    batch = audible_batch(audio_root, lines=2, takes=2)
    log_in(page)
    open_board(page, batch)
    row(page, "2").get_by_role("button", name="Give rank 1").click()
    expect(slot(page, 1)).to_have_text("2")
    assert focused_take(page) == "2"
    page.keyboard.press(" ")
    wait_until(page, lambda: playing(page) == ["take 2"])
    page.keyboard.press("Enter")
    expect(page.locator("[data-board=key]")).to_have_text(take_of(batch, 2, 1).line.key)
    give = row(page, "1").get_by_role("button", name="Give rank 3")
    give.focus()
    page.keyboard.press("Enter")
    expect(slot(page, 3)).to_have_text("1")
    expect(give).to_be_focused()
    assert RankingAct.objects.count() == 2
    assert complaints == []


def test_whoever_lets_go_of_a_key_stops_there(page, audio_root, complaints):
    batch = make_batch(audio_root, lines=60, takes=1)
    log_in(page)
    open_board(page, batch)
    for _ in range(60):
        page.keyboard.down("ArrowRight")
    page.keyboard.up("ArrowRight")
    page.wait_for_timeout(500)
    key = page.locator("[data-board=key]").inner_text()
    assert key not in (take_of(batch, 1, 1).line.key, take_of(batch, 60, 1).line.key)
    page.wait_for_timeout(500)
    expect(page.locator("[data-board=key]")).to_have_text(key)
    assert all("404" in one for one in complaints), complaints  # takes without a waveform


def test_searching_by_keyboard(page, audio_root, complaints):
    batch = audible_batch(audio_root, lines=3, takes=2)
    log_in(page)
    open_board(page, batch)
    wanted = take_of(batch, 3, 1).line.key
    page.keyboard.press("/")
    page.keyboard.type("nowhere to be found")
    none = page.locator("[data-board=none]")
    expect(none).to_contain_text("Clear the search to see all lines")
    expect(page.get_by_role("button", name="Next line")).to_be_disabled()
    page.locator("[data-board=search]").fill("")
    expect(page.get_by_role("button", name="Next line")).to_be_enabled()
    page.locator("[data-board=search]").fill(wanted)
    page.keyboard.press("Enter")
    expect(page.locator("[data-board=key]")).to_have_text(wanted)
    wait_until(page, lambda: focused_take(page) == "1")
    page.keyboard.press("1")
    expect(slot(page, 1)).to_have_text("1")
    assert rank_of(batch, 3, 1) == 1
    page.keyboard.press("/")
    page.keyboard.press("Enter")
    wait_until(page, lambda: focused_take(page) == "1")
    assert page.url.endswith(f"#line-{take_of(batch, 3, 1).line_id}"), "a reload comes back here"
    page.get_by_role("button", name=re.compile("^Failed")).click()
    page.locator("[data-board=search]").fill("")
    expect(none).to_contain_text("Choose “All”")
    assert complaints == []


def test_another_address_opens_its_line(page, audio_root, complaints):
    batch = audible_batch(audio_root, lines=3, takes=1)
    log_in(page)
    page.goto(reverse("admin:takes_board", args=[batch.batch_id]) + "?filter=unranked")
    page.locator("#board[data-ready]").wait_for()
    take = take_of(batch, 2, 1)
    page.evaluate("(pk) => (location.hash = `#line-${pk}`)", take.line_id)
    expect(page.locator("[data-board=key]")).to_have_text(take.line.key)
    page.keyboard.press("1")
    expect(said(page)).to_contain_text("take 1 is 1st")
    page.evaluate("(pk) => (location.hash = `#line-${pk}`)", take_of(batch, 3, 1).line_id)
    expect(page.locator("[data-board=key]")).to_have_text(take_of(batch, 3, 1).line.key)
    page.get_by_role("button", name=re.compile("^Failed")).click()
    expect(page.locator("[data-board=none]")).to_be_visible()
    page.evaluate("(pk) => (location.hash = `#line-${pk}`)", take.line_id)
    expect(page.locator("[data-board=key]")).to_have_text(take.line.key)
    assert "filter" not in page.url
    assert all("404" in one for one in complaints), complaints  # it was not in the list


@pytest.mark.parametrize("page", [NARROW], indirect=True)
def test_long_findings_stay_in_their_row(page, audio_root, complaints):
    batch = audible_batch(audio_root, lines=1, takes=2)
    words = "It begins with 1.25 s of silence, and ends with a click that is louder than all else."
    for take in batch.takes.all():
        FindingFactory(take=take, severity="warn", message=words)
    log_in(page)
    open_board(page, batch)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for chip in page.locator(".take__said .chip").all():
        box = chip.bounding_box()
        assert box["x"] + box["width"] <= 360
    assert complaints == []
