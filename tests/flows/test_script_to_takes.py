"""Real scripts, end to end by the commands: import, generate, check every file of the tree."""

import csv
import json
from collections import Counter
from io import StringIO

import pytest
from django.core.management import call_command

from apps.takes.models import Run, Take
from tests.flows import validator

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.realdata,
    pytest.mark.long,
]


@pytest.fixture
def voices():
    call_command("sync_voices", "--provider", "espeak", stdout=StringIO())
    return ["espeak:Annie", "espeak:Michael", "espeak:anika"]


def command(*arguments: str) -> dict:
    out = StringIO()
    call_command(*arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


def generate(series: str, language: str, voices: list[str], takes: int) -> dict:
    chosen = [f"--voice={voice}" for voice in voices]
    asked = ["--series", series, "--language", language, "--takes", str(takes)]
    return command("generate", *asked, *chosen, "--inline")


def test_a_whole_game_script_with_three_voices(realdata, voices, audio_root):
    file = realdata / "voicepack" / "jingweidragonheart-full.Function_Line.csv"
    command("import_script", str(file), "--series", "JingWei", "--create-series", "game")
    done = generate("JingWei", "en", voices, takes=3)
    rows = list(csv.DictReader(StringIO(file.read_text(encoding="utf-8"), newline="")))
    assert len(rows) == 206
    assert (done["takes_total"], done["takes_complete"], done["takes_failed"]) == (1854, 1854, 0)
    assert validator.problems(audio_root) == []
    assert len(validator.batches(audio_root)) == 3
    for batch in done["batches"]:
        document = json.loads((audio_root / batch["path"] / "metadata.json").read_text())
        told = {(take["line"], take["script_text"]) for take in document["takes"]}
        assert told == {(row["Function"], row["Line"]) for row in rows}
    heard = Counter(Take.objects.values_list("batch", "line", "frames_sha256"))
    assert max(heard.values()) == 1, "two takes of a line sound the same"


def test_an_item_bank_in_three_languages(realdata, voices, audio_root):
    file = realdata / "levante" / "item_bank_translations_2024-12.csv"
    create = ["--create-series", "item_bank", "--all-languages"]
    command("import_script", str(file), "--series", "ItemBank", *create)
    rows = list(csv.DictReader(StringIO(file.read_bytes().decode("utf-8-sig"), newline="")))
    for language in ("en", "es-CO", "de"):
        done = generate("ItemBank", language, voices[:1], takes=1)
        assert done["takes_failed"] == 0
        spoken = {row["item_id"] for row in rows if row[language].strip()}
        assert done["takes_complete"] == len(spoken)
    assert validator.problems(audio_root) == []
    assert Run.objects.filter(finished_at__isnull=False).count() == 3
