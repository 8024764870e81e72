"""Whose text is it? In which language a column, or a row, is read."""

from pathlib import Path

import pytest

from apps.catalog.language_tags import header_tag
from apps.catalog.scripts.options import ReadOptions
from apps.catalog.scripts.planning import ImportOptions, plan_import
from apps.catalog.scripts.reading import read_script
from apps.catalog.scripts.services import carry_out
from apps.catalog.scripts.sheets import UnreadableFile
from tests.factories import SeriesFactory

BANK = (
    "identifier,labels,text,es-CO,de\n"
    "hi,intro,Hello there!,¡Hola!,Hallo!\n"
    "bye,intro,Good bye!,¡Adiós!,Tschüss!\n"
)
ALL = ReadOptions(all_languages=True)


def read(text: str, default: str = "en", **said):
    return read_script(text.encode(), ReadOptions(**said), default_language=default)


def spoken(text: str, default: str = "en", **said) -> dict[tuple[str, str], str]:
    return {(e.key, e.language): e.text for e in read(text, default, **said).entries}


def refusal(text: str, default: str = "en", **said) -> str:
    with pytest.raises(UnreadableFile) as caught:
        read(text, default, **said)
    return str(caught.value)


# --- A source text beside columns of languages --------------------------------------------------


@pytest.mark.parametrize("name", ["text", "line", "source", "Source_Text", "original", "Dialogue"])
def test_the_source_text_is_in_the_default_language(name):
    bank = BANK.replace("text", name)
    assert spoken(bank) == {("hi", "en"): "Hello there!", ("bye", "en"): "Good bye!"}
    assert read(bank, all_languages=True).languages == ("en", "es-CO", "de")


def test_a_language_that_has_a_column_is_read_from_it():
    for default in ("en", "de"):
        assert spoken(BANK, default, language="de")["hi", "de"] == "Hallo!"
    assert read(BANK, language="de").left_out == ("en", "es-CO")


def test_a_language_without_a_column_is_refused():
    assert "no column for fr; it has en, es-CO, de" in refusal(BANK, language="fr")


def test_the_source_text_beside_the_default_language_is_context():
    reading = read(BANK, "de")
    assert reading.entries[0].text == "Hallo!"
    assert reading.entries[0].notes == "Hello there!"
    assert reading.left_out == ("es-CO",)


def test_a_series_that_is_only_made_does_not_say_what_the_source_text_is():
    said = refusal(BANK, "fr", language="fr", is_new_series=True)
    assert "no column for fr; it has es-CO, de" in said
    assert read(BANK, "en", is_new_series=True).languages == ("en",)


def test_a_line_number_or_file_is_no_source_text():
    bank = "key,line,source,en,de\na,1,g/a.rpy,Hi,Hallo\nb,2,g/b.rpy,Ho,Huhu\n"
    assert "no column for fr; it has en, de" in refusal(bank, "fr")
    assert read(bank).entries[0].notes == "g/a.rpy"


def test_a_named_text_column_never_passes_for_another_language():
    assert spoken(BANK, text_column="text", language="fr")["hi", "fr"] == "Hello there!"
    assert "has a column for de" in refusal(BANK, text_column="text", language="de")
    assert spoken(BANK, text_column="de")["hi", "de"] == "Hallo!"
    assert "holds de, but fr" in refusal(BANK, text_column="de", language="fr")


# --- Which headers are languages ----------------------------------------------------------------


def test_words_that_are_tags_as_well_are_no_languages():
    table = "key,npc,en,de,id,max\nhello,Bo,Hello,Hallo,1,40\nbye,Bo,Bye,Tschau,2,40\n"
    reading = read(table, all_languages=True)
    assert reading.languages == ("en", "de")
    assert reading.columns.ignored == ("npc", "id", "max")


@pytest.mark.parametrize(
    ("header", "cells"),
    [("tag", ["m", "f"]), ("pos", ["Left", "Right"]), ("id", ["ab", "cd"]), ("no", ["1", "2"]),
     ("it", ["a_1", "b_2"]), ("as", ["", "x/y.png"])],
)  # fmt: skip
def test_cells_that_are_no_texts_make_no_language(header, cells):
    rows = "".join(f"k{n},Hello,{cell}\n" for n, cell in enumerate(cells))
    assert read(f"key,en,{header}\n{rows}", all_languages=True).languages == ("en",)


