"""Differences of texts, language tags, neutral cells: small pure things."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.catalog.language_tags import BadTag, normal_tag
from apps.catalog.lines.difference import difference
from apps.catalog.scripts.reading import BadRow
from apps.catalog.scripts.reports import bad_rows_csv, neutral


def test_difference_by_words():
    assert difference("Press the green button.", "Press the red button!") == [
        ("same", "Press the "),
        ("old", "green"),
        ("new", "red"),
        ("same", " button"),
        ("old", "."),
        ("new", "!"),
    ]


@given(st.text(max_size=200), st.text(max_size=200))
def test_a_difference_holds_both_texts(old, new):
    pieces = difference(old, new)
    assert "".join(text for kind, text in pieces if kind != "new") == old
    assert "".join(text for kind, text in pieces if kind != "old") == new


def test_very_long_texts_are_not_compared_word_by_word():
    assert difference("a " * 5_000, "b " * 5_000) == [("old", "a " * 5_000), ("new", "b " * 5_000)]


@pytest.mark.parametrize(
    ("given_tag", "tag"),
    [("EN", "en"), ("es_ar", "es-AR"), ("zh-hant-tw", "zh-Hant-TW"), ("es-419", "es-419"),
     ("ca-valencia", "ca-valencia"), ("de-x-formal", "de-x-formal"), (" fr-CA ", "fr-CA")],
)  # fmt: skip
def test_tags_have_one_spelling(given_tag, tag):
    assert normal_tag(given_tag) == tag


@pytest.mark.parametrize("text", ["", "e", "english", "en_approved", "en--US", "en/US", "item_id"])
def test_a_language_tag_of_another_form_is_refused(text):
    with pytest.raises(BadTag):
        normal_tag(text)


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@a", "\t=1", "\r=1"])
def test_formulas_are_neutralised(cell):
    assert neutral(cell) == f"'{cell}"
    assert neutral("plain = 1") == "plain = 1"


def test_reports_run_nothing():
    rows = [BadRow(3, "=HYPERLINK(1)", "the key, it is bad", "de")]
    written = list(csv.reader(io.StringIO(bad_rows_csv(rows).decode("utf-8-sig"), newline="")))
    assert written[1] == ["3", "'=HYPERLINK(1)", "de", "the key, it is bad"]
