"""The catalog in the admin: lists, editing, and who may do it."""

import time

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from guardian.shortcuts import assign_perm

from apps.audit.models import Event
from apps.catalog.lines.services import edit_line
from apps.catalog.models import Character, Line, Series
from apps.catalog.scripts.planning import ImportOptions
from apps.catalog.scripts.services import import_script
from tests.factories import LanguageFactory, LineFactory, SeriesFactory, UserFactory

pytestmark = pytest.mark.django_db
LINES = reverse("admin:catalog_line_changelist")
SERIES = reverse("admin:catalog_series_changelist")
SCRIPTS = reverse("admin:catalog_script_changelist")
BANK = b"item_id,en,de,character\nhello,Hello there,Hallo,Ann\nbye,Goodbye,,\n"


def change(thing) -> str:
    return reverse(f"admin:catalog_{thing._meta.model_name}_change", args=[thing.pk])


@pytest.fixture
def series():
    return SeriesFactory(title="Lantern")


@pytest.fixture
def curator(series):
    """Somebody who may see and edit one Series and nothing else."""
    user = UserFactory()
    for permission in ("view", "edit"):
        assign_perm(f"catalog.{permission}_series", user, series)
    return user


@pytest.fixture
def staff(curator, client: Client):
    client.force_login(curator)
    return client


def rows(response) -> list:
    return [row.key for row in response.context["cl"].result_list]


def form_of(response) -> dict[str, object]:
    """What a browser would send back unchanged."""
    form = response.context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    for formset in response.context["inline_admin_formsets"]:
        management = formset.formset.management_form
        values |= {management.add_prefix(name): value for name, value in management.initial.items()}
    return {name: "" if value is None else value for name, value in values.items()}


# --- Lists --------------------------------------------------------------------------------------


def test_lists_show_ones_own_series_only(staff, series):
    other = SeriesFactory(title="Secret")
    for one in (series, other):
        import_script(one, BANK, by=None, file_name=f"{one.title}.csv")
    for address in (SERIES, LINES, SCRIPTS):
        page = staff.get(address)
        assert "Lantern" in page.text
        assert "Secret" not in page.text
        assert page.context["cl"].result_count
    assert staff.get(change(other)).status_code == 302
    assert staff.get(change(other.lines.first())).status_code == 302
    assert rows(staff.get(LINES, {"series": other.pk})) == []


def test_viewers_change_nothing(client, series):
    import_script(series, BANK, by=None)
    viewer = UserFactory()
    assign_perm("catalog.view_series", viewer, series)
    client.force_login(viewer)
    line = series.lines.first()
    for thing in (series, line):
        page = client.get(change(thing))
        assert page.status_code == 200
        assert 'name="_save"' not in page.text
        assert client.post(change(thing), {"text": "x", "title": "x"}).status_code == 403
    assert "Import script" not in client.get(change(series)).text
    assert client.get(reverse("admin:catalog_series_add")).status_code == 403


def test_people_without_staff_status_get_nowhere(client, series):
    client.force_login(UserFactory(is_staff=False, is_superuser=True))
    for address in (SERIES, LINES, SCRIPTS, reverse("admin:catalog_import", args=[series.pk])):
        assert client.get(address).status_code == 302


def test_lines_are_filtered_and_found(staff, series):
    import_script(series, BANK, by=None, options=ImportOptions(all_languages=True))
    LineFactory(
        language=series.languages.get(tag="en"), key="later", text="No approved Translation"
    )
    edit_line(series.lines.get(key="bye"), text="Good bye", by=None)
    ann = Character.objects.get(name="Ann")

    def found(**query):
        return rows(staff.get(LINES, {"series": series.pk, **query}))

    assert found(language="de") == ["hello"]
    assert found(character=ann.pk) == ["hello", "hello"]
    assert found(state="edited") == ["bye"]
    assert found(state="placeholder") == ["later"]
    assert found(state="retired") == []
    LineFactory(language=series.languages.get(tag="de"), key="bare", text="<br>")
    assert found(state="markup") == ["bare"]
    assert found(state="empty") == []
    assert "markup only</td>" in staff.get(LINES, {"series": series.pk}).text
    assert found(q="good b") == ["bye"]
    assert found(q="HELL", language="en") == ["hello"]
    assert found(series="x", character="y") == rows(staff.get(LINES))


