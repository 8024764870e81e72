"""What an import does to a Series: plans, writes, versions, retires."""

import csv
import io
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.audit.models import Event
from apps.catalog.lines.services import LineChanged, edit_line
from apps.catalog.models import Line, LineVersion, Script, Series
from apps.catalog.scripts.planning import ImportOptions, plan_import
from apps.catalog.scripts.services import (
    ImportRefused,
    PlanOutdated,
    carry_out,
    confirm_import,
    hold_upload,
    import_script,
    plan_pending,
)
from apps.catalog.series.services import create_series
from apps.core.access import may
from apps.core.errors import Invalid
from tests.factories import SeriesFactory, UserFactory

pytestmark = pytest.mark.django_db
ALL = ImportOptions(all_languages=True)
FIRST = b"Function,Line\nA,One\nB,Two\nC,Three\n"


def state(series: Series) -> dict[str, tuple]:
    lines = series.lines.order_by("position", "pk")
    return {line.key: (line.text, line.version, line.retired_at is None) for line in lines}


def many(rows: int, text: str) -> bytes:
    output = io.StringIO(newline="")
    writer = csv.writer(output)
    writer.writerow(["Function", "Line", "character"])
    writer.writerows([f"K{n}", f"{text} {n}", f"C{n % 3}"] for n in range(rows))
    return output.getvalue().encode()


@pytest.fixture
def series():
    return SeriesFactory()


@pytest.fixture
def person():
    return UserFactory()


def test_a_plan_writes_nothing(series):
    plan = plan_import(series, FIRST, options=ImportOptions())
    assert [entry.key for entry in plan.new] == ["A", "B", "C"]
    assert not Line.objects.exists()
    assert not Script.objects.exists()
    assert not series.languages.exists()


def test_an_import_makes_lines_in_file_order(series, person):
    script = import_script(series, FIRST, by=person, file_name="first.csv")
    assert list(state(series)) == ["A", "B", "C"]
    assert set(state(series).values()) == {("One", 1, True), ("Two", 1, True), ("Three", 1, True)}
    assert (script.number, script.lines_new, script.file_name) == (1, 3, "first.csv")
    assert script.languages == ["en"]
    assert script.imported_by == person
    event = Event.objects.get(verb="script.imported")
    assert (event.actor, event.data["new"]) == (person, 3)


def test_a_second_import_sorts_new_changed_unchanged_and_missing(series, person):
    import_script(series, FIRST, by=person)
    second = b"Function,Line\nD,Four\nA,One\nB,Two more\n"
    plan = plan_import(series, second, options=ImportOptions())
    assert [entry.key for entry in plan.new] == ["D"]
    assert [change.entry.key for change in plan.changed] == ["B"]
    assert plan.changed[0].difference == [("same", "Two"), ("new", " more")]
    assert [change.entry.key for change in plan.unchanged] == ["A"]
    assert [line.key for line in plan.missing] == ["C"]

    script = import_script(series, second, by=person)
    assert (script.number, script.lines_changed, script.lines_missing) == (2, 1, 1)
    changed = state(series)
    assert changed["B"] == ("Two more", 2, True)
    assert changed["A"] == ("One", 1, True)
    assert changed["C"] == ("Three", 1, True), "kept, because nobody asked to retire it"
    old = LineVersion.objects.get()
    assert (old.line.key, old.version, old.text, old.replaced_by) == ("B", 1, "Two", person)
    assert list(series.lines.exclude(key="C").values_list("key", flat=True)) == ["D", "A", "B"]


def test_lines_are_retired_when_asked_and_come_back(series):
    import_script(series, FIRST, by=None)
    shorter = b"Function,Line\nA,One\n"
    script, plan = carry_out(series, shorter, by=None, options=ImportOptions(retire_missing=True))
    assert len(plan.missing) == script.lines_missing == 2
    assert [key for key, (_, _, current) in state(series).items() if current] == ["A"]
    assert plan_import(series, shorter, options=ImportOptions()).missing == []

    _, plan = carry_out(series, FIRST, by=None)
    assert plan.restored == 2
    assert state(series)["B"] == ("Two", 1, True)
    assert not LineVersion.objects.exists()


def test_a_refused_row_is_not_missing(series):
    import_script(series, FIRST, by=None)
    data = b"Function,Line\nA,One\nb,wrong case\nC,\n"
    plan = plan_import(series, data, options=ImportOptions(retire_missing=True))
    assert plan.missing == []
    assert sorted(row.key for row in plan.bad) == ["C", "b"]


