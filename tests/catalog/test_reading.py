"""Reading script files: every encoding and delimiter, and every row that is refused."""

import codecs
import csv
import gzip
import io
import random
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from apps.catalog.lines.faults import MAX_TEXT
from apps.catalog.scripts.options import ReadOptions
from apps.catalog.scripts.reading import read_script
from apps.catalog.scripts.sheets import MAX_BYTES, UnreadableFile, read_bounded
from apps.core.errors import DomainError

USUAL = ReadOptions()
ALL = ReadOptions(all_languages=True)
GAME = 'Function,Line\nIntro_1,“Oh…\nIntro_2,"Wings sharp, claws sharper.”"\n'


def read(text: str | bytes, options: ReadOptions = USUAL):
    data = text.encode() if isinstance(text, str) else text
    return read_script(data, options, default_language="en")


def texts(text: str | bytes, options: ReadOptions = USUAL) -> dict[str, str]:
    return {entry.key: entry.text for entry in read(text, options).entries}


def bad(text: str | bytes, options: ReadOptions = USUAL) -> list[tuple[int, str]]:
    return [(row.line, row.reason) for row in read(text, options).bad]


def refusal(data: bytes, options: ReadOptions = USUAL) -> str:
    with pytest.raises(UnreadableFile) as caught:
        read(data, options)
    return str(caught.value)


# --- Encodings and delimiters -------------------------------------------------------------------


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode(),
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.encode("utf-16"),
        lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
    ],
    ids=["utf-8", "utf-8 with mark", "utf-16 little", "utf-16 big"],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_encodings_delimiters_and_line_ends(encode, delimiter, newline):
    rows = [["Function", "Line"], ["A", "“Oh, well; then\tgo"], ["B", 'Say "Élan"']]
    output = io.StringIO()
    csv.writer(output, delimiter=delimiter, lineterminator=newline).writerows(rows)
    assert texts(encode(output.getvalue())) == dict(rows[1:])


def test_smart_quotes_are_text():
    assert texts(GAME) == {"Intro_1": "“Oh…", "Intro_2": "Wings sharp, claws sharper.”"}


def test_windows_1252_is_read_when_asked_for_and_named_when_not():
    data = "Function,Line\nA,It’s “fine”\n".encode("cp1252")
    assert texts(data, ReadOptions(encoding="windows-1252")) == {"A": "It’s “fine”"}
    said = refusal(data)
    assert "Line 2" in said
    assert "Windows-1252" in said
    assert "--encoding windows-1252" in said


def test_unknown_encoding_is_named():
    assert "'klingon'" in refusal(GAME.encode(), ReadOptions(encoding="klingon"))
    assert "'base64'" in refusal(GAME.encode(), ReadOptions(encoding="base64"))


def test_delimiter_is_known_by_the_header_not_by_the_texts():
    assert texts("Function;Line\nA;one, two, three, four\n") == {"A": "one, two, three, four"}
    assert texts("sep=;\r\nFunction;Line\r\nA;b,c\r\n") == {"A": "b,c"}
    assert bad("sep=;\nFunction;Line\nA;\n") == [(3, "the text is empty")]


def test_quoted_line_breaks_stay_and_are_counted():
    reading = read('Function,Line\nA,"one\r\ntwo\nthree"\n\n,\nB,\n')
    assert reading.entries[0].text == "one\r\ntwo\nthree"
    assert [(row.line, row.key) for row in reading.bad] == [(7, "B")]


# --- Headers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header", ["Function,Line", " function ,LINE", "line_key,text", "text,line_key", "Key,Text"]
)
def test_columns_are_found_by_name(header):
    row = "Hello,K" if header.startswith("text") else "K,Hello"
    assert texts(f"{header}\n{row}\n") == {"K": "Hello"}


def test_named_columns():
    options = ReadOptions(key_column="ID", text_column="german words")
    assert texts("id,Line,German words\nK,x,Hallo\n", options) == {"K": "Hallo"}
    assert "no column called 'nix'" in refusal(GAME.encode(), ReadOptions(text_column="nix"))


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("a,b", "no column with the key"),
        ("Function,b_c", "no column with texts"),
        ("Function,line_key,Line", "several columns for the key"),
        ("item_id,es-AR,es_AR", "two columns for the language es-AR"),
        ("", "The file is empty"),
    ],
)
def test_headers_that_cannot_be_used(header, said):
    assert said in refusal(f"{header}\n".encode() if header else b"")


BANK = (
    ",Identifier,labels,en,es_AR,de,de_approved,context,notes,character,max_duration\n"
    '0,hi,"general, intro",Hi!,¡Hola!,,x,Wave,Loud,Ann,"2,5"\n'
    "1,bye,,Bye!,,Tschüss!,,,,,\n"
)


