"""Pages do not grow with the table: the same page with few takes and with a million."""

import sys
import time

import pytest
from django.db import connection
from django.urls import reverse

from apps.takes.models import Take
from apps.takes.ordering.services.runs import order_run
from apps.takes.ordering.take_requests import lines_by_voices
from tests.factories import LanguageFactory, LineFactory, UserFactory, VoiceFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.load]

PAGES = {
    "home": ("admin:index", ""),
    "takes": ("admin:takes_take_changelist", ""),
    "takes, page 20": ("admin:takes_take_changelist", "p=20"),
    "failed takes": ("admin:takes_take_changelist", "status__exact=failed"),
    "takes by key": ("admin:takes_take_changelist", "q=Lamp_1"),
    "takes by the key of one line": ("admin:takes_take_changelist", "q=Lamp_42"),
    "takes by no key": ("admin:takes_take_changelist", "q=Harbour"),
    "runs": ("admin:takes_run_changelist", ""),
    "failed runs": ("admin:takes_run_changelist", "state=failed"),
    "batches": ("admin:takes_batch_changelist", ""),
}
ROUNDS = 5

COPY_RUN = """
    INSERT INTO takes_run (created_at, task_id, params, reuse_identical, series_id,
        characters_estimated, language_id, finished_at)
    SELECT now() - n * interval '1 minute', gen_random_uuid(), '{}', true, series_id, 0,
        language_id, now()
    FROM takes_run, generate_series(1, %(runs)s) n
    WHERE takes_run.id = (SELECT min(id) FROM takes_run)
"""
COPY_BATCH = """
    INSERT INTO takes_batch (created_at, batch_id, path, params, stopped_reason, waiting_reason,
        run_id, series_id, voice_id, generated_at)
    SELECT r.created_at, 'copy-' || r.id, 'copy/' || r.id, '{}', '', '', r.id, r.series_id,
        (SELECT voice_id FROM takes_batch LIMIT 1), now()
    FROM takes_run r WHERE NOT EXISTS (SELECT 1 FROM takes_batch WHERE run_id = r.id)
"""
COPY_TAKES = """
    INSERT INTO takes_take (created_at, take_number, file_name, origin, text, spoken_text, model,
        settings, output_format, identity, status, attempts, retries, error, sha256,
        frames_sha256, duration, characters, request_id, batch_id, line_id, run_id, series_id)
    SELECT b.created_at, 1, t.file_name, 'rendered', t.text, t.spoken_text, '', '{}',
        'mp3_44100_128', '', CASE WHEN t.id % 10 = 0 THEN 'failed' ELSE 'complete' END, 1, 0,
        CASE WHEN t.id % 10 = 0 THEN 'no' ELSE '' END, 'x', 'x', 2.0, 10, '', b.id, t.line_id,
        b.run_id, t.series_id
    FROM takes_batch b, takes_take t
    WHERE t.run_id = (SELECT min(id) FROM takes_run)
        AND NOT EXISTS (SELECT 1 FROM takes_take WHERE batch_id = b.id)
"""


def order(lines: int) -> None:
    language = LanguageFactory()
    script = [LineFactory(language=language, key=f"Lamp_{n}") for n in range(lines)]
    asked = lines_by_voices(script, [VoiceFactory()], takes=1, settings={})
    order_run(asked, by=None, queue=False)


def multiply(runs: int) -> int:
    """Copy the newest run until there are `runs` of it, in the database itself."""
    with connection.cursor() as cursor:
        cursor.execute(COPY_RUN, {"runs": runs})
        cursor.execute(COPY_BATCH)
        cursor.execute(COPY_TAKES)
        cursor.execute("ANALYZE")
    return Take.objects.count()


def timed(client, name: str, query: str) -> float:
    """The fastest of a few loads, in seconds."""
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        answer = client.get(f"{reverse(name)}?{query}")
        times.append(time.perf_counter() - began)
        assert answer.status_code == 200
    return min(times)


def test_no_page_grows_with_the_table(client, audio_root):
    client.force_login(UserFactory(is_superuser=True))
    order(lines=100)
    start = multiply(60)  # enough to fill a page of every list
    few = {title: timed(client, *page) for title, page in PAGES.items()}
    number = multiply(9_900)
    many = {title: timed(client, *page) for title, page in PAGES.items()}
    for title in PAGES:
        ratio = many[title] / few[title]
        sys.stderr.write(
            f"\n{title}: {few[title] * 1000:.0f} ms with {start:,} takes, "
            f"{many[title] * 1000:.0f} ms with {number:,} ({ratio:.1f} x)"
        )
    grown = {title for title in PAGES if many[title] > max(3 * few[title], 0.3)}
    assert not grown