def test_details_that_the_file_does_not_mention_stay(series):
    bank = b"item_id,labels,en,context,character,max_duration\nA,x,One,Wave,Ann,2.5\n"
    import_script(series, bank, by=None)
    import_script(series, b"Function,Line\nA,One more\n", by=None)
    line = series.lines.get()
    assert (line.text, line.labels, line.notes, line.max_duration) == (
        "One more", ["x"], "Wave", 2.5,
    )  # fmt: skip
    assert line.character.name == "Ann"
    script = import_script(series, b'item_id,labels,en,character\nA,"y,z",One more,\n', by=None)
    line.refresh_from_db()
    assert (script.lines_unchanged, line.labels, line.character) == (1, ["y", "z"], None)
    assert (line.notes, line.version) == ("Wave", 2)


def test_all_languages_of_a_bank(series):
    data = "item_id,en,es_AR,de\na,Hi,Hola,\nb,Bye,,Tschüss\n".encode()
    import_script(series, data, by=None, options=ALL)
    assert list(series.languages.values_list("tag", flat=True)) == ["de", "en", "es-AR"]
    assert series.lines.count() == 4
    without = b"item_id,de\na,Hallo\n"
    plan = plan_import(series, without, options=ALL)
    assert [(line.key, line.language) for line in plan.missing] == [("b", "de")]


def test_blanks_around_a_text_are_no_new_text(series):
    import_script(series, FIRST, by=None)
    script = import_script(series, b"Function,Line,Notes\nA,One ,Wave\nB, Two,\n", by=None)
    assert (script.lines_changed, script.lines_unchanged) == (0, 2)
    line = series.lines.get(key="A")
    assert (line.text, line.version, line.notes) == ("One", 1, "Wave")
    assert edit_line(line, text="One\n", by=None).version == 1
    assert not LineVersion.objects.exists()


def test_placeholders_become_lines_that_are_never_spoken(series):
    data = b"Function,Line\nA,NO APPROVED TRANSLATION\nB,<b>Bold</b><br>text\n"
    import_script(series, data, by=None)
    assert series.lines.count() == 2
    spoken = Line.objects.speakable().filter(series=series)
    assert [line.text for line in spoken] == ["<b>Bold</b><br>text"]


def test_strict_refuses_everything_for_one_bad_row(series):
    with pytest.raises(ImportRefused, match="the text is empty") as caught:
        import_script(series, b"Function,Line\nA,One\nB,\n", by=None, strict=True)
    assert [row.key for row in caught.value.bad] == ["B"]
    assert not Line.objects.exists()


def test_a_file_without_a_good_row_is_refused(series):
    with pytest.raises(ImportRefused):
        import_script(series, b"Function,Line\nA,\n", by=None)
    with pytest.raises(ImportRefused):
        import_script(series, b"Function,Line\n", by=None)
    assert not Script.objects.exists()


def test_two_series_do_not_meet(series):
    other = SeriesFactory()
    import_script(other, FIRST, by=None)
    plan = plan_import(series, FIRST, options=ImportOptions())
    assert len(plan.new) == 3


# --- Upload, preview, confirm -------------------------------------------------------------------


def test_a_confirmed_upload_is_imported_once(series, person):
    pending = hold_upload(series, FIRST, file_name="a.csv", options=ALL, by=person)
    pending.refresh_from_db()
    shown = plan_pending(pending).fingerprint
    script, _ = confirm_import(pending, expected=shown, by=person)
    assert script.lines_new == 3
    assert not series.pending_imports.exists()


def test_a_plan_that_is_no_longer_true_is_not_carried_out(series, person):
    pending = hold_upload(series, FIRST, file_name="a.csv", options=ALL, by=person)
    shown = plan_pending(pending).fingerprint
    import_script(series, b"Function,Line\nA,Else\n", by=None)
    with pytest.raises(PlanOutdated) as caught:
        confirm_import(pending, expected=shown, by=person)
    assert state(series) == {"A": ("Else", 1, True)}
    confirm_import(pending, expected=caught.value.plan.fingerprint, by=person)
    assert state(series)["A"] == ("One", 2, True)


def test_the_fingerprint_is_that_of_what_would_be_done(series):
    one = plan_import(series, FIRST, options=ImportOptions())
    assert one.fingerprint == plan_import(series, FIRST, options=ImportOptions()).fingerprint
    retiring = plan_import(series, FIRST, options=ImportOptions(retire_missing=True))
    assert retiring.fingerprint != one.fingerprint


# --- Lines and Series ---------------------------------------------------------------------------