def test_wide_item_bank():
    reading = read(BANK, ALL)
    assert reading.languages == ("en", "es-AR", "de")
    assert reading.columns.ignored == ("de_approved",)
    assert not reading.bad
    assert [(e.key, e.language, e.text) for e in reading.entries] == [
        ("hi", "en", "Hi!"),
        ("hi", "es-AR", "¡Hola!"),
        ("bye", "en", "Bye!"),
        ("bye", "de", "Tschüss!"),
    ]
    first = reading.entries[0]
    assert first.labels == ("general", "intro")
    assert (first.notes, first.character, first.max_duration) == ("Wave\nLoud", "Ann", 2.5)
    assert [entry.position for entry in reading.entries] == [1, 1, 2, 2]


def test_one_language_of_a_bank():
    reading = read(BANK, ReadOptions(language="ES-ar"))
    assert [(e.key, e.language) for e in reading.entries] == [("hi", "es-AR")]
    assert reading.left_out == ("en", "de")
    assert read(BANK).languages == ("en",)
    assert "no column for fr; it has en, es-AR, de" in refusal(
        BANK.encode(), ReadOptions(language="fr")
    )


# --- Bad rows -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("A,", "the text is empty"),
        ("A,  ", "the text is empty"),
        (",text", "the key is empty"),
        (" A,text", "begins or ends with a blank"),
        ("A,one,two", "the row has 3 cells, the header 2"),
        (f"A,{'x' * (MAX_TEXT + 1)}", "5,001 characters; the provider takes 5,000"),
        ("A,be\x07ll", "control character (U+0007) at position 3"),
        ("A,ne\x85l", "control character (U+0085)"),
        ("a/b,text", "cannot become a file name"),
        ("..,text", "cannot become a file name"),
        ("NUL,text", "cannot become a file name"),
        (f"{'k' * 181},text", "has 181 bytes; 180 at most"),
        (f"{'ü' * 91},text", "has 182 bytes; 180 at most"),
        ("=cmd,text", "spreadsheets run as a formula"),
        ("+A,text", "spreadsheets run as a formula"),
        ("@A,text", "spreadsheets run as a formula"),
        ('A,"one" two', "text follows a closing quotation mark"),
        ("good,again", "duplicate key: it stands in line 2 already"),
        ("GOOD,again", "differs only in upper and lower case from 'good' in line 2"),
    ],
)
def test_bad_rows_are_told_and_good_ones_kept(row, reason):
    reading = read(f"Function,Line\ngood,one\n{row}\nlast,three\n")
    assert [entry.key for entry in reading.entries] == ["good", "last"]
    assert [found.line for found in reading.bad] == [3]
    assert reason in reading.bad[0].reason


def test_bad_cells_of_a_bank_leave_the_other_languages():
    reading = read("item_id,en,de,max_duration\na,Hi,\x1b[1m,\nb,Ho,Ha,soon\n", ALL)
    assert [(e.key, e.language) for e in reading.entries] == [("a", "en")]
    assert [(row.line, row.language) for row in reading.bad] == [(2, "de"), (3, "")]


@pytest.mark.parametrize("text", ["=1+1", "+49 30", "-5 degrees", "@home", "<b>bold</b><br>"])
def test_texts_are_kept_verbatim_whatever_they_begin_with(text):
    assert texts(f"Function,Line\nA,{text}\n") == {"A": text}


def test_the_longest_text_is_the_providers():
    assert bad("Function,Line\nA,12345\n", ReadOptions(max_text=4)) == [
        (2, "the text has 5 characters; the provider takes 4 at most")
    ]


def test_keys_of_180_bytes_leave_room_for_the_take():
    key = "k" * 180
    assert list(texts(f"Function,Line\n{key},text\n")) == [key]
    assert len(f"{key}_take_20.mp3".encode()) <= 200


# --- Whole files that are refused ---------------------------------------------------------------


def zipped() -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("script.csv", "0" * 10_000_000)
    return output.getvalue()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (zipped(), "a zip file or an Excel workbook"),
        (gzip.compress(GAME.encode(), mtime=0), "a gzip file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook"),
        (b"Function,Line\nA,b\x00c\n", "NUL characters"),
        (GAME.encode("utf-16-le"), "NUL characters"),
        (GAME.encode("utf-32"), "NUL characters"),
        (b"\x89PNG\r\n\x1a\n", "not UTF-8"),
        (b" \n \n", "is empty"),
        (b'"Function"x,Line\nA,x\n', "Line 1, the header: text follows"),
        (codecs.BOM_UTF16_LE + b"\x00\xd8A", "not UTF-16"),
    ],
)
def test_files_that_are_no_script(data, said):
    assert said in refusal(data)


