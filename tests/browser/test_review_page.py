"""A partner reviews: on a phone, with proof of listening, and without JavaScript."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from apps.catalog.lines.services import edit_line
from apps.review.links.services.comments import comment
from apps.review.links.services.reviewers import introduce
from apps.review.links.services.verdicts import decide, report_heard
from apps.review.models import Approval, Comment, LiveClip, Verdict
from apps.storage.classes import AssetClass
from apps.storage.places import get_place
from tests.browser.test_story import assert_axe_finds_nothing
from tests.factories import LanguageFactory, LineFactory, UserFactory
from tests.review.clips import invite, make_draft, tone
from tests.review.conftest import places
from tests.review.sweeping import deploy_due

__all__ = ["places"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def link(places, redis_clean):
    """Two lines from right to left, one with two versions and a clip that is live."""
    language = LanguageFactory(series__slug="Levels", tag="ar")
    texts = ["مرحبا بكم في البرج", "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen"]
    lines = [LineFactory(language=language, text=text) for text in texts]
    drafts = [make_draft(lines[0], seconds=1.2), make_draft(lines[0], seconds=1.2, hertz=500)]
    drafts.append(make_draft(lines[1], seconds=1.2))
    get_place("dev").put("audio/ar/x.mp3", tone(1.0, 250), asset_class=AssetClass.ITEM)
    LiveClip.objects.create(
        series=language.series, line=lines[0], alias="dev", key="audio/ar/x.mp3", duration=1.0,
        size=1, text="مرحبا",
    )  # fmt: skip
    reviewer, token = invite(drafts, by=UserFactory(username="ada"))
    return reviewer, f"/review/{token}/", drafts


def open_page(browser: Browser, live_server, **options) -> tuple[Page, list[str]]:
    context = browser.new_context(base_url=live_server.url, **options)
    context.set_default_timeout(15_000)
    complaints: list[str] = []
    context.on("console", lambda said: said.type == "error" and complaints.append(said.text))
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    return context.new_page(), complaints


def version(page: Page, draft):
    return page.locator(f"#draft-{draft.pk}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_partner_listens_and_decides_on_a_phone(browser, live_server, link, scheme):
    reviewer, home, drafts = link
    phone = {"viewport": {"width": 360, "height": 780}, "color_scheme": scheme}
    page, complaints = open_page(browser, live_server, **phone)
    heard = []
    page.on("request", lambda asked: "/audio/" in asked.url and heard.append(asked.headers))
    page.goto(home)
    assert_axe_finds_nothing(page)
    page.get_by_label("Your name").fill("Maria")
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_text("You are Maria.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert_axe_finds_nothing(page)
    assert heard == [], "nothing is loaded before it is played"

    first = version(page, drafts[0])
    first.get_by_role("button", name="Use this one").click()
    expect(page.locator("#toasts")).to_contain_text("Listen to the end first")
    assert not Verdict.objects.exists()
    first.get_by_role("button", name=re.compile("^Play")).click()
    page.wait_for_timeout(1800)
    first.get_by_role("button", name="Use this one").click()
    expect(page.locator("#progress")).to_contain_text("1 of 2")
    expect(first.get_by_role("button", name="Use this one")).to_have_attribute(
        "aria-pressed", "true"
    )
    told = {headers.get("referer", "") for headers in heard}
    assert told <= {"", f"{live_server.url}/"}, "the token is told to nobody"

    third = version(page, drafts[2])
    third.get_by_role("button", name=re.compile("^Play")).click()
    page.wait_for_timeout(700)
    third.locator(".more summary").click()
    third.get_by_label("Your comment").fill("The last word is wrong.")
    third.get_by_role("button", name="Send the comment").click()
    expect(page.get_by_text("The last word is wrong.")).to_be_visible()
    assert Comment.objects.get().at > 0.3
    version(page, drafts[2]).get_by_role("button", name="Not sure").click()
    expect(page.locator("#progress")).to_contain_text("2 of 2")

    page.get_by_role("link", name="Submit").click()
    assert_axe_finds_nothing(page)
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert Approval.objects.get().draft == drafts[0]
    deploy_due()
    assert get_place("drafts").exists(f"Levels/deploy/ar/{drafts[0].line.key}.mp3")
    assert all("409" in one for one in complaints), complaints
    page.context.close()


def heard(page: Page, draft) -> None:
    """Plays a version to its end; the page has told the server by then."""
    player = version(page, draft).locator("voice-player")
    with page.expect_response(re.compile("/heard/$")):
        player.get_by_role("button", name=re.compile("^Play")).click()
        expect(player).to_have_attribute("data-state", "playing")
        expect(player).to_have_attribute("data-state", "paused", timeout=15_000)


def test_everything_is_undone(browser, live_server, link):
    """Also the choice that the choice of another version took back, and all that was heard."""
    reviewer, home, drafts = link
    introduce(reviewer, "Maria")
    page, complaints = open_page(browser, live_server)
    page.goto(home)
    first, second, third = (version(page, draft) for draft in drafts)
    undo = page.locator("#toasts").get_by_role("button", name="Undo")
    heard(page, drafts[2])
    page.get_by_role("button", name="Use all that I heard to the end").click()
    expect(page.locator("#toasts")).to_contain_text("chosen for 1 line")
    expect(third.locator(".chosen")).to_contain_text("Use this one")
    undo.last.click()
    expect(third.locator(".chosen")).to_have_count(0)

    heard(page, drafts[0])
    heard(page, drafts[1])
    first.get_by_role("button", name="Use this one").click()
    expect(first.locator(".chosen")).to_contain_text("Use this one")
    second.get_by_role("button", name="Use this one").click()
    expect(first.locator(".chosen")).to_have_count(0)
    undo.last.click()
    expect(first.locator(".chosen")).to_contain_text("Use this one")
    expect(second.locator(".chosen")).to_have_count(0)
    first.get_by_role("button", name=re.compile("^Take back")).click()
    expect(page.locator("#progress")).to_contain_text("0 of 2")
    undo.last.click()
    expect(page.locator("#progress")).to_contain_text("1 of 2")

    second.locator(".more summary").click()
    second.get_by_label("Your comment").fill("Too fast.")
    second.get_by_role("button", name="Send the comment").click()
    expect(second.locator(".comment")).to_contain_text("Too fast.")
    second.get_by_role("button", name=re.compile("^Take back ?: Comment")).click()
    expect(second.locator(".comment")).to_have_count(0)
    undo.last.click()
    expect(second.locator(".comment")).to_contain_text("Too fast.")
    second.locator(".more summary").click()
    second.get_by_role("button", name="Delete this version").click()
    page.get_by_role("button", name=re.compile("^Bring back")).click()
    expect(version(page, drafts[1])).to_be_visible()
    assert not complaints
    page.context.close()


def test_each_message_undoes_what_it_tells_of(browser, live_server, link):
    reviewer, home, drafts = link
    introduce(reviewer, "Maria")
    page, complaints = open_page(browser, live_server)
    page.goto(home)
    first, second, third = (version(page, draft) for draft in drafts)
    undo = page.locator("#toasts").get_by_role("button", name="Undo")
    page.get_by_role("button", name="Use all that I heard to the end").click()
    expect(page.locator("#toasts")).to_contain_text("Nothing new was heard")
    expect(undo).to_have_count(0)
    for one in (first, second, third):
        one.get_by_role("button", name="Not sure").click()
        expect(one.locator(".chosen")).to_have_count(1)
    undo.first.click()
    expect(first.locator(".chosen")).to_have_count(0)
    expect(third.locator(".chosen")).to_have_count(1)
    page.keyboard.press("u")
    expect(third.locator(".chosen")).to_have_count(0)
    page.keyboard.press("u")
    expect(second.locator(".chosen")).to_have_count(0)
    assert not complaints
    page.context.close()


def test_what_comes_back_comes_back_whole(browser, live_server, link):
    """The reason of a change, the second of a comment; of two comments the newer one goes."""
    reviewer, home, drafts = link
    introduce(reviewer, "Maria")
    report_heard(reviewer, drafts[0], [[0, 9]])
    decide(reviewer, drafts[0], "change", reason="tone")
    comment(reviewer, drafts[0], "Too fast.", at=0.5)
    page, complaints = open_page(browser, live_server)
    page.goto(home)
    first = version(page, drafts[0])
    undo = page.locator("#toasts").get_by_role("button", name="Undo")
    first.get_by_role("button", name="Not sure").click()
    expect(first.locator(".chosen")).to_contain_text("Not sure")
    undo.last.click()
    expect(first.locator(".chosen")).to_contain_text("Needs change Tone")
    first.locator(".more summary").click()
    first.get_by_label("Your comment").fill("And loud.")
    first.get_by_role("button", name="Send the comment").click()
    expect(first.locator(".comment")).to_have_count(2)
    undo.last.click()
    expect(first.locator(".comment")).to_have_count(1)
    expect(first.locator(".comment")).to_contain_text("Too fast.")
    first.get_by_role("button", name=re.compile("^Take back ?: Comment")).click()
    expect(first.locator(".comment")).to_have_count(0)
    undo.last.click()
    expect(first.locator(".comment")).to_contain_text("0.5 s")
    assert not complaints
    page.context.close()


def test_what_was_heard_is_told_before_the_answer(browser, live_server, link):
    reviewer, home, drafts = link
    introduce(reviewer, "Maria")
    page, _ = open_page(browser, live_server)
    sent: list[str] = []
    page.on("request", lambda one: one.method == "POST" and sent.append(one.url.split("/")[-2]))
    page.goto(home)
    first = version(page, drafts[0])
    first.locator("voice-player").get_by_role("button", name=re.compile("^Play")).click()
    playing = first.locator("audio").element_handle()
    page.wait_for_function("audio => audio.currentTime > 0.2", arg=playing)
    first.get_by_role("button", name="Not sure").click()
    expect(first.locator(".chosen")).to_contain_text("Not sure")
    assert sent[sent.index("decide") - 1] == "heard"
    first.locator(".more summary").click()
    second = first.locator(".more").get_by_label("At second")
    second.fill("0.1")
    first.get_by_label("Your comment").fill("Here.")
    expect(second).to_have_value("0.1"), "what somebody has typed stays"
    page.context.close()


def test_a_report_that_was_lost_is_told_again_and_an_old_page_says_so(browser, live_server, link):
    reviewer, home, drafts = link
    introduce(reviewer, "Maria")
    page, _ = open_page(browser, live_server)
    page.goto(home)
    first = version(page, drafts[0])
    page.route("**/heard/", lambda route: route.abort())
    player = first.locator("voice-player")
    player.get_by_role("button", name=re.compile("^Play")).click()
    expect(player).to_have_attribute("data-state", "playing")
    expect(player).to_have_attribute("data-state", "paused", timeout=15_000)
    page.unroute("**/heard/")
    first.get_by_role("button", name="Use this one").click()
    expect(first.locator(".chosen")).to_contain_text("Use this one")
    page.context.clear_cookies()
    first.get_by_role("button", name="Not sure").click()
    expect(page.locator("#toasts")).to_contain_text("closed or out of date")
    assert Verdict.objects.get().decision == "approve"
    page.context.close()


def test_keys_decide_as_buttons_do(browser, live_server, link):
    reviewer, home, drafts = link
    introduce(reviewer, "Maria")
    page, complaints = open_page(browser, live_server)
    page.goto(home)
    first, second, third = (version(page, draft) for draft in drafts)
    page.keyboard.press("1")
    expect(page.locator("#toasts")).to_contain_text("Listen to the end first")
    with page.expect_response(re.compile("/heard/$")):
        page.keyboard.press("Space")
        player = first.locator("voice-player")
        expect(player).to_have_attribute("data-state", "paused", timeout=15_000)
    page.keyboard.press("1")
    expect(first.locator(".chosen")).to_contain_text("Use this one")
    page.keyboard.press("u")
    expect(first.locator(".chosen")).to_have_count(0)
    page.keyboard.press("3")
    expect(first.locator(".chosen")).to_contain_text("Not sure")
    page.keyboard.press("0")
    expect(first.locator(".chosen")).to_have_count(0)
    page.keyboard.press("ArrowDown")
    expect(second).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.locator(f"#line-{drafts[2].line_id}")).to_be_focused()
    page.keyboard.press("2")
    reason = third.get_by_label("What needs change")
    expect(reason).to_be_focused()
    page.keyboard.press("3")
    expect(third.locator(".chosen")).to_have_count(0), "keys are dead in fields"
    page.keyboard.press("Escape")
    third.focus()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("Use this one")
    assert_axe_finds_nothing(page)
    assert [one for one in complaints if "409" not in one] == []
    page.context.close()


def test_the_key_says_why_a_version_cannot_be_used(browser, live_server, link):
    reviewer, home, drafts = link
    introduce(reviewer, "Maria")
    edit_line(drafts[0].line, by=None, text="أهلا بكم")
    page, complaints = open_page(browser, live_server)
    page.goto(home)
    expect(version(page, drafts[0]).locator("[data-act=approve]")).to_be_disabled()
    page.keyboard.press("1")
    expect(page.locator("#toasts")).to_contain_text("The text was changed after this version")
    assert complaints == []
    page.context.close()


def test_a_change_is_asked_for_with_its_reason_and_second(browser, live_server, link):
    reviewer, home, drafts = link
    introduce(reviewer, "Maria")
    page, _ = open_page(browser, live_server, viewport={"width": 360, "height": 780})
    page.goto(home)
    first = version(page, drafts[0])
    first.locator("summary", has_text="Needs change").click()
    first.get_by_label("What needs change").select_option("Pronunciation")
    first.get_by_role("button", name="Ask for this change").click()
    expect(page.locator("#toasts")).to_contain_text("Listen for about 3 seconds first")
    heard(page, drafts[0])
    player = first.locator("voice-player")
    player.get_by_role("button", name=re.compile("^Play")).click()
    expect(player).to_have_attribute("data-state", "playing")
    page.wait_for_function("document.querySelector('audio').currentTime !== undefined")
    page.wait_for_timeout(500)
    first.get_by_label("What exactly?").fill("It is “Babel”, not “bubble”.")
    first.get_by_role("button", name="Ask for this change").click()
    expect(first.locator(".chosen")).to_contain_text("Needs change Pronunciation")
    expect(first.locator(".comment")).to_contain_text("It is “Babel”")
    assert 0 < Comment.objects.get().at <= 1.3
    assert Verdict.objects.get().reason == "pronunciation"
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.context.close()


@pytest.mark.parametrize(
    ("language", "play"), [("es", "Reproducir"), ("de", "abspielen"), ("it", "Riprodurre")]
)
def test_what_scripts_say_is_in_the_language_of_the_page(
    browser, live_server, link, language, play
):
    reviewer, home, drafts = link
    introduce(reviewer, "Maria", page_language=language)
    page, _ = open_page(browser, live_server, viewport={"width": 360, "height": 780})
    page.goto(home)
    first = version(page, drafts[0])
    expect(first.get_by_role("button", name=re.compile(play))).to_be_visible()
    english = page.evaluate(ENGLISH)
    assert english == [], "labels that nobody has translated"
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert_axe_finds_nothing(page)
    page.context.close()


ENGLISH = """[...document.querySelectorAll('[aria-label], [title], button, label, summary')]
    .map((one) => one.getAttribute('aria-label') ?? one.title ?? one.textContent)
    .filter((words) => /\\b(the|this|play|loudness|speed|position|loop|keys)\\b/i.test(words))"""


def test_a_partner_without_javascript(browser, live_server, link):
    reviewer, home, drafts = link
    introduce(reviewer, "Maria")
    page, _ = open_page(browser, live_server, java_script_enabled=False)
    page.goto(home)
    expect(page.locator("audio[controls]")).to_have_count(4)
    for draft in (drafts[0], drafts[2]):
        chosen = version(page, draft)
        chosen.get_by_label("I have listened to it to the end.").check()
        chosen.get_by_role("button", name="Use this one").click()
    expect(page.locator("#progress")).to_contain_text("2 of 2")
    page.get_by_role("link", name="Submit").click()
    unheard = page.locator("details", has_text="Not heard to the end").locator("li")
    expect(unheard).to_have_text([f"{drafts[0].line.key}, B"])
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert Approval.objects.count() == 2
    assert all(verdict.confirmed for verdict in Verdict.objects.all())
    page.context.close()