def test_editing_a_text_makes_a_version(series, person):
    import_script(series, FIRST, by=None)
    line = series.lines.get(key="A")
    edit_line(line, text="Uno", by=person)
    assert (line.text, line.version) == ("Uno", 2)
    assert line.versions.get().text == "One"
    edit_line(line, details={"notes": "softly", "labels": ["x"]}, by=person)
    assert (line.notes, line.version) == ("softly", 2)
    assert Event.objects.filter(verb="line.edited", actor=person).count() == 2
    edit_line(line, text="Uno", by=person)
    assert Event.objects.filter(verb="line.edited").count() == 2


def test_the_slower_of_two_editors_is_told(series, person):
    import_script(series, FIRST, by=None)
    mine, theirs = series.lines.get(key="A"), series.lines.get(key="A")
    edit_line(theirs, text="Theirs", by=person)
    with pytest.raises(LineChanged):
        edit_line(mine, text="Mine", by=person)
    assert series.lines.get(key="A").text == "Theirs"


def test_a_line_takes_no_unusable_text(series, person):
    import_script(series, b"Function,Line,character\nA,One,Ann\n", by=None)
    other = SeriesFactory()
    import_script(other, b"Function,Line,character\nA,One,Bob\n", by=None)
    line = series.lines.get()
    for text in ("", " ", "be\x07ll", "x" * 5_001):
        with pytest.raises(Invalid):
            edit_line(line, text=text, by=person)
    with pytest.raises(Invalid, match="another Series"):
        edit_line(line, details={"character": other.characters.get()}, by=person)
    with pytest.raises(Invalid, match="no such detail"):
        edit_line(line, details={"key": "B"}, by=person)


def test_the_maker_of_a_series_may_work_on_it(person):
    made = create_series("Lantern", "Lantern keepers", "game", "es_ar", by=person)
    assert made.default_language == "es-AR"
    assert may(person, "edit", made)
    assert not may(person, "publish", made)
    for slug in ("Lantern", "LANTERN", "a/b", "", ".."):
        with pytest.raises(Invalid) as caught:
            create_series(slug, by=person)
        assert caught.value.errors
    with pytest.raises(Invalid, match="default_language"):
        create_series("Other", default_language="english", by=person)


# --- Size ---------------------------------------------------------------------------------------


def queries(act) -> int:
    """Without the inserts of lines and their versions, which come in chunks."""
    with CaptureQueriesContext(connection) as captured:
        act()
    return len(
        [query for query in captured if not query["sql"].startswith('INSERT INTO "catalog_line')]
    )


def test_queries_do_not_grow_with_rows():
    counts = []
    for rows in (10, 1_500):
        series = SeriesFactory()
        first = queries(lambda s=series, n=rows: import_script(s, many(n, "One"), by=None))
        second = queries(lambda s=series, n=rows: import_script(s, many(n, "Two"), by=None))
        planned = queries(
            lambda s=series, n=rows: plan_import(s, many(n, "Six"), options=ImportOptions())
        )
        counts.append((first, second, planned))
        assert series.lines.filter(version=2).count() == rows
        assert LineVersion.objects.filter(line__series=series).count() == rows
    assert counts[0] == counts[1]
    assert counts[0][2] == 1


def test_lines_are_written_in_chunks():
    series = SeriesFactory()
    with CaptureQueriesContext(connection) as captured:
        import_script(series, many(1_500, "One"), by=None)
    assert len(captured) < 60


# --- Real files ---------------------------------------------------------------------------------


@pytest.mark.realdata
def test_the_real_files_and_their_second_import(realdata: Path, series):
    game = realdata / "voicepack"
    first = (game / "jingweidragonheart-full.Function_Line.csv").read_bytes()
    again = (game / "jingweidragonheart-full.line_key_text.csv").read_bytes()
    assert import_script(series, first, by=None).lines_new == 206
    script = import_script(series, again, by=None)
    assert (script.lines_new, script.lines_changed, script.lines_unchanged) == (0, 0, 206)
    bank = (realdata / "levante" / "item_bank_translations_2024-12.csv").read_bytes()
    other = SeriesFactory()
    script, plan = carry_out(other, bank, by=None, options=ALL)
    assert script.lines_new == other.lines.count() == 616 * 3
    assert not plan.bad
    assert other.lines.filter(text__contains="\n").exists()
    assert other.lines.filter(text__contains="<").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("rows", "counted"), [(499, False), (500, True)])
def test_many_new_lines_are_counted_for_the_planner_of_postgresql(series, rows, counted):
    with CaptureQueriesContext(
        connection,
    ) as asked:
        import_script(series, many(rows, "Line"), options=ImportOptions(), by=None)
    said = [one["sql"] for one in asked if one["sql"].startswith("ANALYZE")]
    expected = counted and connection.vendor == "postgresql"
    assert said == (['ANALYZE "catalog_line"'] if expected else [])
