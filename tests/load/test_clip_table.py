"""The clip table with 20,000 lines: a page, a state and the counts."""

import sys
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from apps.catalog.models import Language, Line
from apps.review.clips import queries
from apps.review.clips.states import STATES
from apps.review.clips.views.pagination import PER_PAGE, page_of
from apps.review.models import Approval, Draft, LiveClip, ReviewLink
from tests.factories import LanguageFactory, UserFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.load]

FACTS = {"sha256": "0" * 64, "frames_sha256": "0" * 64, "size": 1, "duration": 2.0}


def language_of(lines: int) -> Language:
    """Nine of ten lines are live; of every hundred ten have a draft and five an approval."""
    language = LanguageFactory()
    series = language.series
    made = Line.objects.bulk_create(
        Line(series=series, language=language, key=f"L_{n}", position=n, text=f"Line number {n}.")
        for n in range(lines)
    )
    LiveClip.objects.bulk_create(
        LiveClip(
            series=series, line=line, key=f"{line.key}.mp3", alias="dev",
            text="Something else." if line.position % 50 == 11 else line.text, **FACTS,
        )
        for line in made
        if line.position % 10
    )  # fmt: skip
    drafts = Draft.objects.bulk_create(
        Draft(
            series=series, line=line, version=1, key=f"{line.key}_v001", text=line.text,
            saved_by_name="x", **FACTS,
        )
        for line in made
        if line.position % 100 < 10
    )  # fmt: skip
    Approval.objects.bulk_create(
        Approval(
            series=series, line=draft.line, draft=draft, sha256="0" * 64, text=draft.text,
            by_name="x",
        )
        for draft in drafts
        if draft.line.position % 100 < 5
    )  # fmt: skip
    link = ReviewLink.objects.create(
        series=series, title="x", everything=False, expires_at=timezone.now() + timedelta(days=1)
    )
    link.drafts.set([draft for draft in drafts if draft.line.position % 100 == 7])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as autovacuum does a minute later
    return language


def fastest(act: Callable[[], object]) -> float:
    """Milliseconds, of five times."""
    times = []
    for _ in range(5):
        began = time.perf_counter()
        act()
        times.append(time.perf_counter() - began)
    return min(times) * 1000


def test_twenty_thousand_lines():
    small, large, person = language_of(200), language_of(20_000), UserFactory()

    def page(language: Language, state: str = "", number: int = 1) -> Callable[[], object]:
        def load() -> object:
            lines = page_of(queries.lines_of(language, state), str(number)).lines
            assert lines
            return queries.rows_of(lines, person)

        return load

    cost = {}
    for name, language in (("200", small), ("20,000", large)):
        cost[name] = fastest(page(language))
        sys.stderr.write(f"\n{name} lines: a page {cost[name]:.0f} ms")
        for state in STATES:
            sys.stderr.write(f", {state} {fastest(page(language, state)):.0f} ms")
        sys.stderr.write(f", counts {fastest(lambda found=language: queries.counts(found)):.0f} ms")
    cost["last"] = fastest(page(large, number=20_000 // PER_PAGE))
    sys.stderr.write(f", the last page {cost['last']:.0f} ms")
    assert queries.counts(large)["stale"], "some are stale, so that looking for them is measured"
    for which in ("20,000", "last"):
        assert cost[which] < 3 * cost["200"], "a page costs what it shows"