def test_three_letter_languages_and_indonesian_are_known_by_their_texts():
    bank = "key,fil,id,yue\na,Magandang umaga,Selamat pagi,早晨\n"
    assert read(bank, all_languages=True).languages == ("fil", "id", "yue")


def test_a_language_that_is_asked_for_is_read_whatever_it_holds():
    assert spoken("key,en,id\na,one,satu\n", language="id") == {("a", "id"): "satu"}


@pytest.mark.parametrize(
    ("header", "tag"),
    [("English", "en"), ("deutsch", "de"), ("English(en)", "en"), ("pt_BR", "pt-BR"),
     ("Spanish (Mexico)", "es-MX"), ("Chinese (Simplified)", "zh-Hans"), ("日本語", "ja"),
     ("English (US)", "en-US"), ("Brazilian Portuguese", "pt-BR"), ("es_ar", "es-AR"),
     ("npc", ""), ("sex", ""), ("Character", ""), ("English (reviewed)", ""), ("de (fr)", ""),
     ("en_approved", ""), ("Comment", ""), ("", "")],
)  # fmt: skip
def test_headers_that_name_a_language(header, tag):
    assert header_tag(header) == tag


def test_names_of_languages_are_columns():
    bank = "key,English,Deutsch,pt_BR\na,Hello,Hallo,Olá\n"
    assert read(bank, all_languages=True).languages == ("en", "de", "pt-BR")


# --- A language in each row ---------------------------------------------------------------------

ROWS = "key,{},text\na,en,Hello\na,de,Hallo\nb,English,Bye\nc,Klingonisch,nuqneH\nd,,Hm\n"


@pytest.mark.parametrize("name", ["language", "Locale"])
def test_each_row_says_its_language(name):
    reading = read(ROWS.format(name), all_languages=True)
    assert {(e.key, e.language): e.text for e in reading.entries} == {
        ("a", "en"): "Hello",
        ("a", "de"): "Hallo",
        ("b", "en"): "Bye",
    }
    assert [(row.line, row.reason) for row in reading.bad] == [
        (5, "the language 'Klingonisch' is not known"),
        (6, "the language is empty"),
    ]


def test_rows_of_other_languages_stay_out_and_are_named():
    reading = read(ROWS.format("language"), language="de")
    assert [(e.key, e.language) for e in reading.entries] == [("a", "de")]
    assert reading.left_out == ("en",)
    assert "no row for fr; it has en, de" in refusal(ROWS.format("language"), language="fr")


def test_a_key_is_unique_in_its_language():
    assert read("key,locale,text\na,de,x\na,de,y\na,en,z\n", language="de").bad[0].line == 3


# --- Missing is missing -------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("row", ['"B" x,Two', ",Two", "B,Two,Three", "B ,Two", "=B,Two"], ids=str)
def test_nothing_is_retired_while_a_row_is_not_known(row):
    series = SeriesFactory()
    carry_out(series, b"Function,Line\nA,One\nB,Two\n", by=None)
    options = ImportOptions(retire_missing=True)
    data = f"Function,Line\nA,One\n{row}\n".encode()
    plan = plan_import(series, data, options=options)
    assert not plan.retire_missing
    assert "nobody can tell which lines 1 row" in plan.not_retired
    carry_out(series, data, by=None, options=options)
    assert series.lines.current().count() == 2


@pytest.mark.django_db
def test_a_known_row_without_a_text_keeps_its_own_line_only():
    series = SeriesFactory()
    carry_out(series, b"Function,Line\nA,One\nB,Two\nC,Three\n", by=None)
    options = ImportOptions(retire_missing=True)
    carry_out(series, b"Function,Line\nA,One\nB,\n", by=None, options=options)
    assert set(series.lines.current().values_list("key", flat=True)) == {"A", "B"}


# --- Real files ---------------------------------------------------------------------------------


@pytest.mark.realdata
def test_the_real_item_bank_with_its_english_called_text(realdata: Path):
    data = (realdata / "levante" / "item_bank_translations_2024-12.csv").read_text("utf-8")
    renamed = data.replace(",item_id,labels,en,", ",item_id,labels,text,", 1)
    german = spoken(data, language="de")
    assert spoken(renamed, language="de") == german
    assert spoken(renamed) == spoken(data)
    assert "no column for fr" in refusal(renamed, language="fr")
