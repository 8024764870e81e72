"""The page for partners with 500 lines: it opens within a second and loads no audio."""

import sys
import time

import pytest
from django.test import Client

from apps.review.links.pages import PER_PAGE
from apps.review.links.services.reviewers import introduce
from apps.review.models import Draft
from tests.factories import LanguageFactory, LineFactory
from tests.review.clips import invite
from tests.review.conftest import places

__all__ = ["places"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.load]

VERSIONS = 2


def page_of(lines: int) -> str:
    """The address of a page with two versions of each line."""
    language = LanguageFactory()
    script = LineFactory.create_batch(lines, language=language)
    facts = {"sha256": "0" * 64, "frames_sha256": "0" * 64, "size": 1, "duration": 2.0}
    drafts = [
        Draft(
            series=language.series, line=line, version=version, key=f"{line.key}_{version}",
            text=line.text, saved_by_name="x", **facts,
        )
        for line in script
        for version in range(1, VERSIONS + 1)
    ]  # fmt: skip
    reviewer, token = invite(Draft.objects.bulk_create(drafts))
    introduce(reviewer, "Maria")
    return f"/review/{token}/"


def test_five_hundred_lines_open_in_a_browser(browser, live_server, places, redis_clean):
    """From the request until scripts have run and everything is laid out; no audio is loaded."""
    times: dict[int, list[float]] = {}
    for lines in (PER_PAGE, 500):
        home = page_of(lines)
        heard: list[int] = []
        for _ in range(5):
            context = browser.new_context(base_url=live_server.url)
            context.on("request", lambda asked, to=heard: "/audio/" in asked.url and to.append(1))
            page = context.new_page()
            page.goto(home, wait_until="load")
            timing = "performance.getEntriesByType('navigation')[0].loadEventEnd"
            page.wait_for_function(f"{timing} > 0")
            times.setdefault(lines, []).append(page.evaluate(timing) / 1000)
            context.close()
        assert heard == []
    fastest = {lines: min(found) for lines, found in times.items()}
    for lines, seconds in fastest.items():
        sys.stderr.write(f"\nreview page of {lines} lines in Chromium: {seconds * 1000:.0f} ms")
    assert fastest[500] < 2 * fastest[PER_PAGE], "a page of many lines opens like one of few"


def test_five_hundred_lines_are_answered_within_a_second(places, redis_clean):
    pages = {lines: page_of(lines) for lines in (5, 500)}
    times: dict[int, list[float]] = {lines: [] for lines in pages}
    for _ in range(7):
        for lines, home in pages.items():
            began = time.perf_counter()
            answer = Client().get(home)
            times[lines].append(time.perf_counter() - began)
            assert answer.status_code == 200
            assert answer.content.count(b'preload="none"') == min(lines, PER_PAGE) * VERSIONS
    fastest = {lines: min(found) for lines, found in times.items()}
    for lines, seconds in fastest.items():
        sys.stderr.write(f"\nreview page of {lines} lines: {seconds * 1000:.0f} ms")
    assert fastest[500] < 20 * fastest[5], "it grows with a page of lines, not with all"
