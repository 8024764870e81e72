"""The look in a real browser: no page a machine can fault, and every piece does what it says."""

import re
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth import get_user_model
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser import look_pages

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PLAIN_USERS = "/look/admin/accounts/user/"
PAGES = {
    "index": "/admin/",
    "section": "/admin/takes/",
    "credentials": "/admin/voices/credential/",
    "users": "/admin/accounts/user/",
    "no users": "/admin/accounts/user/?q=nobody-of-that-name",
    "one user": "/admin/accounts/user/{pk}/change/",
    "plain list": f"{PLAIN_USERS}?is_staff__exact=1&q=a",
    "plain form": PLAIN_USERS + "{pk}/change/",
    "pieces": "/look/pieces/",
}
PLAYERS = "document.querySelectorAll('voice-player')"


@pytest.fixture(autouse=True)
def addresses(settings: pytest.FixtureRequest) -> Iterator[None]:
    settings.ROOT_URLCONF = "tests.browser.look_pages"
    look_pages.reset()
    yield
    look_pages.reset()


@pytest.fixture
def person(transactional_db: None):
    return get_user_model().objects.create_superuser("ada", "ada@example.org", "ada's password")


@pytest.fixture
def faults() -> list[str]:
    """What the browser complained of: errors of scripts, blocked by the content policy, missing."""
    return []


@pytest.fixture
def open_context(browser: Browser, live_server: LiveServer, faults: list[str]):
    contexts: list[BrowserContext] = []

    def start(**options: object) -> BrowserContext:
        context = browser.new_context(base_url=live_server.url, **options)
        context.set_default_timeout(15_000)
        context.on("console", lambda said: said.type == "error" and faults.append(said.text))
        context.on("weberror", lambda error: faults.append(str(error.error)))
        contexts.append(context)
        return context

    yield start
    for context in contexts:
        context.close()


@pytest.fixture
def open_page(open_context: Callable[..., BrowserContext], person, live_server: LiveServer):
    """A page of somebody who is logged in."""

    def start(**options: object) -> Page:
        client = Client()
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        context = open_context(**options)
        session = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        return context.new_page()

    return start


@pytest.fixture
def pieces(open_page: Callable[..., Page]) -> Page:
    page = open_page()
    page.goto("/look/pieces/")
    expect(page.locator("voice-player .player__play").first).to_be_visible()
    return page


def violations(page: Page) -> list[str]:
    # Without preload: it would copy our style sheets into the page, which the policy forbids.
    found = Axe().run(page, options={"preload": False}).response["violations"]
    return [f"{one['id']}: {[node['html'] for node in one['nodes']]}" for one in found]


def until(page: Page, condition: str) -> None:
    """Wait for an expression to hold; Playwright's own way needs eval, which our policy forbids."""
    for _ in range(300):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never became true: {condition}")


# --- Pages --------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(open_page, person, faults, scheme: str) -> None:
    page = open_page(color_scheme=scheme)
    found = {}
    for name, address in PAGES.items():
        answer = page.goto(address.format(pk=person.pk), wait_until="networkidle")
        assert answer is not None and answer.ok, name
        found[name] = violations(page)
    assert {name: some for name, some in found.items() if some} == {}
    assert faults == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_at_login(open_context, db, faults, scheme: str) -> None:
    page = open_context(color_scheme=scheme).new_page()
    page.goto("/admin/login/")
    assert violations(page) == []
    page.get_by_label("Username").fill("nobody")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert violations(page) == []
    assert faults == []


def test_nothing_sticks_out_sideways(open_page, person) -> None:
    page = open_page()
    for name, address in PAGES.items():
        page.goto(address.format(pk=person.pk))
        for width in (360, 768, 1280, 1920):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)


def test_navigation_opens_on_a_phone(open_page) -> None:
    page = open_page(viewport={"width": 360, "height": 720})
    page.goto("/admin/")
    link = page.get_by_role("navigation", name="Sections").get_by_role("link", name="Users")
    expect(link).to_be_hidden()
    page.get_by_role("button", name="Navigation").click()
    link.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Users")


def test_colours_can_be_switched_and_are_remembered(open_page) -> None:
    page = open_page(color_scheme="light")
    page.goto("/admin/")
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    page.get_by_role("button", name="Colours follow the system: switch").click()
    dark = page.evaluate(background)
    assert dark != light
    page.reload()
    assert page.evaluate(background) == dark


