"""A partner reviews: on a phone, with proof of listening, and without JavaScript."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from apps.review.models import Approval, Comment, LiveClip, Verdict
from apps.review.services import introduce
from apps.storage.classes import AssetClass
from apps.storage.places import get_place
from tests.browser.test_story import assert_axe_finds_nothing
from tests.factories import LanguageFactory, LineFactory, UserFactory
from tests.review.clips import invite, make_draft, tone
from tests.review.conftest import places

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
        series=language.series, line=lines[0], place="dev", key="audio/ar/x.mp3", duration=1.0,
        size=1, seen_at=drafts[0].created_at, text="مرحبا",
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
    expect(page.locator("#said")).to_contain_text("Listen to the end first")
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
    third.locator("summary").click()
    third.get_by_label("Your comment").fill("The last word is wrong.")
    third.get_by_role("button", name="Send the comment").click()
    expect(page.get_by_text("The last word is wrong.")).to_be_visible()
    assert Comment.objects.get().at > 0.3
    version(page, drafts[2]).get_by_role("button", name="Not sure").click()
    expect(page.locator("#progress")).to_contain_text("2 of 2")

    page.get_by_role("link", name="Look over and submit").click()
    assert_axe_finds_nothing(page)
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert Approval.objects.get().draft == drafts[0]
    assert get_place("drafts").exists(f"Levels/deploy/ar/{drafts[0].line.key}.mp3")
    assert all("409" in one for one in complaints), complaints
    page.context.close()


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
    page.get_by_role("link", name="Look over and submit").click()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert Approval.objects.count() == 2
    assert all(verdict.confirmed for verdict in Verdict.objects.all())
    page.context.close()
