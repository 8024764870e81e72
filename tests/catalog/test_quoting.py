"""Files of programs that quote, of those that do not, and of those that do it wrongly."""

import csv
import io

import pytest

from apps.catalog.scripts.options import ReadOptions
from apps.catalog.scripts.reading import read_script

DIALOGUE = ReadOptions(text_column="Dialogue")
HEADER = "Identifier\tCharacter\tDialogue\tFilename\tLine Number\n"


def read(text: str, options: ReadOptions = ReadOptions()):  # noqa: B008
    return read_script(text.encode(), options, default_language="en")


def spoken(text: str, options: ReadOptions = ReadOptions()) -> dict[str, str]:  # noqa: B008
    reading = read(text, options)
    assert not reading.bad
    return {entry.key: entry.text for entry in reading.entries}


def named(text: str, options: ReadOptions = ReadOptions()) -> dict[int, str]:  # noqa: B008
    return {row.line: row.reason for row in read(text, options).bad}


def test_a_tab_file_of_a_game_tool_has_no_quotation():
    rows = ["Good morning.", '"I was only going to say', "Go on, then.", 'Never mind"', "Done."]
    file = HEADER + "".join(f"in_{n}\te\t{text}\tg/a.rpy\t{n}\n" for n, text in enumerate(rows))
    assert list(spoken(file, DIALOGUE).values()) == rows


def test_an_opening_quotation_mark_alone_is_a_part_of_the_text():
    assert spoken('key\ttext\na\t"Wait\nb\tGo.\nc\t"So?" he said\n') == {
        "a": '"Wait',
        "b": "Go.",
        "c": '"So?" he said',
    }


def test_a_tab_file_of_a_spreadsheet_is_quoted():
    texts = ["two\nlines", 'He said "no".', "a\ttab", "plain"]
    output = io.StringIO()
    csv.writer(output, delimiter="\t").writerows(
        [["key", "text"], *([f"k{n}", text] for n, text in enumerate(texts))]
    )
    assert list(spoken(output.getvalue()).values()) == texts


def test_one_broken_row_does_not_unquote_a_tab_file():
    reading = read('key\ttext\na\t"He said ""no""."\nb\t"open\nc\tlast\n')
    assert [entry.text for entry in reading.entries] == ['He said "no".', "last"]
    assert [row.line for row in reading.bad] == [3]


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_record_that_cannot_be_read_ends_at_its_own_line(delimiter):
    lines = ["key,text", "a,one", 'b,"two', "c,three", 'd,"four" x', "e,five"]
    reading = read("\n".join(lines).replace(",", delimiter) + "\n")
    assert [entry.key for entry in reading.entries] == ["a", "c", "e"]
    assert [row.line for row in reading.bad] == [3, 5]


def test_what_is_never_closed_costs_its_own_line_only():
    assert "never closed" in named('key,text\na,"one\nb,two\n')[2]
    assert [entry.key for entry in read('key,text\na,"one\nb,two\n').entries] == ["b"]


def test_a_cell_without_end_is_named_at_the_line_where_it_opens():
    rows = "".join(f"k{n},{'x' * 90}\n" for n in range(2_000))
    file = f'key,text\nfirst,"{rows}'
    assert "longer than 131,072" in named(file)[2]
    assert len(read(file).entries) == 1_999


def test_every_line_is_imported_or_named():
    lines = ['a,"1', "b,2", "c,3", 'd,"4"x', 'e,"5"', 'f,"6', 'g,7""', "h,8"]
    reading = read("key,text\n" + "\n".join(lines) + "\n")
    told = [entry.line for entry in reading.entries] + [row.line for row in reading.bad]
    assert sorted(told) == list(range(2, 10))
