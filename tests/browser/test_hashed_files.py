"""The modules in a real browser, as production serves them: by their hashed names."""

import pytest
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, expect

from tests.browser.boards import audible_batch, open_board
from tests.browser.test_story import log_in
from tests.factories import UserFactory
from tests.test_static_files import collected

__all__ = ["collected"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def production_server(collected, settings):
    """Like pytest-django's live server, which would serve static files from their sources."""
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    thread = LiveServerThread("127.0.0.1", static_handler=lambda handler: handler)
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    assert thread.error is None
    yield f"http://127.0.0.1:{thread.port}"
    thread.terminate()


def test_the_board_works_from_hashed_files(browser: Browser, production_server, audio_root) -> None:
    UserFactory(username="ada", is_superuser=True)
    batch = audible_batch(audio_root, lines=2, takes=2)
    complaints: list[str] = []
    asked: list[str] = []
    page = browser.new_context(base_url=production_server).new_page()
    page.on("console", lambda said: said.type == "error" and complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    log_in(page)
    open_board(page, batch)
    page.keyboard.press("1")
    expect(page.locator("[data-slot='1'] .slot__place")).to_have_text("1")
    expect(page.locator(".player__wave > div").first).to_be_attached()
    scripts = [url for url in asked if "/static/" in url]
    assert any("/js/board/page." in url for url in scripts)
    plain = [url for url in scripts if not any(len(part) == 12 for part in url.split("."))]
    assert plain == []
    assert complaints == []
    page.context.close()