def test_what_is_chosen_shows_in_the_readers_own_colours(pieces: Page) -> None:
    pieces.emulate_media(forced_colors="active")
    pieces.evaluate("document.body.style.background = 'SelectedItem'")
    chosen = pieces.evaluate("getComputedStyle(document.body).backgroundColor")
    matched = pieces.get_by_role("button", name="Same loudness for all").first
    expect(matched).to_have_css("background-color", chosen)


# --- Player -------------------------------------------------------------------------------------


def test_a_player_plays_and_the_other_one_stops(pieces: Page, faults) -> None:
    assert pieces.evaluate(f"[...{PLAYERS}].every(one => one.audio.networkState !== 2)")
    first, second = pieces.locator(".player__play").nth(0), pieces.locator(".player__play").nth(1)
    pieces.evaluate(f"{PLAYERS}[0].audio.loop = true")
    first.click()
    until(pieces, f"{PLAYERS}[0].position > 0.3")
    expect(first).to_have_attribute("aria-label", "Pause GREETING, take 1")
    second.click()
    until(pieces, f"{PLAYERS}[1].position > 0.3")
    assert pieces.evaluate(f"{PLAYERS}[0].audio.paused")
    expect(first).to_have_attribute("aria-label", "Play GREETING, take 1")
    assert faults == []


def test_a_player_loads_no_audio_before_it_is_played(open_page) -> None:
    page = open_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/look/pieces/", wait_until="networkidle")
    assert any("/look/peaks/" in url for url in asked)
    assert not any("/look/audio/" in url for url in asked)
    page.locator(".player__play").first.click()
    until(page, f"{PLAYERS}[0].position > 0")
    assert sum("/look/audio/0.wav" in url for url in asked) >= 1


def test_a_player_is_worked_by_keys_alone(pieces: Page) -> None:
    slider = pieces.get_by_role("slider", name="Position in GREETING, take 1")
    expect(slider).to_have_attribute("aria-valuetext", "0 of 3 seconds")
    expect(pieces.locator(".player__time").first).to_have_text("0.0 / 3.0 s")
    slider.focus()
    pieces.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "1 of 3 seconds")
    pieces.keyboard.press("Space")
    until(pieces, f"{PLAYERS}[0].position > 1.2")
    pieces.keyboard.press("Space")
    assert pieces.evaluate(f"{PLAYERS}[0].audio.paused")
    pieces.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", "0 of 3 seconds")
    pieces.keyboard.press("Shift+ArrowRight")
    expect(pieces.locator(".player__time").first).to_have_text("0.1 / 3.0 s")
    assert pieces.evaluate(f"{PLAYERS}[0].position") == pytest.approx(0.1, abs=0.02)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.4, "0.0 / 0.4 s"), (3.99, "0.0 / 4.0 s"), (9.96, "0:00 / 0:10"), (65.4, "0:00 / 1:05")],
)
def test_what_is_short_is_told_in_tenths(pieces: Page, seconds: float, said: str) -> None:
    pieces.evaluate(f"{PLAYERS}[0].dataset.duration = {seconds}; {PLAYERS}[0].paint()")
    expect(pieces.locator(".player__time").first).to_have_text(said)


def test_loudness_is_matched_to_the_quietest(pieces: Page) -> None:
    """-16, -18 and -22 LUFS are on the page: the first is lowered by 6 dB, the last not at all."""
    pieces.locator(".player__play").first.click()
    volume = f"{PLAYERS}[0].audio.volume"
    assert pieces.evaluate(volume) == pytest.approx(10 ** (-6 / 20), abs=0.001)
    pieces.get_by_role("button", name="Same loudness for all").first.click()
    assert pieces.evaluate(volume) == 1


def test_play_all_follows_on_and_loads_the_next(pieces: Page) -> None:
    pieces.get_by_role("button", name="Play all").click()
    until(pieces, f"{PLAYERS}[1].position > 0")
    assert pieces.evaluate(f"{PLAYERS}[2].audio.preload") == "auto"
    pieces.evaluate(f"{PLAYERS}[1].seek(2.8)")
    until(pieces, f"{PLAYERS}[2].position > 0.2")
    pieces.get_by_role("button", name="Stop").click()
    assert pieces.evaluate(f"[...{PLAYERS}].every(one => one.audio.paused)")


def test_play_all_stops_where_the_browser_refuses_to_go_on(pieces: Page) -> None:
    pieces.get_by_role("button", name="Play all").click()
    until(pieces, f"{PLAYERS}[1].position > 0")
    refusal = "() => Promise.reject(new DOMException('', 'NotAllowedError'))"
    pieces.evaluate(f"void ({PLAYERS}[2].audio.play = {refusal})")
    pieces.evaluate(f"{PLAYERS}[1].seek(2.8)")
    until(pieces, f"{PLAYERS}[2].dataset.state === 'paused'")
    expect(pieces.get_by_role("button", name="Play all")).to_be_visible()


