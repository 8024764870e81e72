"""`manage.py import_script`."""

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from apps.catalog.models import Line, Series
from tests.factories import SeriesFactory

pytestmark = pytest.mark.django_db
GOOD = "Function,Line\nA,One\nB,Two\n"


@pytest.fixture
def file(tmp_path: Path):
    def write(content: str | bytes = GOOD, name: str = "script.csv") -> str:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    return write


def run(*arguments: str) -> str:
    output = io.StringIO()
    call_command("import_script", *arguments, stdout=output)
    return output.getvalue()


def refused(*arguments: str) -> tuple[str, str]:
    """What the command printed, and what it said when it ended with exit code 1."""
    output = io.StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("import_script", *arguments, stdout=output)
    assert caught.value.returncode == 1
    return output.getvalue(), str(caught.value)


def test_the_command_makes_the_series_and_reports_what_was_done(file):
    document = json.loads(
        run(
            file(),
            "--series",
            "Lantern",
            "--create-series",
            "game",
            "--language",
            "es_ar",
            "--json",
        )
    )
    series = Series.objects.get()
    assert (series.slug, series.title, series.default_language) == ("Lantern", "Lantern", "es-AR")
    assert document["languages"] == ["es-AR"]
    assert (document["script"], document["new"], document["bad"]) == (1, 2, 0)
    assert "2 unchanged" in run(file(), "--series", "Lantern", "--create-series", "game")


def test_a_dry_run_writes_nothing(file):
    document = json.loads(
        run(file(), "--series", "New", "--create-series", "show", "--dry-run", "--json")
    )
    assert document["dry_run"] is True
    assert (document["script"], document["new"]) == (None, 2)
    assert not Series.objects.exists()
    SeriesFactory(slug="Here")
    assert "2 new" in run(file(), "--series", "Here", "--dry-run")
    assert not Line.objects.exists()


def test_bad_rows_end_with_1_and_good_ones_are_imported(file):
    SeriesFactory(slug="S")
    path = file("Function,Line\nA,One\nA,Two\nB,\n")
    printed, said = refused(path, "--series", "S", "--json")
    document = json.loads(printed)
    assert document["new"] == 1
    assert [row["line"] for row in document["bad_rows"]] == [3, 4]
    assert "line 3: duplicate key" in said
    assert Line.objects.get().key == "A"


def test_strict_imports_all_or_nothing(file):
    path = file("Function,Line\nA,One\nB,\n")
    printed, said = refused(path, "--series", "S", "--create-series", "game", "--strict", "--json")
    assert [row["line"] for row in json.loads(printed)["bad_rows"]] == [3]
    assert "line 3" in said
    assert not Series.objects.exists(), "the Series is not left behind empty"


@pytest.mark.parametrize(
    ("content", "arguments", "said"),
    [
        (GOOD, ["--series", "Nix"], "--create-series KIND makes it"),
        (GOOD, ["--series", "a/b", "--create-series", "game"], "slug"),
        (
            GOOD,
            ["--series", "S", "--create-series", "game", "--language", "english"],
            "no language",
        ),
        ("a,b\n", ["--series", "S", "--create-series", "game"], "no column with the key"),
        (b"PK\x03\x04", ["--series", "S", "--create-series", "game"], "save the sheet as CSV"),
        ("Function,Line\n", ["--series", "S", "--create-series", "game"], "no line that can be"),
    ],
)
def test_refusals_are_one_clear_message(file, content, arguments, said):
    printed, message = refused(file(content), *arguments)
    assert said in message
    assert not printed
    assert not Series.objects.exists()


def test_files_that_are_not_there(tmp_path):
    assert "No such file" in refused(str(tmp_path / "nix.csv"), "--series", "S")[1]
    assert "directory" in refused(str(tmp_path), "--series", "S")[1]


def test_a_sparse_hundred_megabytes(tmp_path):
    path = tmp_path / "big.csv"
    with path.open("wb") as file:
        file.truncate(100 * 1024**2)
    assert "larger than 20 MB" in refused(str(path), "--series", "S")[1]


def test_every_option_reaches_the_import(file):
    SeriesFactory(slug="S")
    bank = file("ident;spoken;en;de\nA;Grüße;Hi;Hallo\n".encode("cp1252"))
    names = ["--key-column", "IDENT", "--encoding", "windows-1252"]
    document = json.loads(run(bank, "--series", "S", *names, "--all-languages", "--json"))
    assert document["languages"] == ["en", "de"]
    assert document["columns_ignored"] == ["spoken"]
    run(bank, "--series", "S", *names, "--text-column", "spoken", "--language", "fr")
    assert Line.objects.get(language__tag="fr").text == "Grüße"
    other = file("Function,Line\nB,Two\n")
    document = json.loads(run(other, "--series", "S", "--retire-missing", "--json"))
    assert (document["retired"], document["missing"]) == (1, 1)
    assert list(Line.objects.current().filter(language__tag="en").values_list("key")) == [("B",)]


def test_languages_that_nobody_asked_for_are_named(file):
    SeriesFactory(slug="S")
    bank = file("item_id,en,de\nA,Hi,Hallo\n")
    assert "not asked for: de" in run(bank, "--series", "S")


@pytest.mark.realdata
def test_the_real_item_bank(realdata: Path):
    path = str(realdata / "levante" / "item_bank_translations_2024-12.csv")
    document = json.loads(
        run(path, "--series", "Bank", "--create-series", "item_bank", "--all-languages", "--json")
    )
    assert (document["new"], document["bad"]) == (1848, 0)
    assert document["languages"] == ["en", "es-CO", "de"]
