"""Hearing a voice in a real browser, and pages that a machine finds nothing to fault in."""

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.voices.casting.services import cast
from apps.voices.consent.services import record_consent
from apps.voices.library.services import link_voices, sync_voices
from apps.voices.models import Voice
from tests.factories import CharacterFactory, LanguageFactory, SeriesFactory, UserFactory

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("audio_root", "redis_clean"),
]

LIST = "/admin/voices/voice/"


@pytest.fixture
def faults() -> list[str]:
    """What the browser complained of."""
    return []


@pytest.fixture
def open_page(browser: Browser, live_server: LiveServer, transactional_db: None, faults):
    """A page of an administrator."""
    contexts = []

    def start(**options: object) -> Page:
        client = Client()
        person = UserFactory(is_superuser=True)
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        context = browser.new_context(base_url=live_server.url, **options)
        contexts.append(context)
        context.set_default_timeout(15_000)
        context.on("console", lambda said: said.type == "error" and faults.append(said.text))
        context.on("weberror", lambda error: faults.append(str(error.error)))
        session = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        return context.new_page()

    yield start
    for context in contexts:
        context.close()


@pytest.fixture
def voices(vendor, transactional_db: None) -> Iterator[dict[str, Voice]]:
    """An engine voice that is used everywhere, and voices of a vendor."""
    sync_voices("espeak", by=None)
    sync_voices("elevenlabs", by=None)
    engine, paid = (Voice.objects.get(name=name) for name in ("Annie", "Voice 0"))
    series = SeriesFactory(title="Lantern")
    LanguageFactory(series=series, tag="de")
    keeper = CharacterFactory(series=series, name="Keeper")
    cast(keeper, engine, None, by=None)
    link_voices(SeriesFactory(title="Harbour"), [engine], by=None)
    record_consent(paid, "grant", "friends", "contract 12, in the safe", by=None)
    Voice.objects.filter(name="Voice 1").update(name="AC/DC")
    yield {"engine": engine, "paid": paid}


def plays(page: Page) -> None:
    """The recording really advances."""
    page.locator(".player__play").first.click()
    for _ in range(200):
        if page.evaluate("document.querySelector('voice-player audio').currentTime > 0.3"):
            return
        page.wait_for_timeout(50)
    raise AssertionError("It does not play.")


def test_a_voice_is_heard_in_the_list(open_page: Callable[..., Page], voices, faults) -> None:
    page = open_page()
    page.goto(f"{LIST}?q=Annie")
    plays(page)
    assert faults == []


def test_a_paid_voice_is_bought_and_heard(open_page, voices, vendor, faults) -> None:
    page = open_page()
    page.goto(f"{LIST}?q=wireVoice00000000000")
    page.get_by_role("button", name="Hear it for 53 characters").click()
    expect(page.get_by_text("Voice 0 can be heard now in en-US")).to_be_visible()
    assert page.url.endswith("?q=wireVoice00000000000")
    plays(page)
    assert sum(vendor.stats()["paid"].values()) == 1
    assert faults == []


def test_syncing_asks_first(open_page, voices, vendor, faults) -> None:
    page = open_page()
    page.goto(LIST)
    before = vendor.stats()["pages"]
    page.get_by_role("button", name="Sync ElevenLabs").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("none is deleted")
    assert vendor.stats()["pages"] == before
    dialog.get_by_role("button", name="Sync ElevenLabs").click()
    expect(page.get_by_text("levenlabs: 0 new, 1 changed")).to_be_visible()
    assert faults == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(open_page, voices, faults, scheme: str) -> None:
    page = open_page(color_scheme=scheme, viewport={"width": 1280, "height": 900})
    addresses = [
        LIST,
        f"{LIST}?q=nobody-of-that-name",
        reverse("admin:voices_voice_change", args=[voices["engine"].pk]),
        reverse("admin:voices_voice_change", args=[voices["paid"].pk]),
        reverse("admin:voices_consent", args=[voices["paid"].pk]),
        "/admin/voices/casting/",
        "/admin/voices/casting/add/",
    ]
    found = {}
    for address in addresses:
        page.goto(address)
        # Without preload: it would copy our style sheets into the page, which the policy forbids.
        said = Axe().run(page, options={"preload": False}).response["violations"]
        found[address] = [(one["id"], [node["html"] for node in one["nodes"]]) for one in said]
    assert {address: said for address, said in found.items() if said} == {}
    assert faults == []


def test_nothing_is_wider_than_a_phone(open_page, voices) -> None:
    page = open_page(viewport={"width": 360, "height": 800})
    for address in (LIST, reverse("admin:voices_voice_change", args=[voices["engine"].pk])):
        page.goto(address)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 360, address
