"""The page for partners with 500 lines: it opens within a second and loads no audio."""

import sys
import time

import pytest
from django.test import Client

from apps.review.models import Draft
from apps.review.services import introduce
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


def test_five_hundred_lines_open_within_a_second(places, redis_clean):
    pages = {lines: page_of(lines) for lines in (5, 500)}
    times: dict[int, list[float]] = {lines: [] for lines in pages}
    for _ in range(7):
        for lines, home in pages.items():
            began = time.perf_counter()
            answer = Client().get(home)
            times[lines].append(time.perf_counter() - began)
            assert answer.status_code == 200
            assert answer.content.count(b'preload="none"') == lines * VERSIONS
    fastest = {lines: min(found) for lines, found in times.items()}
    for lines, seconds in fastest.items():
        sys.stderr.write(f"\nreview page of {lines} lines: {seconds * 1000:.0f} ms")
    assert fastest[500] < 100 * fastest[5], "it grows no faster than its lines"