def test_without_scripts_there_are_native_players(open_page) -> None:
    page = open_page(java_script_enabled=False)
    page.goto("/look/pieces/")
    expect(page.locator("voice-player audio[controls]").first).to_be_visible()
    assert page.locator(".player__play").count() == 0


# --- Progress -----------------------------------------------------------------------------------


def test_progress_changes_in_place(pieces: Page) -> None:
    counts = pieces.locator("[data-part=counts]")
    expect(counts).to_have_text("312 of 618 takes, 4 failed, about 3 min left")
    pieces.evaluate("document.querySelectorAll('.progress *').forEach(node => node.mark = true)")
    look_pages.progress.update(complete=400, percent=65, remaining_seconds=100, message="Waits.")
    expect(counts).to_have_text("400 of 618 takes, 4 failed, about 2 min left")
    expect(pieces.locator("[data-part=message]")).to_have_text("Waits.")
    expect(pieces.get_by_role("progressbar", name="Progress")).to_have_attribute(
        "aria-valuenow", "65"
    )
    expect(pieces.locator("[data-part=announce]")).to_contain_text("60 percent")
    replaced = "[...document.querySelectorAll('.progress *')].filter(node => !node.mark).length"
    assert pieces.evaluate(replaced) == 0


def test_a_finished_take_gets_its_player_but_not_under_the_ear(pieces: Page) -> None:
    playing = pieces.locator("[data-take='1']")
    pieces.evaluate("document.querySelector('[data-take=\"1\"]').mark = 'kept'")
    pieces.evaluate(
        "document.querySelector('[data-take=\"1\"] .chip').dataset.state = 'generating'"
    )
    pieces.evaluate(f"{PLAYERS}[1].audio.loop = true")
    playing.locator(".player__play").click()
    look_pages.row_states[3] = "complete"
    look_pages.progress["rows"] = [{"id": 1, "state": "complete"}, {"id": 3, "state": "complete"}]
    expect(pieces.locator("[data-take='3'] .player__play")).to_be_visible()
    expect(playing.locator(".chip")).to_have_text("complete")
    assert pieces.evaluate("document.querySelector('[data-take=\"1\"]').mark") == "kept"
    playing.locator(".player__play").click()
    pieces.locator("h1").click()
    until(pieces, "!document.querySelector('[data-take=\"1\"]').mark")


def test_progress_says_when_the_connection_is_lost_and_comes_back(pieces: Page) -> None:
    counts = pieces.locator("[data-part=counts]")
    expect(counts).to_contain_text("about 3 min left")
    pieces.route("**/look/progress.json", lambda route: route.abort())
    lost = pieces.locator("[data-part=lost]")
    expect(lost).to_have_text("The server cannot be reached. Trying again.")
    expect(counts).to_contain_text("312 of 618 takes")
    pieces.unroute("**/look/progress.json")
    look_pages.progress["complete"] = 333
    expect(counts).to_contain_text("333 of 618 takes")
    expect(lost).to_be_hidden()


def test_progress_stops_when_it_is_finished(pieces: Page) -> None:
    look_pages.progress.update(
        status="partial_success", complete=614, pending=0, generating=0, percent=100
    )
    finished = pieces.locator("[data-part=finished]")
    expect(finished).to_contain_text("614 takes are ready, 4 failed.")
    expect(finished.get_by_role("link", name="Listen to the takes")).to_be_visible()
    asked: list[str] = []
    pieces.on("request", lambda request: asked.append(request.url))
    pieces.wait_for_timeout(3500)
    assert asked == []
    assert pieces.url.endswith("/look/pieces/")


# --- The other pieces ---------------------------------------------------------------------------


def test_confirm_has_the_focus_on_the_safe_button(pieces: Page) -> None:
    pieces.get_by_role("link", name="Reject 3 drafts…").click()
    dialog = pieces.get_by_role("dialog", name="Reject 3 drafts of 2 lines?")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    pieces.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    assert pieces.url.endswith("/look/pieces/")
    pieces.get_by_role("link", name="Reject 3 drafts…").click()
    dialog.get_by_role("button", name="Reject 3 drafts").click()
    expect(pieces.locator("body")).to_contain_text("POST")


