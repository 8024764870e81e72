"""Trees of other tools become batches, whole or not at all."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from django.db import transaction

from apps.audit.models import Event
from apps.catalog.models import Language, Line, LineVersion, Series
from apps.core.errors import Invalid
from apps.storage.places import get_place
from apps.takes import tree
from apps.takes.management.commands.generate import render_inline
from apps.takes.models import Batch, Finding, RankingAct, Run, Take, Waveform
from apps.takes.ordering.services.more_takes import trim_take
from apps.takes.ordering.services.runs import order_run
from apps.takes.ordering.take_requests import lines_by_voices
from apps.takes.ranking.services import lock_batch, rank_take
from apps.takes.rendering.finishing import finish_batches
from apps.takes.rendering.slices import render_slice
from apps.voices.models import Consent, SeriesVoice, Voice
from apps.work.limiter import LocalLimiter
from tests.factories import LanguageFactory, LineFactory, RunFactory, SeriesFactory, VoiceFactory
from tests.flows import validator
from tests.takes.boards import assert_tree_shows, ranks
from tests.takes.foreign import VOICE, ForeignBatch, contents, mp3, run, take
from tests.workers import REPOSITORY, wait_for
from voicecms.tether import descendants, tethered

pytestmark = pytest.mark.django_db

TABLES = (
    Series, Language, Line, Voice, SeriesVoice, Run, Batch, Take, Finding, Waveform, Event,
)  # fmt: skip


@pytest.fixture
def foreign(tmp_path) -> Path:
    folder = tmp_path / "foreign"
    folder.mkdir()
    return folder


def rows() -> dict[str, int]:
    return {table.__name__: table.objects.count() for table in TABLES}


def take_in(folder, *more):
    return run("import_tree", folder, "--language", "en", *more)


def only(document):
    [report] = document["batches"]
    return report


# --- What is taken in --------------------------------------------------------------------------


def test_a_whole_batch_becomes_rows_and_a_directory(foreign, audio_root):
    made = ForeignBatch(
        foreign,
        *(take("Intro_1", number, rank) for number, rank in [(1, 2), (2, 1), (3, None)]),
        take("Taunt_Hun Batz", 1, 5),
        locked=True,
        ranked_at_utc="2025-04-19T10:11:12Z",
    )
    document, error = take_in(foreign)
    assert error == ""
    assert document["counts"] == {
        "imported": 1, "importable": 0, "already there": 0, "refused": 0,
    }  # fmt: skip
    report = only(document)
    assert (report["fate"], report["takes"], report["ranked"]) == ("imported", 4, 3)
    assert report["notes"] == []
    batch = Batch.objects.get()
    assert batch.path == f"Lantern/{VOICE}/20250417-000837-EXAV"
    assert batch.generated_at == datetime(2025, 4, 17, 0, 12, tzinfo=UTC)
    assert batch.ranked_at == batch.locked_at == datetime(2025, 4, 19, 10, 11, 12, tzinfo=UTC)
    assert batch.run.params == {"imported_from": f"Lantern/{VOICE}/20250417-000837-EXAV"}
    assert batch.run.finished_at
    assert tree.metadata(batch) == made.document
    assert_tree_shows(batch, audio_root)
    assert validator.problems(audio_root) == []


def test_takes_are_measured_and_keep_their_bytes(foreign, audio_root):
    ForeignBatch(foreign, take("Intro_1", 1), take("Intro_1", 2))
    take_in(foreign)
    for number, one in enumerate(Take.objects.order_by("take_number"), start=1):
        stored = (audio_root / one.key).read_bytes()
        assert stored == mp3(number)
        assert one.sha256 == hashlib.sha256(stored).hexdigest()
        assert (one.origin, one.status, one.size) == ("imported", "complete", len(stored))
        assert len(one.frames_sha256) == 64
        assert 0.4 < one.duration < 0.7
        assert -30 < one.loudness < -10
        assert Waveform.objects.get(pk=one.frames_sha256).data
        assert one.identity == "", "an imported take must never be reused as a bought one"
        assert one.settings["style"] == 0.45


def test_what_the_batch_needs_is_made(foreign, audio_root):
    ForeignBatch(foreign, take("Intro_1"), take("Outro"))
    take_in(foreign)
    series = Series.objects.get()
    assert (series.slug, series.default_language) == ("Lantern", "en")
    lines = Line.objects.order_by("position")
    assert [line.key for line in lines] == ["Intro_1", "Outro"]
    assert lines[0].text == "The words of Intro_1, “quoted”."
    voice = Voice.objects.get()
    assert (voice.provider, voice.name, voice.directory) == ("imported", "Abel", VOICE)
    assert list(voice.series.all()) == [series]
    assert not Consent.objects.exists()
    assert Event.objects.get(verb="voice.imported").target_id == str(voice.pk)
    event = Event.objects.get(verb="batch.imported")
    assert (event.data["takes"], event.data["ranked"]) == (2, 0)


def test_an_imported_voice_says_nothing_more(foreign, audio_root):
    ForeignBatch(foreign, take())
    take_in(foreign)
    asked = lines_by_voices(Line.objects.all(), Voice.objects.all(), takes=1, settings={})
    with pytest.raises(Invalid, match="imported"):
        order_run(asked, by=None, queue=False)
    assert Take.objects.count() == 1


def test_an_imported_take_can_be_trimmed(foreign, audio_root, redis_clean):
    ForeignBatch(foreign, take("Intro_1", 1))
    take_in(foreign)
    made = trim_take(Take.objects.get(), 0.1, 0.4, by=None)
    limiter = LocalLimiter(default=1)
    render_slice([made.pk], limiter_for=lambda _: limiter, asked_to_stop=lambda: False)
    finish_batches([made.batch_id])
    made.refresh_from_db()
    assert (made.status, made.take_number, made.error) == ("complete", 2, "")
    assert made.duration == pytest.approx(0.3, abs=0.05)
    assert validator.problems(audio_root) == []


def test_lines_that_are_there_stay_and_the_take_keeps_its_own_words(foreign, audio_root):
    language = LanguageFactory(series=SeriesFactory(slug="Lantern"))
    line = LineFactory(language=language, key="Intro_1", text="Today's words.", max_duration=0.2)
    ForeignBatch(foreign, take("Intro_1"), take("Outro"))
    take_in(foreign)
    line.refresh_from_db()
    assert (line.text, line.version) == ("Today's words.", 1)
    assert not LineVersion.objects.exists()
    one = Take.objects.get(line=line)
    assert one.text == "The words of Intro_1, “quoted”."
    assert "too_long" in one.findings.values_list("check_id", flat=True)
    assert Line.objects.count() == 2


def test_a_new_line_gets_the_words_of_its_last_take(foreign, audio_root):
    texts = {2: "Older words.", 12: 'Newer\nwords, "two" lines.', 3: "Others."}
    ForeignBatch(foreign, *(take("Intro_1", n, script_text=text) for n, text in texts.items()))
    take_in(foreign)
    assert Line.objects.get().text == texts[12]


def test_a_known_voice_is_used_whatever_its_provider(foreign, audio_root):
    voice = VoiceFactory(provider="elevenlabs", provider_voice_id="EXAVITQu4vr4xnSDxMaL")
    ForeignBatch(foreign, take())
    take_in(foreign)
    assert Batch.objects.get().voice == voice
    assert Batch.objects.get().path.split("/")[1] == VOICE


def test_of_two_voices_with_one_id_the_named_provider_decides(foreign, audio_root):
    VoiceFactory(provider="espeak", provider_voice_id="abc-def")
    second = VoiceFactory(provider="openai", provider_voice_id="abc-def")
    params = {"voice_id": "abc-def", "provider": "openai"}
    for number, asked in enumerate([params, {"voice_id": "abc-def"}]):
        batch_id = f"20250417-00083{number}-abc-"
        voice = "Mary-Ann-abc-def"
        ForeignBatch(foreign, take(), batch_id=batch_id, voice=voice, generation_params=asked)
    take_in(foreign)
    first, other = Batch.objects.order_by("batch_id")
    assert first.voice == second
    assert (other.voice.address, other.voice.name) == ("imported:abc-def", "Mary-Ann")


def test_names_of_other_tools_are_kept(foreign, audio_root):
    names = ["Grüße 你好.mp3", "a'b\"c.mp3", "50% #1.mp3"]
    ForeignBatch(foreign, *(take("Intro_1", n, file=name) for n, name in enumerate(names, 1)))
    _document, error = take_in(foreign)
    assert error == ""
    batch = Batch.objects.get()
    assert sorted(os.listdir(audio_root / batch.path / "takes")) == sorted(names)


@pytest.mark.parametrize("depth", [0, 1, 2, 3])
def test_any_folder_of_a_tree_can_be_named(foreign, audio_root, depth):
    folder = ForeignBatch(foreign, take()).folder
    _document, error = take_in([folder, *folder.parents][depth])
    assert error == ""
    assert Batch.objects.get().path == f"Lantern/{VOICE}/20250417-000837-EXAV"


def test_a_dry_run_checks_and_writes_nothing(foreign, audio_root):
    ForeignBatch(foreign, take())
    before = rows()
    document, error = take_in(foreign, "--dry-run")
    assert (only(document)["fate"], error) == ("importable", "")
    assert rows() == before
    assert list(audio_root.iterdir()) == []


def test_what_is_optional_may_be_absent(foreign, audio_root):
    bare = take(generation_settings=..., rank=..., ranked_at=...)
    made = ForeignBatch(foreign, bare)
    kept = {name: made.document[name] for name in ("batch_id", "takes")}
    made.write(b"\xef\xbb\xbf" + json.dumps(kept).encode())
    os.utime(made.folder / "metadata.json", (1.7e9, 1.7e9))
    _document, error = take_in(foreign)
    assert error == ""
    assert Batch.objects.get().generated_at == datetime.fromtimestamp(1.7e9, UTC)
    assert validator.problems(audio_root) == []


# --- What is read otherwise than it is written --------------------------------------------------


def test_of_a_tie_the_first_keeps_the_rank(foreign, audio_root):
    ForeignBatch(
        foreign,
        take("Intro_1", 1, 1), take("Intro_1", 2, 1), take("Intro_1", 3, 2), take("Outro", 1, 1),
    )  # fmt: skip
    document, error = take_in(foreign)
    assert error == ""
    [note] = only(document)["notes"]
    assert "Intro_1_take_2.mp3 has rank 1 of Intro_1 like Intro_1_take_1.mp3" in note
    batch = Batch.objects.get()
    assert ranks(batch) == {
        "Intro_1_take_1.mp3": 1, "Intro_1_take_3.mp3": 2, "Outro_take_1.mp3": 1,
    }  # fmt: skip
    assert batch.takes.get(file_name="Intro_1_take_2.mp3").ranked_at is None
    assert_tree_shows(batch, audio_root)


def test_thrown_away_takes_are_unranked(foreign, audio_root):
    ForeignBatch(foreign, take("Intro_1", 1, 6), take("Intro_1", 2, 6))
    document, error = take_in(foreign)
    assert error == ""
    assert len(only(document)["notes"]) == 2
    assert ranks(Batch.objects.get()) == {}


def test_metadata_is_the_truth_where_links_disagree(foreign, audio_root):
    made = ForeignBatch(foreign, take("Intro_1", 1, 1), take("Intro_1", 2))
    made.link(3, "Intro_1_take_2.mp3")
    document, _error = take_in(foreign)
    [note] = only(document)["notes"]
    assert "differ on Intro_1_take_2.mp3" in note
    assert ranks(Batch.objects.get()) == {"Intro_1_take_1.mp3": 1}


def test_unknown_keys_and_files_and_other_folders_are_noted(foreign, audio_root):
    made = ForeignBatch(foreign, take(archived=True), last_regenerated_line="Intro_1")
    made.file("spare.mp3").write_bytes(b"spare")
    made.folder.rename(made.folder.with_name("copy"))
    document, error = take_in(foreign)
    notes = " ".join(only(document)["notes"])
    assert error == ""
    assert "last_regenerated_line" in notes and "archived" in notes and "spare.mp3" in notes
    assert "lies in 'copy'" in notes
    assert Batch.objects.get().batch_id == "20250417-000837-EXAV"
    assert validator.problems(audio_root) == []


def test_a_lock_without_a_time_has_the_time_of_its_file(foreign, audio_root):
    made = ForeignBatch(foreign, take(rank=1), locked=True)
    os.utime(made.folder / "LOCKED", (1.7e9, 1.7e9))
    take_in(foreign)
    batch = Batch.objects.get()
    assert batch.locked_at == datetime.fromtimestamp(1.7e9, UTC)
    assert batch.ranked_at is None
    assert (audio_root / batch.path / "LOCKED").exists()


# --- Again, and in place -----------------------------------------------------------------------


def test_a_second_import_finds_it_there_even_after_ranking(foreign, audio_root):
    ForeignBatch(foreign, take("Intro_1", 1), take("Intro_1", 2))
    take_in(foreign)
    rank_take(Take.objects.get(take_number=2), 1, by=None)
    before, files = rows(), contents(audio_root)
    document, error = take_in(foreign)
    assert (only(document)["fate"], error) == ("already there", "")
    assert rows() == before
    assert contents(audio_root) == files


def test_another_batch_of_the_same_id_is_refused(foreign, audio_root):
    made = ForeignBatch(foreign, take("Intro_1", 1), take("Intro_1", 2))
    take_in(foreign)
    made.file("Intro_1_take_2.mp3").write_bytes(mp3(9))
    document, error = take_in(foreign)
    assert "with other takes: 1 differ (Intro_1_take_2.mp3)" in only(document)["reasons"][0]
    assert error
    document, error = take_in(foreign, "--series", "Elsewhere")
    assert "unique" in only(document)["reasons"][0]
    assert not Series.objects.filter(slug="Elsewhere").exists()


def test_what_was_copied_before_an_interruption_is_adopted(foreign, audio_root):
    ForeignBatch(foreign, take("Intro_1", 1), take("Intro_1", 2))
    first = audio_root / "Lantern" / VOICE / "20250417-000837-EXAV" / "takes"
    first.mkdir(parents=True)
    (first / "Intro_1_take_1.mp3").write_bytes(mp3(1))
    before = (first / "Intro_1_take_1.mp3").stat().st_ino
    _document, error = take_in(foreign)
    assert error == ""
    assert (first / "Intro_1_take_1.mp3").stat().st_ino == before
    assert validator.problems(audio_root) == []


def test_when_the_directory_cannot_be_written_there_are_no_rows(foreign, audio_root):
    ForeignBatch(foreign, take("Intro_1", 1, 1), take("Intro_1", 2))
    folder = audio_root / "Lantern" / VOICE / "20250417-000837-EXAV"
    folder.mkdir(parents=True)
    (folder / "ranked").write_text("a file where a folder belongs")
    before = rows()
    document, error = take_in(foreign)
    assert "the next import of the batch adopts them" in only(document)["reasons"][1]
    assert error and rows() == before
    assert len(os.listdir(folder / "takes")) == 2
    (folder / "ranked").unlink()
    _document, error = take_in(foreign)
    assert error == ""
    assert_tree_shows(Batch.objects.get(), audio_root)


def test_a_killed_import_leaves_no_rows_and_is_done_again(foreign, audio_root, process_environ):
    ForeignBatch(foreign, *(take("Intro_1", number) for number in range(1, 21)))
    before = rows()
    command = [sys.executable, "manage.py", "import_tree", str(foreign), "--language", "en"]
    with transaction.atomic():
        # The import waits for this row before it can write its own of the same name.
        SeriesFactory(slug="Lantern")
        importing = subprocess.Popen(
            tethered(*command), env=process_environ, cwd=REPOSITORY, start_new_session=True
        )
        copied = partial(audio_root.rglob, "*.mp3")
        wait_for(lambda: len(list(copied())) == 20, 60, lambda: "not everything was copied")
        for pid in [*descendants(importing.pid), importing.pid]:
            os.kill(pid, signal.SIGKILL)
        importing.wait(20)
        transaction.set_rollback(True)
    assert rows() == before
    inodes = {path.name: path.stat().st_ino for path in copied()}
    _document, error = take_in(foreign)
    assert error == ""
    assert Take.objects.count() == 20
    assert {path.name: path.stat().st_ino for path in copied()} == inodes
    get_place("takes").remove_leftovers(older_than=0)  # as the sweeper does
    assert validator.problems(audio_root) == []


def test_another_file_in_the_way_is_left_alone(foreign, audio_root):
    ForeignBatch(foreign, take("Intro_1", 1), take("Intro_1", 2))
    folder = audio_root / "Lantern" / VOICE / "20250417-000837-EXAV" / "takes"
    folder.mkdir(parents=True)
    (folder / "Intro_1_take_2.mp3").write_bytes(mp3(7))
    before = rows()
    document, error = take_in(foreign)
    [reason] = only(document)["reasons"]
    assert "Another file lies at" in reason and "Intro_1_take_2.mp3" in reason
    assert error and rows() == before
    assert os.listdir(folder) == ["Intro_1_take_2.mp3"]
    assert (folder / "Intro_1_take_2.mp3").read_bytes() == mp3(7)


@pytest.fixture
def own(audio_root, lines, transactional_db) -> Batch:
    """A batch of ours: rendered, ranked and locked."""
    voice = VoiceFactory(provider_voice_id="Annie")
    drawn = {"stability": [0.3, 0.7]}
    rendered = RunFactory(lines=lines, voices=[voice], takes=2, settings=drawn)
    render_inline(rendered)
    batch = rendered.batches.select_related("series").get()
    for one in batch.takes.filter(take_number=2):
        rank_take(one, 1, by=None)
    lock_batch(batch, by=None)
    return batch


def test_our_own_tree_comes_back_into_an_empty_database(own, audio_root):
    files = contents(audio_root)
    forget(own)
    document, error = take_in(audio_root)
    assert (only(document)["fate"], error) == ("imported", "")
    assert only(document)["notes"] == []
    assert contents(audio_root) == files
    assert validator.problems(audio_root) == []


def test_our_own_tree_goes_into_a_second_series(own, audio_root, foreign):
    copy = foreign / "copy" / Path(own.path).parent.name / "20250417-000837-Anni"
    shutil.copytree(audio_root / own.path, copy, symlinks=True)
    document = json.loads((copy / "metadata.json").read_text())
    document["batch_id"] = copy.name
    (copy / "metadata.json").write_text(json.dumps(document))
    SeriesFactory(slug="Second")
    _report, error = take_in(foreign, "--series", "Second")
    assert error == ""
    second = Batch.objects.get(batch_id=copy.name)
    assert tree.metadata(second) == document | {"skin_name": "Second"}
    assert second.voice == own.voice
    assert validator.problems(audio_root) == []


def forget(batch: Batch) -> None:
    """Lose every row, as with a database that has no backup."""
    RankingAct.objects.all().delete()
    for table in (Finding, Waveform, Take, Batch, Run, Line, Language, SeriesVoice, Series):
        table.objects.all().delete()
