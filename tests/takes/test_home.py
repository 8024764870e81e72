"""What takes show on Home: what needs a person now, and how much more there is."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.takes.models import Batch, Run, Take
from apps.takes.ordering.services.runs import order_run
from apps.takes.ordering.take_requests import lines_by_voices
from apps.takes.progress import queries
from tests.factories import LanguageFactory, LineFactory, UserFactory, VoiceFactory

pytestmark = pytest.mark.django_db

LONG_AGO = timezone.now() - timedelta(days=31)


@pytest.fixture
def person():
    return UserFactory(is_superuser=True)


def order(number: int, lines: int = 1) -> list[Run]:
    language = LanguageFactory()
    script = [LineFactory(language=language) for _ in range(lines)]
    asked = lines_by_voices(script, [VoiceFactory()], takes=1, settings={})
    return [order_run(asked, by=None, queue=False) for _ in range(number)]


def fail(runs: list[Run]) -> None:
    Take.objects.filter(run__in=runs).update(status="failed", error="no")
    Run.objects.filter(pk__in=[run.pk for run in runs]).update(finished_at=timezone.now())


def complete(runs: list[Run]) -> None:
    Take.objects.filter(run__in=runs).update(status="complete", sha256="x", duration=1.0)
    Run.objects.filter(pk__in=[run.pk for run in runs]).update(finished_at=timezone.now())
    Batch.objects.filter(run__in=runs).update(generated_at=timezone.now())


def test_ten_runs_that_go_are_shown_and_all_are_counted(person):
    order(12)
    found = queries.going_runs(person)
    assert (len(found.rows), found.total, found.more) == (10, 12, "2")


def test_failed_runs_of_long_ago_are_counted(person):
    runs = order(3)
    fail(runs)
    Run.objects.filter(pk=runs[0].pk).update(finished_at=LONG_AGO)
    found = queries.failed_runs(person)
    assert [run for run, _ in found.rows] == [runs[2], runs[1]]
    assert found.total == 3


def test_failed_takes_are_listed_by_series_and_those_of_long_ago_counted(person):
    runs = order(1, lines=3) + order(1, lines=2)
    fail(runs)
    old = runs[0].takes.first()
    Take.objects.filter(pk=old.pk).update(created_at=LONG_AGO)
    found = queries.failed_takes(person)
    assert sorted(number for _, number in found.rows) == [2, 2]
    assert (found.total, found.more) == (5, "1")


def test_batches_to_rank_are_open_heard_and_of_any_age(person):
    runs = order(9)
    complete(runs)
    batches = [run.batches.get() for run in runs]
    Batch.objects.filter(pk=batches[0].pk).update(locked_at=timezone.now())
    Batch.objects.filter(pk=batches[1].pk).update(generated_at=LONG_AGO)
    Take.objects.filter(batch=batches[2]).update(status="failed")
    Take.objects.filter(batch=batches[8]).update(rank=1)
    found = queries.batches_to_rank(person)
    assert [batch for batch, _, _ in found.rows] == batches[:3:-1]
    assert found.rows[0][1:] == (1, 1)
    assert found.rows[1][1:] == (1, 0)
    assert found.total == 7


def test_home_leads_to_what_it_tells_of(person, client):
    client.force_login(person)
    [going], [failed], [heard] = order(1), order(1), order(1)
    fail([failed])
    complete([heard])
    shown = client.get(reverse("admin:index")).text
    run = reverse("admin:takes_run_change", args=[going.pk])
    assert f'href="{run}"' in shown
    assert reverse("admin:takes_run_change", args=[failed.pk]) + "?state=failed" in shown
    assert reverse("admin:takes_board", args=[heard.batches.get().batch_id]) in shown
    library = reverse("admin:takes_take_changelist")
    assert f"{library}?status__exact=failed&amp;series={failed.series_id}" in shown