def test_a_form_asks_before_it_is_sent(pieces: Page) -> None:
    pieces.get_by_role("button", name="Cancel the rest").click()
    dialog = pieces.get_by_role("dialog", name=re.compile("Cancel 302 takes"))
    pieces.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    assert "sent=yes" not in pieces.url
    pieces.get_by_role("button", name="Cancel the rest").click()
    dialog.get_by_role("button", name="Cancel 302 takes").click()
    pieces.wait_for_url("**sent=yes**")


def test_keys_are_shown_switched_off_and_dead_in_fields(pieces: Page) -> None:
    pieces.locator("[name=stability_low]").focus()
    pieces.keyboard.press("p")
    assert pieces.evaluate(f"{PLAYERS}[0].dataset.state") == "idle"
    pieces.locator("[name=stability_low]").blur()
    pieces.keyboard.press("p")
    until(pieces, f"{PLAYERS}[0].position > 0")
    pieces.keyboard.press("p")
    pieces.keyboard.press("?")
    dialog = pieces.get_by_role("dialog", name="Keys")
    expect(dialog.get_by_role("row", name="p Play or pause")).to_be_visible()
    dialog.get_by_role("checkbox").uncheck()
    dialog.get_by_role("button", name="Close").click()
    pieces.keyboard.press("p")
    assert pieces.evaluate(f"{PLAYERS}[0].audio.paused")


def test_a_range_becomes_one_value_and_back(pieces: Page) -> None:
    low, high = pieces.locator("[name=stability_low]"), pieces.locator("[name=stability_high]")
    toggle = pieces.locator("voice-range").first.get_by_role("checkbox")
    expect(high).to_have_value("0.75")
    toggle.uncheck()
    expect(high).to_be_hidden()
    expect(high).to_have_value("")
    toggle.check()
    expect(high).to_have_value("0.75")
    low.fill("0.25")
    assert pieces.evaluate("document.querySelector('voice-range [type=range]').value") == "0.25"


def test_a_toast_can_be_taken_back(pieces: Page) -> None:
    pieces.get_by_role("button", name="Toast").click()
    toasts = pieces.locator("#toasts")
    expect(toasts).to_contain_text("3 drafts rejected")
    toasts.get_by_role("button", name="Undo").click()
    expect(toasts).to_contain_text("Taken back")
    expect(toasts).not_to_contain_text("rejected")


def test_a_selection_outlives_the_filter(open_page, person) -> None:
    model = get_user_model()
    others = [model.objects.create_user(f"listener{n}") for n in range(3)]
    page = open_page()
    page.goto(PLAIN_USERS)
    for other in others[:2]:
        page.locator(f".action-select[value='{other.pk}']").check()
    page.goto(f"{PLAIN_USERS}?is_superuser__exact=1")
    expect(page.locator(".selection")).to_contain_text("2 selected, 2 not shown")
    page.locator(f".action-select[value='{person.pk}']").check()
    expect(page.locator(".selection")).to_contain_text("3 selected, 2 not shown")
    page.locator("select[name=action]").select_option("delete_selected")
    page.get_by_role("button", name="Go").click()
    expect(page.locator("#content")).to_contain_text("listener0")
    expect(page.locator("#content")).to_contain_text("listener1")
    expect(page.locator("#content")).not_to_contain_text("listener2")


def test_a_click_on_a_row_opens_it(open_page, person) -> None:
    page = open_page()
    page.goto(PLAIN_USERS)
    page.locator("#result_list td.field-email").first.click()
    page.wait_for_url(f"**/{person.pk}/change/")


@pytest.mark.parametrize("refuses", [False, True])
def test_a_token_is_copied_or_selected_to_be_copied(open_page, faults, refuses: bool) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto("/admin/accounts/apitoken/add/")
    page.get_by_label("Name").fill("build server")
    page.get_by_role("button", name="Make the token").click()
    field = page.get_by_label("API token")
    chosen = "field => field.value.slice(field.selectionStart, field.selectionEnd)"
    secret = field.input_value()
    assert field.evaluate(chosen) == secret  # it has the focus from the beginning
    if refuses:
        no = "() => Promise.reject(new DOMException('no', 'NotAllowedError'))"
        page.evaluate(f"() => {{ navigator.clipboard.writeText = {no}; }}")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("status")).to_contain_text("Press Ctrl+C" if refuses else "Copied.")
    if refuses:
        assert field.evaluate(chosen) == secret
    else:
        assert page.evaluate("() => navigator.clipboard.readText()") == secret
    assert faults == []
