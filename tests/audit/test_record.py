"""The record: written once, read by administrators, never changed."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.audit.models import Event
from apps.audit.queries import events_of
from apps.audit.services import record
from tests.factories import SeriesFactory, UserFactory

pytestmark = pytest.mark.django_db
LIST = reverse("admin:audit_event_changelist")


def page_of(event) -> str:
    return reverse("admin:audit_event_change", args=[event.pk])


def shown(response) -> list[Event]:
    return list(response.context["cl"].result_list)


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(UserFactory(username="boss", is_superuser=True))
    return client


def test_events_of_one_thing_newest_first() -> None:
    series, other = SeriesFactory(), SeriesFactory()
    first = record("series.created", series, by=None)
    record("series.created", other, by=None)
    second = record("series.edited", series, by=None, fields=["title"])
    record("user.changed", UserFactory(pk=series.pk), by=None)  # same number, another kind
    assert list(events_of(series)) == [second, first]


def test_the_list_is_newest_first_and_says_who_did_what(boss: Client) -> None:
    anna = UserFactory(username="anna")
    events = [record("series.edited", SeriesFactory(), by=anna, fields=["title"]) for _ in "abc"]
    page = boss.get(LIST)
    assert shown(page) == events[::-1]
    assert "anna" in page.content.decode() and "title" in page.content.decode()


@pytest.mark.parametrize(
    ("question", "verbs"),
    [
        ({"q": "ann"}, {"series.edited"}),
        ({"q": "lantern"}, {"series.edited", "run.ordered"}),
        ({"q": "run."}, {"run.ordered"}),
        ({"thing": "accounts.user"}, {"user.changed"}),
        ({"days": "1"}, {"series.edited", "run.ordered", "user.changed"}),
        ({"days": "x"}, {"series.edited", "run.ordered", "user.changed"}),
        ({"q": "nobody"}, set()),
    ],
)
def test_searching_and_filtering(boss: Client, question, verbs) -> None:
    series = SeriesFactory(title="Lantern Keepers")
    record("series.edited", series, by=UserFactory(username="anna"))
    record("run.ordered", series, by=None)
    record("user.changed", UserFactory(username="zoe"), by=None)
    assert {event.verb for event in shown(boss.get(LIST, question))} == verbs


def test_a_page_links_to_the_thing_and_survives_kinds_that_are_gone(boss: Client) -> None:
    series = SeriesFactory(title="Lantern")
    event = record("series.edited", series, by=None, note="<b>")
    page = boss.get(page_of(event)).content.decode()
    assert reverse("admin:catalog_series_change", args=[series.pk]) in page
    assert "&lt;b&gt;" in page
    Event.objects.update(target_type="game.level")
    assert "game.level" in boss.get(page_of(event)).content.decode()
    assert boss.get(LIST).status_code == 200


def test_nobody_adds_changes_or_deletes(boss: Client) -> None:
    event = record("series.edited", SeriesFactory(), by=None)
    delete = reverse("admin:audit_event_delete", args=[event.pk])
    assert boss.get(reverse("admin:audit_event_add")).status_code == 403
    assert boss.post(page_of(event), {"verb": "series.loved"}).status_code == 403
    assert boss.post(delete, {"post": "yes"}).status_code == 403
    boss.post(LIST, {"action": "delete_selected", "_selected_action": [event.pk], "post": "yes"})
    assert Event.objects.get(verb="series.edited") == event


def test_staff_without_the_permission_see_nothing(client: Client) -> None:
    event = record("series.edited", SeriesFactory(), by=None)
    client.force_login(UserFactory())
    assert client.get(LIST).status_code == client.get(page_of(event)).status_code == 403


def test_the_list_costs_the_same_for_many_events_and_counts_no_further_than_shown(
    boss: Client,
) -> None:
    def cost() -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            boss.get(LIST)
        return [query["sql"] for query in queries.captured_queries]

    series = SeriesFactory()
    record("series.edited", series, by=None)
    few = cost()
    for _ in range(60):
        record("series.edited", series, by=None)
    many = cost()
    assert len(many) == len(few) <= 30
    counts = [sql for sql in many if "COUNT(" in sql]
    assert len(counts) == 1 and "LIMIT 10001" in counts[0]
