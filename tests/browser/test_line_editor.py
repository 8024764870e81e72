"""The line editor of the clip table in a real browser: nobody loses what they chose, typed, or
their place."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from apps.review.models import Draft
from apps.takes.models import Take
from apps.voices.models import Voice
from tests.browser.test_clips import editor, lines, open_table
from tests.browser.test_review_page import open_page
from tests.browser.test_story import log_in, processes
from tests.factories import LineFactory, VoiceFactory
from tests.review.clips import make_draft
from tests.review.conftest import places

__all__ = ["lines", "places", "processes"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DESK = {"viewport": {"width": 1280, "height": 700}}


@pytest.fixture
def desk(browser, live_server, lines):
    """The table in front of somebody; at the end nothing was complained of."""
    page, complaints = open_page(browser, live_server, **DESK)
    log_in(page)
    open_table(page, lines)
    yield page
    assert not complaints
    page.context.close()


def open_editor(page: Page, line):
    page.locator(f"#line-{line.pk} [data-open]").first.click()
    own = editor(page, line)
    expect(own.get_by_label("Text", exact=True)).to_be_focused()
    return own


def ready(own, number: int) -> None:
    previews = own.locator("[data-preview][data-state=complete]")
    expect(previews).to_have_count(number, timeout=60_000)


def test_another_voice_and_its_settings_stay_for_the_next_try(desk, lines, processes):
    processes.worker()
    other = Voice.objects.filter(provider="espeak").order_by("-pk").first()
    own = open_editor(desk, lines[0])
    own.locator("summary").click()
    own.get_by_label("Voice", exact=True).select_option(str(other.pk))
    own.get_by_label("Speed").fill("1.1")
    for number in (1, 2):
        own.get_by_role("button", name="Regenerate").click()
        ready(own, number)
        expect(own.get_by_label("Speed")).to_be_visible()
        expect(own.get_by_label("Voice", exact=True)).to_have_value(str(other.pk))
        expect(own.locator("summary")).to_contain_text(f"{other.name}, as chosen")
    own.get_by_role("button", name="Save preview").first.click()
    expect(own.locator("[data-part=versions] li")).to_have_count(1)
    expect(own.get_by_label("Speed")).to_have_value("1.1")
    made = Take.with_previews.filter(line=lines[0]).select_related("batch")
    assert [(take.batch.voice_id, take.settings["speed"]) for take in made] == [(other.pk, 1.1)] * 2


def test_a_half_typed_text_stays(desk, lines, processes):
    """What is typed while an answer is on its way is neither lost nor taken for saved."""
    processes.worker()
    own = open_editor(desk, lines[0])
    text = own.get_by_label("Text", exact=True)
    desk.route("**/patch/**", lambda route: (desk.wait_for_timeout(400), route.continue_()))
    own.get_by_role("button", name="Regenerate").click()
    text.fill("Willkommen im ho")
    ready(own, 1)
    expect(text).to_have_value("Willkommen im ho")
    expect(text).to_be_focused()
    asked = []
    desk.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    desk.reload()
    assert asked == ["beforeunload"]
    open_table(desk, lines)
    open_editor(desk, lines[0])
    desk.reload()
    assert asked == ["beforeunload"], "nothing was typed"


def test_the_place_is_kept_by_every_act(browser, live_server, lines, processes):
    """Focus, scroll, filter and page; Escape still closes the line editor."""
    language = lines[0].language
    LineFactory.create_batch(60, language=language)
    last = LineFactory(language=language, key="zz", text="Willkommen.", position=1_000_000)
    processes.worker()
    page, complaints = open_page(browser, live_server, **DESK)
    log_in(page)
    where = f"{reverse('admin:review_clips', args=[last.series_id])}?lang=de&state=no_audio&page=2"
    page.goto(where)
    page.locator("table.clips[data-ready]").wait_for()
    own = open_editor(page, last)
    own.get_by_label("Voice", exact=True).select_option(index=1)
    scrolled = "[scrollY, document.querySelector('.table-scroll').scrollTop]"
    button = own.get_by_role("button", name="Regenerate")
    button.focus()
    before = page.evaluate(scrolled)
    for number in (1, 2):
        page.keyboard.press("Enter")
        expect(button).to_be_focused()
        ready(own, number)
        expect(button).to_be_focused()
        assert page.evaluate(scrolled) == before
    own.get_by_role("button", name="Save text").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("the same as before")
    expect(own.get_by_role("button", name="Save text")).to_be_focused()
    saves = own.get_by_role("button", name="Save preview")
    for left in (1, 0):
        saves.first.focus()
        page.keyboard.press("Enter")
        expect(saves).to_have_count(left)
        expect(saves.first if left else page.locator(f"#line-{last.pk} th a")).to_be_focused()
    page.keyboard.press("Escape")
    expect(own).to_have_count(0)
    assert page.url.startswith(live_server.url + where)
    assert Draft.objects.count() == 2 and not complaints
    page.context.close()


def test_a_model_goes_with_its_provider(browser, live_server, lines):
    elsewhere = VoiceFactory(provider="fake", provider_voice_id="Fay", name="Fay")
    page, complaints = open_page(browser, live_server, **DESK)
    log_in(page)
    open_table(page, lines)
    own = open_editor(page, lines[0])
    own.locator("summary").click()
    own.get_by_label("Model").fill("espeak-ng")
    voice = own.get_by_label("Voice", exact=True)
    same = Voice.objects.filter(provider="espeak").order_by("-pk").first()
    voice.select_option(str(same.pk))
    expect(own.get_by_label("Model")).to_have_value("espeak-ng")
    voice.select_option(str(elsewhere.pk))
    expect(own.get_by_label("Model")).to_have_value("")
    assert not complaints
    page.context.close()


def test_previews_of_many_lines_are_followed_in_the_table(desk, lines, processes):
    """With one question for all of them; each is heard in its row."""
    for line in lines:
        desk.get_by_label(f"Choose {line.key}").check()
    desk.get_by_label("With the chosen lines").select_option("regenerate")
    desk.get_by_role("button", name="Go").click()
    table = desk.locator("table.clips[data-ready]")
    expect(table.get_by_text("being made")).to_have_count(3)
    asked: list[str] = []
    desk.on("request", lambda one: "/line/" in one.url and asked.append(one.url))
    processes.worker()
    expect(table.locator(".clip__preview voice-player")).to_have_count(3, timeout=60_000)
    expect(desk.locator("#toasts")).to_contain_text("3 previews are ready.")
    assert not [url for url in asked if "audio" not in url and "peaks" not in url]
    table.locator(".clip__preview").first.get_by_role("button").click()
    playing = table.locator(".clip__preview voice-player").first
    expect(playing).to_have_attribute("data-state", "playing")


def test_numbers_follow_what_is_saved_here(desk, lines, processes):
    processes.worker()
    waiting = desk.locator("[data-count=draft] .number")
    expect(waiting).to_have_text("0")
    own = open_editor(desk, lines[0])
    own.get_by_role("button", name="Regenerate").click()
    ready(own, 1)
    own.get_by_role("button", name="Save preview").click()
    expect(waiting).to_have_text("1")


def test_everything_has_its_room(desk, lines):
    """At 1280 px: the text, the row of acts, the versions at the top of their column, and
    right-to-left text on its own side."""
    make_draft(lines[0])
    arabic = LineFactory(language=lines[0].language, key="ar", text="أحسنت!")
    desk.reload()
    own = open_editor(desk, lines[0])

    def box(selector: str) -> dict[str, float]:
        return desk.locator(selector).first.bounding_box()

    assert box(".clip__text")["width"] > 250
    acts, table = box("#clips .actions .button"), box(".table-scroll")
    assert table["y"] - acts["y"] - acts["height"] >= 8
    desk.get_by_label(f"Choose {lines[0].key}").check()
    told = box(".selection")
    assert told["x"] - acts["x"] - acts["width"] >= 8
    form, versions = own.locator("form").first.bounding_box(), box("[data-part=versions] h2")
    assert abs(versions["y"] - form["y"]) < 12
    spoken = f"document.querySelector('#line-{arabic.pk} .spoken')"
    word = f"(r => (r.selectNodeContents({spoken}), r.getBoundingClientRect()))(new Range())"
    assert desk.evaluate(f"{spoken}.getBoundingClientRect().right - {word}.right") < 1