def test_a_hundred_megabytes_are_not_read():
    class Endless(io.RawIOBase):
        taken = 0

        def readable(self):
            return True

        def read(self, size=-1):
            assert 0 < size <= MAX_BYTES + 1
            self.taken += size
            return b"x" * size

    stream = Endless()
    with pytest.raises(UnreadableFile, match="larger than 20 MB"):
        read_bounded(stream, size=100 * 1024**2)
    assert stream.taken == 0
    with pytest.raises(UnreadableFile, match="larger than 20 MB"):
        read_bounded(stream)
    assert stream.taken == MAX_BYTES + 1


def test_a_million_rows_are_refused_quickly():
    data = b"Function,Line\n" + b"".join(b"%d,b\n" % number for number in range(1_000_000))
    started = time.process_time()
    assert "more than 200,000 rows" in refusal(data)
    assert time.process_time() - started < 3


# --- Anything -----------------------------------------------------------------------------------

SAFE = st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t")
LINES = st.lists(st.text(SAFE, min_size=1).filter(str.strip), min_size=1, max_size=20)


@given(LINES, st.sampled_from([",", ";", "\t"]), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
@example(['"', "“a", '""', ",;\t", "=1"], ",", "utf-8")
def test_what_the_csv_module_writes_comes_back(spoken, delimiter, encoding):
    if delimiter == "\t":  # may be read as the file of a program that does not quote
        assume(not any("\t" in text and "\n" in text for text in spoken))
    output = io.StringIO(newline="")
    writer = csv.writer(output, delimiter=delimiter)
    writer.writerow(["Function", "Line"])
    writer.writerows([f"Key_{number}", text] for number, text in enumerate(spoken))
    reading = read(output.getvalue().encode(encoding))
    assert not reading.bad
    assert [entry.text for entry in reading.entries] == spoken


FRAGMENTS = st.sampled_from(
    [b"Function", b"Line", b"item_id", b"en", b"de", b",", b";", b"\t", b"\n", b"\r", b'"',
     b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"\x00", b"PK\x03\x04", b"sep=;\n", b"max_duration",
     b"nan", b"="]
)  # fmt: skip
OPTIONS = st.builds(
    ReadOptions,
    language=st.sampled_from(["", "de", "not a tag", "x"]),
    all_languages=st.booleans(),
    encoding=st.sampled_from(["", "windows-1252", "utf-16", "hex", "\x00"]),
    key_column=st.sampled_from(["", "en"]),
    text_column=st.sampled_from(["", "Line"]),
)


@given(st.binary() | st.lists(FRAGMENTS | st.binary(max_size=4)).map(b"".join), OPTIONS)
def test_any_bytes_are_read_or_refused_by_name(data, options):
    try:
        reading = read(data, options)
    except DomainError as error:
        assert str(error)
    else:
        assert all(row.reason and row.line > 1 for row in reading.bad)


def test_random_large_binaries_are_refused_by_name():
    data = random.Random(4).randbytes(2_000_000)
    assert "not UTF-8" in refusal(data)


# --- Real files ---------------------------------------------------------------------------------


@pytest.mark.realdata
@pytest.mark.parametrize("form", ["Function_Line", "line_key_text"])
def test_the_real_game_script(realdata: Path, form):
    data = (realdata / "voicepack" / f"jingweidragonheart-full.{form}.csv").read_bytes()
    reading = read(data)
    assert len(reading.entries) == 206
    assert not reading.bad
    spoken = {entry.key: entry.text for entry in reading.entries}
    assert spoken["Intro_1"] == "Wings sharp, claws sharper. Let’s soar.”"
    assert "Taunt_Directed_Hun Batz" in spoken
    for text in spoken.values():
        assert text in data.decode().replace('""', '"')


@pytest.mark.realdata
def test_the_real_item_bank(realdata: Path):
    data = (realdata / "levante" / "item_bank_translations_2024-12.csv").read_bytes()
    reading = read(data, ALL)
    with io.StringIO(data.decode(), newline="") as stream:
        rows = list(csv.DictReader(stream))
    expected = {
        (row["item_id"], tag): row[tag]
        for row in rows
        for tag in ("en", "es-CO", "de")
        if row[tag].strip()
    }
    assert {(e.key, e.language): e.text for e in reading.entries} == expected
    assert len(rows) == 616
    assert not reading.bad
    assert reading.languages == ("en", "es-CO", "de")
