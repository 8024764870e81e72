"""What a voice would stumble over, said in the preview and in the command."""

import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from apps.catalog.lines.faults import key_fault
from apps.catalog.lines.stumbles import STUMBLES, name_pauses, name_stumbles
from apps.catalog.texts import spoken_text
from tests.factories import SeriesFactory, UserFactory

LINES = {
    "a": "Welcome back, {player}!",
    "b": "Turn %d of %s",
    "c": "[c][00FF00]Green[-][/c] shell",
    "d": "Wait.{w=0.5} Now{p}go.",
    "e": "First\\nsecond",
    "f": "***",
    "g": "pre\u00adrequi\u00adsites",
    "h": "One<break time='1500ms'>two",
}


def test_each_kind_of_stumble_is_counted_and_named():
    assert name_stumbles(LINES.items()) == [
        "2 texts hold {variables}: a, d",
        "1 text holds [tags]: c",
        "1 text holds %d or %s: b",
        "1 text holds a literal \\n: e",
        "1 text holds ***: f",
        "1 text holds soft hyphens or zero-width characters (removed for speech): g",
        "1 text holds no letter: f",
    ]
    assert len(STUMBLES) == 7
    assert name_pauses(LINES.items(), "left out") == ["1 text holds <break …/>, left out: h"]


def test_many_texts_are_counted_and_three_named():
    said = name_stumbles((f"k{n}", "{x} y") for n in range(1_200))
    assert said == ["1,200 texts hold {variables}: k0, k1, k2 and 1,197 more"]


@pytest.mark.parametrize(
    "text",
    ["100% sure", "50% discount", "five * three", "a \\ b", "Well (well).", "早晨", "<b>Hi</b>"],
)
def test_plain_texts_hold_nothing(text):
    assert name_stumbles([("k", text)]) == []


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("pre\u00adrequi\u00adsites", "prerequisites"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("a\u200cb", "ab"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("soft&shy;ly", "softly"),
    ],
)
def test_what_nobody_sees_is_not_spoken(text, spoken):
    assert spoken_text(text) == spoken


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ('One.<break time="1.5s"/>Two.', 'One.<break time="1.5s" />Two.'),
        ("One.<BREAK time='250ms' >Two.", 'One.<break time="0.25s" />Two.'),
        ('<break strength="weak"/>One.<b>Two.</b>', "One.Two."),
        ("One.<break time=1s/>", "One."),
    ],
)
def test_pauses_are_kept_only_where_they_are_known(text, kept):
    assert spoken_text(text, with_pauses=True) == kept
    assert "<" not in spoken_text(text)


@pytest.mark.parametrize("key", ["\u200byard", "ya\u00adrd", "yard\ufeff", "می\u200cخ"])
def test_keys_that_look_like_others_are_refused(key):
    assert "nobody sees (U+" in key_fault(key)


FILE = (
    "key,en,de,fr,npc\n"
    + "".join(f"k{n},{text},Hallo,,Bo\n" for n, text in enumerate(["Hi {name}", "***", "<br>"]))
    + "".join(f"bad {n} ,x,,,\n" for n in range(12))
    + "last,,Ende,,\n"
)
SAID = [
    "1 line cannot be spoken yet: k2 (markup only)",
    "1 text holds {variables}: k0",
    "Rows without a text in en: 1 (last)",
    "Also in the file, not asked for: de, fr",
    "Columns without a meaning here: npc",
    "Nothing is retired: nobody can tell which lines 12 rows of the file stand for",
]


@pytest.mark.django_db
def test_the_command_says_as_much_as_the_page(tmp_path, client):
    series = SeriesFactory(slug="S")
    path = tmp_path / "bank.csv"
    path.write_text(FILE)
    output = io.StringIO()
    with pytest.raises(CommandError) as refused:
        call_command("import_script", path, "--series=S", "--retire-missing", stdout=output)
    client.force_login(UserFactory(is_superuser=True))
    upload = {"file": io.BytesIO(FILE.encode()), "retire_missing": "on"}
    page = client.post(reverse("admin:catalog_import", args=[series.pk]), upload, follow=True)
    for sentence in SAID:
        assert sentence in output.getvalue()
        assert sentence in page.content.decode()
    told = str(refused.value)
    assert "12 rows were refused" in told
    assert told.count("begins or ends with a blank") == 10
    assert "and 2 more bad rows" in told


@pytest.mark.django_db
def test_a_program_reads_what_is_left_out(tmp_path):
    SeriesFactory(slug="S")
    path = tmp_path / "bank.csv"
    path.write_text("key,en,de,npc\na,Hi {name},,Bo\nb,,Ho,Bo\n")
    output = io.StringIO()
    call_command("import_script", path, "--series=S", "--json", stdout=output)
    document = json.loads(output.getvalue())
    assert document["rows_without_text"] == {"en": 1}
    assert document["stumbles"] == ["1 text holds {variables}: a"]
    assert (document["languages_left_out"], document["columns_ignored"]) == (["de"], ["npc"])
