"""Which texts can be spoken and which say the same, in Python and in SQL."""

import ast
import unicodedata
from itertools import pairwise
from pathlib import Path

import pytest
from django.db.models import F
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from apps.catalog.lines.readiness import name_unspeakable
from apps.catalog.lines.services import edit_line
from apps.catalog.models import Line
from apps.catalog.scripts.services import import_script
from apps.catalog.texts import (
    PLACEHOLDER,
    FromText,
    Readiness,
    readiness_of,
    says_same,
    spoken_text,
    text_key,
)
from tests.factories import LanguageFactory, LineFactory, SeriesFactory

APPS = Path(__file__).resolve().parents[2] / "apps"

pieces = st.sampled_from(
    [
        "", " ", "\n", "\t", "\xa0", "\u200b", "&nbsp;", "<br>", "<BR/>", "<b>", "</b>", "<b></b>",
        '<break time="1s"/>', "<speak>", "</speak>", "2 < 3", "é", "e\u0301", "Ä", "…", "Hallo",
        PLACEHOLDER, PLACEHOLDER.lower(), "NO  APPROVED", "NO APPROVED<br>TRANSLATION", "ﬁ", "İ",
    ]
)  # fmt: skip
texts = st.lists(pieces, max_size=4).map("".join) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20
)


@pytest.mark.parametrize(
    ("text", "readiness"),
    [
        ("Welcome.", "speakable"),
        ("2 < 3 and 5 > 4", "speakable"),
        ("NO APPROVED TRANSLATION YET", "speakable"),
        ("", "empty"),
        (" \n\t", "empty"),
        ("\xa0", "empty"),
        ("\u200b", "empty"),
        ("<br>", "markup"),
        ("<b></b>", "markup"),
        ("<p>&nbsp;</p>", "markup"),
        ('<speak><break time="1s"/></speak>', "markup"),
        ("NO APPROVED TRANSLATION", "placeholder"),
        ("NO APPROVED TRANSLATION ", "placeholder"),
        ("No approved translation", "placeholder"),
        ("NO APPROVED\xa0TRANSLATION", "placeholder"),
        ("<p>no approved<br/>translation</p>\n", "placeholder"),
    ],
)
def test_readiness_of_a_text(text, readiness):
    assert readiness_of(text) == readiness


@given(texts)
def test_a_speakable_text_leaves_something_to_speak(text):
    if readiness_of(text) is Readiness.SPEAKABLE:
        assert spoken_text(text)


@given(texts)
def test_blanks_and_composition_change_no_readiness(text):
    assert readiness_of(f" {text}\n") == readiness_of(text)
    assert readiness_of(unicodedata.normalize("NFD", text)) == readiness_of(text)


@given(texts)
def test_blanks_around_a_text_and_its_composition_say_nothing(text):
    for form in ("NFC", "NFD"):
        assert says_same(text, f"\n{unicodedata.normalize(form, text)} ")
    assert says_same(text, f"{text}!") is False


@given(texts, texts)
def test_texts_say_the_same_when_their_keys_are_equal(one, other):
    assert says_same(one, other) == (text_key(one) == text_key(other))


class DatabaseAgrees(TestCase):
    """Whatever writes a text, SQL finds what Python says of it."""

    @given(st.lists(texts, min_size=1, max_size=8))
    def test_sql_finds_the_speakable_and_the_same(self, found):
        language = LanguageFactory()
        lines = Line.objects.bulk_create(
            Line(series=language.series, language=language, key=f"K{number}", text=text)
            for number, text in enumerate(found)
        )
        self.check(language)
        for line, following in pairwise(lines):
            Line.objects.filter(pk=line.pk).update(text=following.text)
        self.check(language)

    def check(self, language) -> None:
        rows = list(Line.objects.filter(language=language))
        speakable = {line for line in rows if readiness_of(line.text) is Readiness.SPEAKABLE}
        assert set(Line.objects.speakable().filter(language=language)) == speakable
        for row in rows:
            same = {other for other in rows if says_same(row.text, other.text)}
            assert set(Line.objects.filter(language=language, text_key=row.text_key)) == same


def columns(line: Line) -> tuple[str, str]:
    line.refresh_from_db()
    return line.text_key, line.readiness


def expected(line: Line) -> tuple[str, str]:
    return text_key(line.text), readiness_of(line.text).value


@pytest.mark.django_db
def test_every_writer_of_a_text_keeps_its_columns():
    series = SeriesFactory()
    import_script(series, b"Function,Line\nA,One\nB,<br>\nC,no approved translation \n", by=None)
    lines = {line.key: line for line in series.lines.all()}
    assert [lines[key].readiness for key in "ABC"] == ["speakable", "markup", "placeholder"]
    import_script(series, b"Function,Line\nA,<b></b>\nB,Two\nC,Three\n", by=None)
    edit_line(Line.objects.get(pk=lines["C"].pk), text="NO APPROVED TRANSLATION", by=None)
    for key, readiness in {"A": "markup", "B": "speakable", "C": "placeholder"}.items():
        assert columns(lines[key]) == expected(lines[key])
        assert lines[key].readiness == readiness
    lines["A"].text = "Saved"
    lines["A"].save()
    assert columns(lines["A"]) == expected(lines["A"])


@pytest.mark.django_db
def test_a_text_that_only_the_database_knows_is_refused():
    line = LineFactory()
    with pytest.raises(TypeError):
        Line.objects.filter(pk=line.pk).update(text=F("notes"))


def test_lists_of_fields_that_name_a_text_name_what_follows_from_it():
    """A list of fields is the one way past the columns that are derived from a text."""
    derived = {field.name for field in Line._meta.fields if isinstance(field, FromText)}
    found = 0
    for path in APPS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.List) and "migrations" not in path.parts:
                names = {one.value for one in node.elts if isinstance(one, ast.Constant)}
                if {"text", "version"} <= names:
                    found += 1
                    assert derived <= names, f"{path}:{node.lineno}"
    assert found == 1, "the import's list of fields"


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([], ""),
        ([("A", "speakable")], ""),
        ([("A", "markup"), ("B", "speakable")], "1 line left out: A (markup only)"),
        (
            [("A", "placeholder"), ("B", "empty")],
            "2 lines left out: A (placeholder), B (empty)",
        ),
    ],
)
def test_unspeakable_lines_are_named(lines, words):
    assert name_unspeakable(lines) == words


def test_ten_unspeakable_lines_are_named_and_the_others_counted():
    said = name_unspeakable([(f"K{number}", "empty") for number in range(12)])
    assert said.startswith("12 lines left out: K0 (empty), K1 (empty)")
    assert said.endswith("K9 (empty) and 2 more")
