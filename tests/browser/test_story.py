"""The main job in a real browser: import a script, generate, watch, listen, mend a failure."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from django.urls import reverse
from playwright.sync_api import Page, expect

from apps.takes.models import Run, Take
from tests.factories import SeriesFactory, UserFactory
from tests.workers import Processes, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SCRIPT = """Function,Line
Gate_Open,The gate is open. Come in before the rain.
Gate_Closed,The gate is closed until the morning bell.
Lamp_Lit,"Look, somebody has lit the lamp."
"""
PASSWORD = "a long enough password"


@pytest.fixture
def processes(process_environ, redis_clean, tmp_path):
    started = Processes(process_environ, tmp_path / "processes.log")
    yield started
    started.end()


@pytest.fixture
def complaints() -> list[str]:
    return []


@pytest.fixture
def page(browser, live_server, complaints, request) -> Page:
    """A page of somebody who has logged in by hand; `request.param` may set scheme and width."""
    options = getattr(request, "param", {"color_scheme": "light"})
    context = browser.new_context(base_url=live_server.url, **options)
    context.set_default_timeout(20_000)
    context.on("console", lambda said: said.type == "error" and complaints.append(said.text))
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    opened = context.new_page()
    UserFactory(username="ada", is_superuser=True).set_password(PASSWORD)
    yield opened
    context.close()


def log_in(page: Page) -> None:
    person = UserFactory._meta.model.objects.get(username="ada")
    person.set_password(PASSWORD)
    person.save()
    page.goto("/admin/")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("What needs me now")


def assert_axe_finds_nothing(page: Page) -> None:
    result = Axe().run(page, options={"preload": False})
    found = [
        f"{one['id']} on {page.url}: {one['nodes'][0]['html'][:200]}"
        for one in result.response["violations"]
    ]
    assert not found, "\n".join(found)


def import_script(page: Page, series) -> None:
    page.goto(reverse("admin:catalog_series_change", args=[series.pk]))
    page.get_by_role("link", name="Import script").click()
    file = {"name": "gate.csv", "mimeType": "text/csv", "buffer": SCRIPT.encode()}
    page.get_by_label("File", exact=False).first.set_input_files(file)
    page.get_by_role("button", name="Show what would change").click()
    assert_axe_finds_nothing(page)
    page.get_by_role("button", name=re.compile("Import 3 new lines")).click()
    expect(page.locator(".messagelist")).to_contain_text("3")


def order(page: Page, series) -> Run:
    page.goto(f"{reverse('admin:takes_run_add')}?series={series.pk}")
    expect(page.get_by_role("button", name=re.compile("Generate .* take"))).to_have_count(0)
    page.get_by_label("Annie").check()
    page.get_by_label("Takes per line").fill("2")
    button = page.get_by_role("button", name="Generate 6 takes")
    expect(button).to_be_visible()  # armed by the estimate, without a reload
    assert_axe_finds_nothing(page)
    button.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Run")
    return Run.objects.get()


@pytest.mark.parametrize(
    "page",
    [
        {"color_scheme": "light", "viewport": {"width": 1280, "height": 900}},
        {"color_scheme": "dark", "viewport": {"width": 360, "height": 740}},
    ],
    indirect=True,
    ids=["light desk", "dark phone"],
)
def test_from_a_script_to_takes_one_can_hear(page, processes, complaints, audio_root):
    call_command("sync_voices", "--provider", "espeak", verbosity=0)
    series = SeriesFactory(title="Gatehouse", slug="Gatehouse")
    log_in(page)
    assert_axe_finds_nothing(page)
    import_script(page, series)
    run = order(page, series)
    page.evaluate("window.notReloaded = true")

    # Somebody else's file lies in the place of one take, so that this one fails.
    blocked = run.takes.select_related("batch").get(take_number=2, line__key="Lamp_Lit")
    foreign = audio_root / blocked.key
    foreign.parent.mkdir(parents=True)
    foreign.write_bytes(b"no take of ours")

    processes.worker()
    chip = page.locator(".progress .chip").first
    expect(chip).to_contain_text("partial success", timeout=60_000)
    expect(page.locator(".progress__counts")).to_contain_text("5 of 6 takes, 1 failed")
    row = page.locator(f"[data-take='{blocked.pk}']")
    expect(row).to_contain_text("holds another file")
    assert page.evaluate("window.notReloaded"), "the page was left or loaded again"
    assert_axe_finds_nothing(page)

    heard = run.takes.filter(status="complete").first()
    player = page.locator(f"[data-take='{heard.pk}'] voice-player")
    player.get_by_role("button", name=re.compile("Play")).first.click()
    audio = f"document.querySelector(\"[data-take='{heard.pk}'] voice-player\").audio.currentTime"
    wait_for(lambda: page.evaluate(audio) > 0.3, 15, lambda: "the audio does not advance")

    foreign.unlink()
    page.reload()
    page.locator(f"[data-take='{blocked.pk}']").get_by_role("button", name="Retry").click()
    expect(page.locator(".progress .chip").first).to_contain_text("completed", timeout=60_000)
    assert Take.objects.get(pk=blocked.pk).status == "complete"
    assert foreign.stat().st_size > 1000
    assert not complaints


def test_without_javascript_the_page_still_orders(browser, live_server, redis_clean, audio_root):
    """No JavaScript: the estimate is a button, and the order follows it."""
    call_command("sync_voices", "--provider", "espeak", verbosity=0)
    series = SeriesFactory()
    call_command("import_script", *_script_file(audio_root), "--series", series.slug, verbosity=0)
    UserFactory(username="ada", is_superuser=True)
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    log_in(page)
    page.goto(f"{reverse('admin:takes_run_add')}?series={series.pk}")
    page.get_by_label("Annie").check()
    page.get_by_role("button", name="Estimate").click()
    page.get_by_role("button", name="Generate 9 takes").click()
    assert Run.objects.get().takes.count() == 9
    context.close()


def _script_file(folder) -> list[str]:
    path = folder.parent / "gate.csv"
    path.write_text(SCRIPT, encoding="utf-8")
    return [str(path)]
