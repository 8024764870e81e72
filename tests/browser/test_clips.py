"""The clip table in a real browser: by keyboard, on a phone, and the whole story of a patch."""

import re

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from apps.audit.models import Event
from apps.review.models import Approval, Comment, Draft
from apps.voices.models import Voice
from tests.browser.test_review_page import open_page, version
from tests.browser.test_story import assert_axe_finds_nothing, log_in, processes
from tests.factories import LanguageFactory, LineFactory, UserFactory
from tests.review.clips import audio_of, make_draft, make_live
from tests.review.conftest import places
from tests.review.sweeping import deploy_due

__all__ = ["places", "processes"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def lines(places, redis_clean):
    """Three German lines whose clips are live, spoken by an offline voice."""
    call_command("sync_voices", "--provider", "espeak", verbosity=0)
    language = LanguageFactory(series__slug="Levels", tag="de")
    texts = ["Willkommen im Turm.", "Der Weg ist frei.", "Gute Nacht."]
    found = [
        LineFactory(language=language, key=f"intro-{number}", text=text)
        for number, text in enumerate(texts, 1)
    ]
    voice = Voice.objects.filter(provider="espeak").first()
    for one in found:
        make_live(one, voice=voice, voice_name=voice.name, settings={})
    UserFactory(username="ada", is_superuser=True)
    return found


def open_table(page: Page, lines) -> None:
    page.goto(reverse("admin:review_clips", args=[lines[0].series_id]))
    page.locator("table.clips[data-ready]").wait_for()


def editor(page: Page, line):
    return page.locator(f"[data-editor='{line.pk}']")


def test_a_line_is_patched_by_keyboard_alone(browser, live_server, lines, processes):
    page, complaints = open_page(browser, live_server, viewport={"width": 1280, "height": 900})
    log_in(page)
    open_table(page, lines)
    assert_axe_finds_nothing(page)
    processes.worker()
    press = page.keyboard.press
    press("ArrowDown")
    press("ArrowDown")
    press("e")
    text = editor(page, lines[1]).get_by_label("Text", exact=True)
    expect(text).to_be_focused()
    press("End")
    page.keyboard.type(" Geh!")
    press("Escape")
    expect(editor(page, lines[1])).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(text).to_have_value("Der Weg ist frei. Geh!")
    press("Escape")
    press("g")
    expect(editor(page, lines[1])).to_be_visible()
    preview = editor(page, lines[1]).locator("[data-preview][data-state=complete]")
    expect(preview).to_have_count(1, timeout=60_000)
    assert_axe_finds_nothing(page)
    press("s")
    expect(page.locator("#toasts")).to_contain_text("Saved as")
    row = page.locator(f"#line-{lines[1].pk}")
    expect(row).to_have_class(re.compile("current"))
    expect(row.locator(".clip__draft")).to_contain_text("v001")
    assert Draft.objects.get().text == "Der Weg ist frei."
    assert not complaints
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone(browser, live_server, lines, scheme):
    phone = {"viewport": {"width": 360, "height": 780}, "color_scheme": scheme}
    page, complaints = open_page(browser, live_server, **phone)
    log_in(page)
    open_table(page, lines)
    page.locator(f"#line-{lines[0].pk} [data-open]").first.click()
    expect(editor(page, lines[0]).get_by_label("Text", exact=True)).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert_axe_finds_nothing(page)
    make_draft(lines[0])
    page.goto(reverse("admin:review_draft_changelist"))
    results = "document.querySelector('.results')"
    assert page.evaluate(f"{results}.scrollWidth <= {results}.clientWidth"), "cards, no columns"
    name, text = page.locator(".field-name a"), page.locator(".field-text_said .spoken")
    assert name.bounding_box()["y"] + name.bounding_box()["height"] <= text.bounding_box()["y"]
    expect(page.get_by_label("Select all objects on this page for an action")).to_be_visible()
    assert_axe_finds_nothing(page)
    page.goto(reverse("admin:review_compare", args=[lines[0].series_id, lines[0].pk]))
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert_axe_finds_nothing(page)
    assert not complaints
    page.context.close()


def test_a_clip_is_patched_reviewed_and_queued(browser, live_server, places, lines, processes):
    """A curator and a partner, each with a browser of their own."""
    line = lines[0]
    curator, complaints = open_page(browser, live_server, viewport={"width": 1280, "height": 900})
    log_in(curator)
    open_table(curator, lines)
    # Its worker brings what is approved to deploy/, in the places of this test.
    for alias in ("drafts", "dev"):
        processes.environ[f"STORAGE_{alias.upper()}"] = f"file://{places / alias}"
    processes.worker()
    curator.locator(f"#line-{line.pk} [data-open]").first.click()
    own = editor(curator, line)
    own.get_by_label("Text", exact=True).fill("Willkommen im hohen Turm.")
    for number in (1, 2):
        own.get_by_role("button", name="Regenerate").click()
        ready = own.locator("[data-preview][data-state=complete]")
        expect(ready).to_have_count(number, timeout=60_000)
    for number in (1, 2):
        own.get_by_role("button", name=re.compile("^Save preview")).last.click()
        expect(own.locator("[data-part=versions] li")).to_have_count(number)
    line.refresh_from_db()
    assert line.text == "Willkommen im hohen Turm."
    first, second = Draft.objects.order_by("version")

    curator.get_by_label(f"Choose {line.key}").check()
    curator.get_by_label("With the chosen lines").select_option("link")
    curator.get_by_role("button", name="Go").click()
    curator.get_by_label("Reviewers").fill("Maria")
    curator.get_by_role("button", name="Make the link").click()
    address = curator.get_by_label("Maria").input_value()

    partner, trouble = open_page(browser, live_server, viewport={"width": 390, "height": 800})
    partner.goto(address)
    partner.get_by_role("button", name="Begin").click()
    version(partner, first).locator("summary", has_text="Needs change").click()
    start(partner, first)
    partner.wait_for_timeout(600)
    version(partner, first).get_by_label("What exactly?").fill("Too fast here.")
    end(partner, first)
    version(partner, first).get_by_label("What needs change").select_option("Timing")
    version(partner, first).get_by_role("button", name="Ask for this change").click()
    expect(version(partner, first).locator(".chosen")).to_contain_text("Needs change")
    expect(version(partner, first).locator(".comment")).to_contain_text("Too fast here.")
    start(partner, second)
    end(partner, second)
    version(partner, second).get_by_role("button", name="Use this one").click()
    expect(partner.locator("#progress")).to_contain_text("1 of 1")
    partner.get_by_role("link", name="Submit").click()
    partner.get_by_role("button", name="Submit").click()
    expect(partner.get_by_role("heading", name="Thank you")).to_be_visible()

    open_table(curator, lines)
    expect(curator.locator(f"#line-{line.pk} .clip__state")).to_contain_text("approved")
    curator.goto(reverse("admin:review_draft_changelist"))
    expect(curator.locator("#result_list tr", has_text=second.name)).to_contain_text("Maria")
    assert Comment.objects.get().at > 0
    assert Approval.objects.in_force().get().draft == second
    stored = places / "drafts"
    queued = stored / f"Levels/deploy/de/{line.key}.mp3"
    deploy_due()
    assert audio_of(queued.read_bytes()) == second.frames_sha256
    assert_everyone_is_named()
    assert not complaints and not trouble
    partner.context.close()
    curator.context.close()


def test_select_all_leaves_out_what_has_no_audio(browser, live_server, lines):
    """In the list of drafts; what is chosen outlives a filter, which says how many it hides."""
    drafts = [make_draft(line) for line in lines]
    Draft.objects.filter(pk=drafts[2].pk).update(purged_at=timezone.now(), hidden_at=timezone.now())
    page, complaints = open_page(browser, live_server, viewport={"width": 1280, "height": 900})
    log_in(page)
    page.goto(reverse("admin:review_draft_changelist"))
    page.locator("#action-toggle").check()
    told = page.locator(".selection")
    expect(told).to_contain_text("2 selected, 1 without audio skipped")
    page.goto(reverse("admin:review_draft_changelist") + "?q=intro-1")
    expect(told).to_contain_text("2 selected, 1 not shown")
    expect(page.locator(".action-select:checked")).to_have_count(1)
    page.locator("select[name=action]").select_option("reject")
    page.get_by_role("button", name="Go").click()
    page.get_by_role("button", name="Reject 2 drafts").click()
    expect(page.locator(".messagelist")).to_contain_text("2 drafts rejected")
    assert page.url.endswith("?q=intro-1")
    assert set(Draft.objects.filter(rejected_at=None)) == {drafts[2]}
    assert not complaints
    page.context.close()


def start(page: Page, draft: Draft) -> None:
    version(page, draft).get_by_role("button", name=re.compile("^Play")).click()
    player = version(page, draft).locator("voice-player")
    expect(player).to_have_attribute("data-state", "playing")


def end(page: Page, draft: Draft) -> None:
    player = version(page, draft).locator("voice-player")
    expect(player).to_have_attribute("data-state", "paused", timeout=30_000)


def assert_everyone_is_named() -> None:
    """Every step is in the audit log, with the one who did it."""
    told = set(Event.objects.values_list("actor_name", "verb"))
    for verb in ("line.edited", "run.ordered", "draft.saved", "link.created"):
        assert ("ada", verb) in told
    partner = Approval.objects.get().by_name
    assert partner.startswith("Maria")
    for verb in ("link.opened", "draft.commented", "link.submitted", "draft.approved"):
        assert (partner, verb) in told