def test_lists_are_quick_and_take_few_queries(staff, series, django_assert_max_num_queries):
    language = LanguageFactory(series=series)
    Line.objects.bulk_create(
        Line(series=series, language=language, key=f"K{n}", text=f"Text {n} " * 40, position=n)
        for n in range(20_000)
    )
    for address in (LINES, f"{LINES}?series={series.pk}", f"{LINES}?q=text+19999", SERIES, SCRIPTS):
        with django_assert_max_num_queries(20):
            started = time.process_time()
            page = staff.get(address)
            assert time.process_time() - started < 1.5
        assert page.status_code == 200
    assert "over 10,000" in staff.get(SERIES).text


def test_the_list_of_series_takes_as_many_queries_for_forty_as_for_two(staff, curator):
    def queries_with(number: int) -> int:
        for one in SeriesFactory.create_batch(number):
            assign_perm("catalog.view_series", curator, one)
            LineFactory(language=LanguageFactory(series=one))
        with CaptureQueriesContext(connection) as captured:
            assert staff.get(SERIES).status_code == 200
        return len(captured)

    assert queries_with(2) == queries_with(38) <= 15


# --- Editing ------------------------------------------------------------------------------------


def test_a_text_edited_in_the_admin_is_a_new_version(staff, curator, series):
    import_script(series, BANK, by=None)
    line = series.lines.get(key="hello")
    page = staff.get(change(line))
    given = form_of(page) | {"text": "Hello you", "notes": "softly", "labels": "a, b"}
    assert staff.post(change(line), given).status_code == 302
    line.refresh_from_db()
    assert (line.text, line.version, line.notes, line.labels) == (
        "Hello you", 2, "softly", ["a", "b"],
    )  # fmt: skip
    assert line.versions.get().text == "Hello there"
    assert Event.objects.filter(verb="line.edited", actor=curator).exists()
    page = staff.get(change(line)).text
    assert "<del>" in page
    assert "<ins>" in page


def test_a_page_that_is_out_of_date_saves_nothing(staff, series):
    import_script(series, BANK, by=None)
    line = series.lines.get(key="hello")
    given = form_of(staff.get(change(line))) | {"text": "Mine"}
    edit_line(line, text="Theirs", by=None)
    page = staff.post(change(line), given)
    assert "Somebody else changed this line" in page.text
    line.refresh_from_db()
    assert line.text == "Theirs"


@pytest.mark.parametrize("text", ["", "  ", "be\x07ll", "x" * 5_001])
def test_unusable_texts_are_refused_in_the_form(staff, series, text):
    import_script(series, BANK, by=None)
    line = series.lines.get(key="hello")
    page = staff.post(change(line), form_of(staff.get(change(line))) | {"text": text})
    assert page.status_code == 200
    assert page.context["adminform"].form.errors["text"]


def test_line_breaks_of_the_browser_are_no_change(staff, series):
    import_script(series, b'Function,Line\nA,"one\ntwo "\n', by=None)
    line = series.lines.get()
    given = form_of(staff.get(change(line))) | {"text": "one\r\ntwo "}
    staff.post(change(line), given)
    line.refresh_from_db()
    assert (line.text, line.version) == ("one\ntwo ", 1)


def test_a_series_is_made_and_edited(client):
    maker = UserFactory()
    assign_perm("catalog.add_series", maker)
    client.force_login(maker)
    given = {"slug": "New", "title": "New one", "kind": "show", "default_language": "es_ar"}
    client.post(reverse("admin:catalog_series_add"), given)
    made = Series.objects.get()
    assert (made.slug, made.default_language) == ("New", "es-AR")
    page = client.get(change(made))
    given = form_of(page) | {"title": "Other title", "slug": "Moved"}
    inline = {
        "characters-TOTAL_FORMS": 1,
        "characters-0-name": "Ann",
        "characters-0-series": made.pk,
    }
    assert client.post(change(made), given | inline).status_code == 302
    made.refresh_from_db()
    assert (made.slug, made.title) == ("New", "Other title")
    assert made.characters.get().name == "Ann"
    verbs = set(Event.objects.values_list("verb", flat=True))
    assert {"series.created", "series.edited", "series.characters_edited"} <= verbs


def test_no_page_has_inline_script_or_style(staff, series):
    import_script(series, BANK, by=None)
    addresses = [SERIES, LINES, SCRIPTS, change(series), change(series.lines.first())]
    addresses.append(reverse("admin:catalog_import", args=[series.pk]))
    for address in addresses:
        page = staff.get(address).text
        assert " style=" not in page
        assert "<style>" not in page
        assert "onclick=" not in page
