"""What the ways that are gone most often cost: queries are held down, the rest is told.

`pytest tests/test_ways.py -s` prints files and functions of apps/ that each way touches.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from guardian.shortcuts import assign_perm

from apps.accounts.services import create_token
from apps.catalog.models import Series
from tests.factories import LanguageFactory, LineFactory, UserFactory, VoiceFactory
from tests.review.clips import invite, make_draft
from tests.review.conftest import language, line, places
from tests.takes.boards import make_batch, take_of

__all__ = ["language", "line", "places"]

pytestmark = pytest.mark.django_db(transaction=True)

APPS = str(Path(__file__).resolve().parent.parent / "apps")
Answered = Callable[[], HttpResponse]
MOST_QUERIES = {
    ("generate", "an administrator"): 19,
    ("generate", "by a grant"): 22,
    ("rank", "an administrator"): 17,
    ("rank", "by a grant"): 20,
    "decide": 16,
    "submit": 19,
}


def cost_of(way: str, send: Answered) -> int:
    """Queries of a request that works, transactions included; the rest is printed."""
    touched: set[CodeType] = set()
    with CaptureQueriesContext(connection) as asked, noting_functions(touched):
        answer = send()
    assert answer.status_code < 400, answer.content
    files = {code.co_filename for code in touched}
    told = f"{len(files)} files, {len(touched)} functions, {len(asked)} queries"
    sys.stderr.write(f"\n{way} ({connection.vendor}): {told}\n")
    return len(asked)


@contextmanager
def noting_functions(touched: set[CodeType]) -> Iterator[None]:
    """Notes what is called in apps/, without classes being made and comprehensions."""

    def note(frame: FrameType, event: str, _told: Any) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(APPS) and code.co_name[0] != "<":
            touched.add(code)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield
    finally:
        sys.setprofile(before)


@pytest.fixture(params=["an administrator", "by a grant"])
def call(request, redis_clean):
    """Sends JSON with a new token of somebody who may do everything, or this in one Series."""

    def send(series: Series, method: str, path: str, body: object) -> HttpResponse:
        person = UserFactory(is_superuser=request.param == "an administrator")
        if not person.is_superuser:
            for permission in ("view", "generate", "rank"):
                assign_perm(f"catalog.{permission}_series", person, series)
        ends = timezone.now() + timedelta(days=1)
        secret = create_token(person, "test", ["read:job", "edit:job"], ends, by=person)[1]
        bearer = {"Authorization": f"Bearer {secret}"}
        return cost_of(
            f"{method} /api/{path.split('/')[0]} {request.param}",
            lambda: Client().generic(
                method, f"/api/{path}", json.dumps(body), "application/json", headers=bearer
            ),
        )

    send.allowed = lambda way: MOST_QUERIES[way, request.param]
    return send


def test_queries_of_an_order_by_the_api(call, audio_root):
    VoiceFactory(provider_voice_id="Annie")
    for _ in ("first, so that imports and caches do not count", "measured"):
        language = LanguageFactory()
        LineFactory.create_batch(3, language=language)
        order = {"series": language.series.slug, "language": "en", "voices": ["espeak:Annie"]}
        queries = call(language.series, "POST", "generate", order)
    assert queries <= call.allowed("generate")


def test_queries_of_a_rank_by_the_api(call, audio_root):
    batch = make_batch(audio_root)
    for number in (2, 1):
        path = f"batch/{batch.batch_id}/take/{take_of(batch, 1, number).file_name}"
        queries = call(batch.series, "PATCH", path, {"rank": 1})
    assert queries <= call.allowed("rank")


@pytest.fixture
def page(redis_clean, line):
    """Sends an answer of a partner who has listened to the one version on their page."""
    cache.clear()
    draft = make_draft(line, seconds=4.0)
    home = f"/review/{invite([draft])[1]}/"

    def send(act: str, **fields: str) -> HttpResponse:
        by_script = {"Accept": "application/json"} if act != "submit" else {}
        return Client().post(f"{home}{act}/", {"draft": draft.pk, **fields}, headers=by_script)

    send("name", name="Maria Lopez")
    heard = json.dumps({"draft": draft.pk, "ranges": [[0, 4.1]]})
    Client().post(f"{home}heard/", heard, content_type="application/json")
    return send


def test_queries_of_a_partners_decision(page):
    decided = cost_of("decide", lambda: page("decide", decision="approve"))
    assert decided <= MOST_QUERIES["decide"]


def test_queries_of_a_partners_submit(page):
    page("decide", decision="approve")
    assert cost_of("submit", lambda: page("submit")) <= MOST_QUERIES["submit"]
