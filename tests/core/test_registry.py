"""The registry: what an app offers is drawn on the pages of lower ones, for whoever may use it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from guardian.shortcuts import assign_perm

from apps.catalog.models import Character, Series
from apps.core import registry
from apps.core.registry import (
    BulkAction,
    CsrfFailurePage,
    Found,
    HomeLink,
    HomeSection,
    Link,
    Row,
    Tab,
    links_for,
    offers,
)
from apps.takes.models import Run
from apps.takes.ordering.services.runs import order_run
from apps.takes.ordering.take_requests import lines_by_voices
from tests.factories import LanguageFactory, LineFactory, SeriesFactory, UserFactory, VoiceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def put_back() -> Iterator[None]:
    """What a test registers is gone after it."""
    lists = [getattr(offers, name) for name in offers.__dataclass_fields__]
    before = [list(one) for one in lists]
    yield
    for one, kept in zip(lists, before, strict=True):
        one[:] = kept


@pytest.fixture
def run() -> Run:
    language = LanguageFactory(series__slug="Lantern", tag="en")
    lines = [LineFactory(language=language) for _ in range(2)]
    asked = lines_by_voices(lines, [VoiceFactory()], takes=1, settings={})
    return order_run(asked, by=None, queue=False)


def person_with(run: Run, *permissions: str) -> Client:
    person = UserFactory()
    for name in ("view", *permissions):
        assign_perm(f"catalog.{name}_series", person, run.series)
    client = Client()
    client.force_login(person)
    return client


def page(name: str, *args: object) -> str:
    return reverse(f"admin:{name}", args=args)


def pages_of(run: Run) -> dict[str, list[str]]:
    """The pages on which each kind of offer is drawn."""
    take, batch = run.takes.first(), run.batches.get()
    return {
        "series": [page("catalog_series_change", run.series_id)],
        "line": [page("catalog_line_change", take.line_id)],
        "chosen_lines": [page("catalog_line_changelist")],
        "take": [
            page("takes_take_changelist"),
            page("takes_run_change", run.pk),
            page("takes_take_row", take.pk),
        ],
        "batch": [
            page("takes_batch_changelist"),
            page("takes_run_change", run.pk),
            page("takes_board", batch.batch_id),
        ],
        "home_links": [page("index")],
        "home_sections": [page("index")],
    }


def address_of(subject: Any) -> str:
    return f"/new/{subject.pk}/"


def found(person: Any) -> Found:
    return Found([Row("/new/row/", "Some row", 3, "since today")], total=8, address="/new/all/")


def offer(kind: str, label: str, permission: str) -> Any:
    """An offer of an app that nobody knew before."""
    return {
        "series": lambda: Tab(label, address_of, permission),
        "line": lambda: Link(label, address_of, permission),
        "chosen_lines": lambda: BulkAction(label, label, lambda lines: "/new/", permission),
        "take": lambda: Link(label, address_of, permission),
        "batch": lambda: Link(label, address_of, permission),
        "home_links": lambda: HomeLink(label, lambda: "/new/", permission),
        "home_sections": lambda: HomeSection(label, found, permission),
    }[kind]()


KINDS = [
    "series", "line", "chosen_lines", "take", "batch", "home_links", "home_sections",
]  # fmt: skip


def queries(client: Client, address: str) -> int:
    client.get(address)  # sessions and content types are warm
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_offer_is_on_every_page_of_its_kind(run, kind):
    client = person_with(run, "publish")
    getattr(offers, kind).append(offer(kind, "Ship it all", "publish"))
    for address in pages_of(run)[kind]:
        shown = client.get(address).text
        assert "Ship it all" in shown, address
        assert "/new/" in shown or kind == "chosen_lines", address


@pytest.mark.parametrize("kind", KINDS)
def test_an_offer_is_not_shown_without_its_permission(run, kind):
    client = person_with(run, "edit", "generate", "rank", "review")
    getattr(offers, kind).append(offer(kind, "Ship it all", "publish"))
    for address in pages_of(run)[kind]:
        assert "Ship it all" not in client.get(address).text, address


@pytest.mark.parametrize("kind", KINDS)
def test_many_offers_ask_as_much_as_one(run, kind):
    client = person_with(run, "publish")
    known = {address: queries(client, address) for address in pages_of(run)[kind]}
    listed = getattr(offers, kind)
    listed.append(offer(kind, "First", "publish"))
    one = {address: queries(client, address) for address in known}
    listed.extend(offer(kind, f"No. {number}", "publish") for number in range(9))
    assert {address: queries(client, address) for address in known} == one
    assert all(one[address] <= known[address] + 1 for address in known)


def test_permissions_are_asked_once_for_all_rows_and_links(run):
    client = person_with(run, "publish")
    person = UserFactory.create()
    for series in SeriesFactory.create_batch(20):
        assign_perm("catalog.publish_series", person, series)
    links = [Tab(f"No. {number}", address_of, "publish") for number in range(9)]
    series = list(Series.objects.all())
    with CaptureQueriesContext(connection) as asked:
        shown = links_for(links, person, series)
    assert len(asked) <= 3  # what holds everywhere, for the person and for their groups; Series
    assert [len(shown[one.pk]) for one in series] == [0] + [9] * 20
    assert client.get(page("index")).status_code == 200


def test_a_link_is_left_out_where_it_does_not_apply(run):
    client = person_with(run)
    first, second = run.takes.all()
    offers.take.append(Link("Compare", address_of, applies=lambda take: take.pk != first.pk))
    shown = client.get(page("takes_run_change", run.pk)).text
    assert f"/new/{second.pk}/" in shown
    assert f"/new/{first.pk}/" not in shown


def test_a_tab_counts_by_language_in_one_query(run):
    LanguageFactory(series=run.series, tag="de")
    client = person_with(run)
    address = page("catalog_series_change", run.series_id)
    before = queries(client, address)
    counts = {"en": 7313, "fr": 4242}

    def counted(series: Series) -> dict[str, int]:
        Character.objects.filter(series=series).count()
        return counts

    offers.series.append(Tab("Releases", address_of, counts=counted))
    for tag in ("es", "fi", "it", "pt"):
        LanguageFactory(series=run.series, tag=tag)
    assert queries(client, address) == before + 1
    rows = client.get(address).context["languages"]
    assert dict(rows)["en"][-1] == 7313
    assert dict(rows)["de"][-1] == 0
    assert "fr" not in dict(rows)
    shown = client.get(address).text
    assert "7313" in shown and "4242" not in shown


def test_the_series_page_counts_lines_runs_and_clips_by_language(run):
    answer = person_with(run).get(page("catalog_series_change", run.series_id))
    assert [one.label for one in answer.context["counted"]] == ["Lines", "Runs", "Clips"]
    assert answer.context["languages"] == [("en", [2, 1, 0])]


def test_a_viewer_of_a_series_is_offered_only_what_they_may_do(run):
    def labels(client: Client) -> list[str]:
        answer = client.get(page("catalog_series_change", run.series_id))
        return [one.label for one in answer.context["links"]]

    assert labels(person_with(run)) == ["Lines", "Imports", "Runs", "Clips"]
    assert labels(person_with(run, "generate", "edit")) == [
        "Import script", "Lines", "Imports", "Runs", "Generate takes", "Clips",
    ]  # fmt: skip


def test_the_list_of_series_leads_to_the_pages_of_each(run):
    shown = person_with(run).get(page("catalog_series_changelist")).text
    assert f"{page('takes_run_changelist')}?series={run.series_id}" in shown
    assert page("review_clips", run.series_id) in shown


def words_of(client: Client) -> str:
    """What Home says below its heading, with single spaces and without tags."""
    shown = client.get(page("index")).text.partition("</h1>")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]*>", " ", shown).split())


def test_home_says_how_many_more_there_are(run):
    client = person_with(run)
    offers.home_sections[:] = [offer("home_sections", "Releases to ship", "view")]
    assert words_of(client).endswith("Releases to ship Some row 3 since today 7 more")
    assert '<a href="/new/all/">' in client.get(page("index")).text


@pytest.mark.parametrize(
    ("found", "empty", "said"),
    [
        (Found([], 0), "", "Library of takes"),
        (Found([], 0), "None.", "Things None."),
        (Found([], 4), "", "Things 4 older"),
        (Found([], 4), "None.", "Things None. 4 older"),
        (Found([], registry.COUNTED), "", "Things over 1,000 older"),
        (Found([Row("/new/", "A row")], 1), "None.", "Things A row"),
        (Found([Row("/new/", "A row", 5)], 9, shown=5), "", "Things A row 5 4 more"),
    ],
)
def test_a_section_says_how_much_is_not_shown(run, found, empty, said):
    offers.home_sections[:] = [HomeSection("Things", lambda person: found, empty=empty)]
    assert words_of(person_with(run)).endswith(said)


def test_home_offers_nothing_to_somebody_without_any_series(run):
    client = Client()
    client.force_login(UserFactory())
    answer = client.get(page("index"))
    assert answer.context["sections"] == []
    assert [one.label for one in answer.context["links"]] == ["Series and scripts"]


def test_a_forged_form_is_answered_by_whoever_has_the_address():
    client = Client(enforce_csrf_checks=True)
    offers.csrf_failures.append(
        CsrfFailurePage("/admin/login", lambda request, reason: HttpResponse("Ours.", status=403))
    )
    assert client.post("/admin/login/").text == "Ours."
    assert client.post("/review/no-such-token/decide/").templates[0].name == "review/outdated.html"
    answer = client.post("/admin/logout/")
    assert answer.status_code == 403
    assert "CSRF verification failed" in answer.text
