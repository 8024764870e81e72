"""Trees that are damaged or hostile: named with all reasons, and nothing of them taken in."""

import json
import os

import pytest

from apps.storage.urls import storage_from_url
from apps.takes.models import Batch
from apps.takes.transfer.reading import Document, read_document, voice_of
from apps.takes.transfer.surveying import BadFile, read_file
from tests.audio.generated import as_wav, chatter
from tests.factories import LanguageFactory, LineFactory, SeriesFactory
from tests.flows import validator
from tests.storage import servers
from tests.takes.foreign import ForeignBatch, contents, mp3, run, run_text, take
from tests.takes.test_import_tree import only, rows, take_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def foreign(tmp_path):
    folder = tmp_path / "foreign"
    folder.mkdir()
    return folder


def refused(folder, audio_root, *more):
    """The reasons, after making sure that nothing was written at all."""
    before, source = rows(), contents(folder)
    document, error = take_in(folder, *more)
    assert only(document)["fate"] == "refused", document
    assert error
    assert rows() == before
    assert list(audio_root.iterdir()) == []
    assert contents(folder) == source
    return only(document)["reasons"]


# --- metadata.json -----------------------------------------------------------------------------

NOT_READABLE = {
    "nothing": (b"", "It is no JSON"),
    "cut off": (b'{"batch_id": "2025', "It is no JSON"),
    "latin-1": ('{"batch_id": "Gr\xfc\xdfe"}'.encode("latin-1"), "It is not written in UTF-8"),
    "utf-16": ('{"batch_id": "x"}'.encode("utf-16"), "It is not written in UTF-8"),
    "a list": (b"[1, 2]", "It must be an object"),
    "nan": (b'{"takes": NaN}', "NaN is no number"),
    "infinity": (b'{"generation_params": {"a": -Infinity}}', "-Infinity is no number"),
    "too large a number": (b'{"generation_params": {"a": 1e999}}', "a number that is too large"),
    "endless digits": (b'{"takes": ' + b"9" * 5000 + b"}", "It is no JSON"),
    "nul": (b'{"skin_name": "a\\u0000b"}', "NUL character"),
    "half a character": (b'{"skin_name": "\\ud800"}', "half a character"),
    "nested deeply": (b'{"generation_params": ' + b"[" * 90 + b"]" * 90 + b"}", "nested deeper"),
    "nested endlessly": (b"[" * 200_000, "nested too deeply"),
}


@pytest.mark.parametrize("kind", NOT_READABLE)
def test_what_is_no_document(foreign, audio_root, kind):
    data, said = NOT_READABLE[kind]
    ForeignBatch(foreign, take()).write(data)
    reasons = refused(foreign, audio_root)
    assert said in reasons[0]


def test_a_missing_document(foreign, audio_root):
    (ForeignBatch(foreign, take()).folder / "metadata.json").unlink()
    assert refused(foreign, audio_root) == ["metadata.json is missing."]


def test_a_huge_document_is_not_even_read(foreign, audio_root):
    made = ForeignBatch(foreign, take())
    os.truncate(made.folder / "metadata.json", 2**40)  # nobody has the memory for that
    document, error = take_in(foreign)
    assert error
    assert only(document)["reasons"] == ["metadata.json is larger than 64 MB."]
    assert not any(rows().values())


DOCUMENT_FAULTS = {
    "no batch id": ({"batch_id": None}, "batch_id is missing"),
    "a number as batch id": ({"batch_id": 7}, "batch_id must be a text, not 7"),
    "an empty batch id": ({"batch_id": ""}, "batch_id: The name is empty"),
    "a batch id that climbs": ({"batch_id": "../../etc"}, "batch_id: The name"),
    "a long batch id": ({"batch_id": "b" * 121}, "more than 120 characters"),
    "a skin that climbs": ({"skin_name": ".."}, "cannot be a Series"),
    "an absolute skin": ({"skin_name": "/etc"}, "cannot be a Series"),
    "a voice that climbs": ({"voice_name": "../x-y"}, "the separator /"),
    "a long voice": ({"voice_name": f"A-{'b' * 101}"}, "is no <VoiceName-VoiceID>"),
    "a voice without an id": ({"voice_name": "Abel-"}, "is no <VoiceName-VoiceID>"),
    "params of a wrong type": ({"generation_params": []}, "generation_params must be an object"),
    "no time": ({"generated_at_utc": "yesterday"}, "must be a time such as"),
    "a time before all times": ({"ranked_at_utc": "0001-01-01T00:00:00Z"}, "must be a time"),
    "takes of a wrong type": ({"takes": {}}, "takes must be a list"),
    "no takes": ({"takes": []}, "It holds no takes"),
    "takes that are none": ({"takes": ["Intro_1_take_1.mp3"]}, "Take 1 must be an object"),
}


@pytest.mark.parametrize("kind", DOCUMENT_FAULTS)
def test_a_document_with_a_fault(foreign, audio_root, kind):
    values, said = DOCUMENT_FAULTS[kind]
    ForeignBatch(foreign, take()).save(**values)
    assert any(said in reason for reason in refused(foreign, audio_root))


TAKE_FAULTS = {
    "no file": ({"file": ...}, "file is missing"),
    "a path": ({"file": "sub/a.mp3"}, "the separator /"),
    "a path upwards": ({"file": "../metadata.mp3"}, "the separator /"),
    "an absolute path": ({"file": "/etc/passwd"}, "the separator /"),
    "a path of Windows": ({"file": "..\\a.mp3"}, "the separator \\"),
    "a hidden file": ({"file": ".mp3"}, "begins with a dot"),
    "no MP3": ({"file": "a.wav"}, "does not end in .mp3"),
    "a turning name": ({"file": "a\u202e3pm.mp3"}, "turns the direction"),
    "no line": ({"line": None}, "line is missing"),
    "a line that climbs": ({"line": "../x"}, "cannot become a file name"),
    "a line as a formula": ({"line": "=1+1"}, "formula"),
    "no text": ({"script_text": ...}, "script_text is missing"),
    "an empty text": ({"script_text": " "}, "the text is empty"),
    "a control character": ({"script_text": "a\x07b"}, "control character"),
    "a text as a number": ({"take_number": "1"}, "take_number must be a whole number"),
    "true as a number": ({"take_number": True}, "take_number must be a whole number, not True"),
    "number nought": ({"take_number": 0}, "take_number must be from 1"),
    "a vast number": ({"take_number": 10**12}, "take_number must be from 1"),
    "settings as a list": ({"generation_settings": [1]}, "generation_settings must be an object"),
    "endless settings": ({"generation_settings": {"a": "b" * 10_000}}, "longer than 10000"),
    "rank nought": ({"rank": 0}, "rank must be from 1 to 5 or null"),
    "rank 7": ({"rank": 7}, "rank must be from 1 to 5 or null"),
    "rank true": ({"rank": True}, "rank must be a whole number"),
    "half a rank": ({"rank": 1.0}, "rank must be a whole number"),
    "a rank in words": ({"rank": "1"}, "rank must be a whole number"),
    "no time of ranking": ({"rank": 1, "ranked_at": "soon"}, "ranked_at must be a time"),
}


@pytest.mark.parametrize("kind", TAKE_FAULTS)
def test_a_take_with_a_fault(foreign, audio_root, kind):
    values, said = TAKE_FAULTS[kind]
    ForeignBatch(foreign, take()).save(takes=[take(**values)])
    assert any(said in reason for reason in refused(foreign, audio_root))


def test_duplicates(foreign, audio_root):
    twice = [take("Intro_1", 1), take("Intro_1", 1), take("intro_1", 2)]
    ForeignBatch(foreign, take("Intro_1", 1), take("intro_1", 2)).save(takes=twice)
    said = " ".join(refused(foreign, audio_root))
    assert "'Intro_1_take_1.mp3' stands there 2 times" in said
    assert "Take 1 of 'Intro_1' stands there 2 times" in said
    assert "differ in upper and lower case only" in said


def test_a_line_that_the_series_spells_otherwise(foreign, audio_root):
    language = LanguageFactory(series=SeriesFactory(slug="Lantern"))
    LineFactory(language=language, key="INTRO_1")
    ForeignBatch(foreign, take("Intro_1"))
    [reason] = refused(foreign, audio_root)
    assert "the Series has this key as 'INTRO_1'" in reason


def test_a_series_that_differs_by_case_only(foreign, audio_root):
    SeriesFactory(slug="LANTERN")
    ForeignBatch(foreign, take())
    assert "cannot be a Series" in refused(foreign, audio_root)[0]


# --- Files -------------------------------------------------------------------------------------


def secret(tmp_path):
    file = tmp_path / "secret.mp3"
    file.write_bytes(mp3(3))
    return file


def test_links_are_never_followed(foreign, audio_root, tmp_path):
    made = ForeignBatch(foreign, take("Intro_1", 1), take("Intro_1", 2))
    made.file("Intro_1_take_1.mp3").unlink()
    made.file("Intro_1_take_1.mp3").symlink_to(secret(tmp_path))
    made.file("Intro_1_take_2.mp3").rename(made.file("real.mp3"))
    made.file("Intro_1_take_2.mp3").symlink_to("real.mp3")
    made.file("other.mp3").symlink_to("/etc/hostname")
    reasons = refused(foreign, audio_root)
    assert len(reasons) == 3
    assert all("is a link" in reason for reason in reasons)


@pytest.mark.parametrize("part", ["metadata.json", "takes"])
def test_parts_that_are_links_are_refused(foreign, audio_root, tmp_path, part):
    made = ForeignBatch(foreign, take())
    elsewhere = tmp_path / "elsewhere"
    (made.folder / part).rename(elsewhere)
    (made.folder / part).symlink_to(elsewhere)
    reasons = refused(foreign, audio_root)
    assert "is a link" in reasons[0] or "is no folder" in reasons[0]


def test_folders_that_are_links_are_refused(foreign, audio_root, tmp_path):
    made = ForeignBatch(tmp_path / "elsewhere", take())
    (foreign / "Lantern").mkdir()
    (foreign / "Lantern" / "Abel-x").symlink_to(made.folder.parent)
    ForeignBatch(foreign, take(), batch_id="20250417-000838-EXAV")
    document, error = take_in(foreign)
    fates = {report["folder"].split("/")[-1]: report["fate"] for report in document["batches"]}
    assert fates == {"Abel-x": "refused", "20250417-000838-EXAV": "imported"}
    assert error


def test_a_batch_that_is_a_link_is_refused_for_that_alone(foreign, audio_root, tmp_path):
    made = ForeignBatch(tmp_path / "elsewhere", take())
    other = ForeignBatch(foreign, take(), batch_id="20250417-000838-EXAV")
    (other.folder.parent / made.folder.name).symlink_to(made.folder)
    linked, good = take_in(foreign)[0]["batches"]
    assert linked["reasons"] == ["The folder is a link; name the folder that it leads to."]
    assert good["fate"] == "imported"


@pytest.mark.parametrize("part", ["metadata.json", "takes/Intro_1_take_1.mp3"])
def test_a_folder_in_the_place_of_a_file_refuses_its_batch_only(foreign, audio_root, part):
    made = ForeignBatch(foreign, take())
    (made.folder / part).unlink()
    (made.folder / part).mkdir()
    ForeignBatch(foreign, take(), batch_id="20250417-000838-EXAV", skin="Torch")
    document, error = take_in(foreign)
    bad, good = document["batches"]
    assert bad["reasons"] == [f"{part} is a folder, not a file."]
    assert (good["fate"], bool(error)) == ("imported", True)


def test_a_folder_that_is_no_file_is_closed_again(tmp_path):
    first_free = os.dup(0)
    os.close(first_free)
    with pytest.raises(BadFile, match="is a folder"):
        read_file(tmp_path, 1)
    still_free = os.dup(0)
    os.close(still_free)
    assert still_free == first_free


def test_links_in_ranked_that_lead_out_tell_nothing(foreign, audio_root, tmp_path):
    made = ForeignBatch(foreign, take())
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "names.txt").touch()
    (made.folder / "ranked").mkdir()
    (made.folder / "ranked" / "01").symlink_to(tmp_path / "private")
    document, error = take_in(foreign)
    assert error == ""
    assert "names.txt" not in json.dumps(document)


def test_a_pipe_does_not_hold_the_import_up(foreign, audio_root):
    made = ForeignBatch(foreign, take())
    made.file("Intro_1_take_1.mp3").unlink()
    os.mkfifo(made.file("Intro_1_take_1.mp3"))
    before = rows()
    document, _error = take_in(foreign)
    assert only(document)["reasons"] == ["takes/Intro_1_take_1.mp3 is no file."]
    assert rows() == before


NO_AUDIO = {
    "nothing": (b"", "is empty"),
    "a page": (b"<html>502 Bad Gateway</html>", "text, not a recording"),
    "noise": (bytes(range(256)) * 40, "not an MP3"),
    "a WAV": (as_wav(chatter(0.3)), "is a WAV file"),
    "half an MP3": (mp3(1)[:-300], "breaks off"),
}


@pytest.mark.parametrize("kind", NO_AUDIO)
def test_what_is_no_recording(foreign, audio_root, kind):
    data, said = NO_AUDIO[kind]
    made = ForeignBatch(foreign, take("Intro_1", 1), take("Intro_1", 2))
    made.file("Intro_1_take_2.mp3").write_bytes(data)
    [reason] = refused(foreign, audio_root)
    assert reason.startswith("takes/Intro_1_take_2.mp3") and said in reason


def test_a_file_too_large_is_not_read(foreign, audio_root):
    made = ForeignBatch(foreign, take())
    os.truncate(made.file("Intro_1_take_1.mp3"), 2**33)
    document, _error = take_in(foreign)
    assert only(document)["reasons"] == ["takes/Intro_1_take_1.mp3 is larger than 150 MB."]


def test_all_reasons_are_told_and_the_other_batches_taken_in(foreign, audio_root):
    made = ForeignBatch(foreign, *(take("Intro_1", number) for number in range(1, 5)))
    made.file("Intro_1_take_1.mp3").unlink()
    made.file("Intro_1_take_2.mp3").write_bytes(b"no audio")
    made.document["takes"][2]["rank"] = 9
    made.document["takes"][3]["take_number"] = "4"
    made.save(generated_at_utc=5)
    ForeignBatch(foreign, take(), batch_id="20250417-000838-EXAV", skin="Torch")
    document, error = take_in(foreign)
    bad, good = document["batches"]
    assert (bad["fate"], good["fate"]) == ("refused", "imported")
    assert len(bad["reasons"]) == 5
    assert "1 batches were refused" in error
    assert Batch.objects.get().series.slug == "Torch"
    assert [path.name for path in audio_root.iterdir()] == ["Torch"]
    assert validator.problems(audio_root) == []


def test_names_that_would_move_the_cursor_are_shown_harmlessly(foreign, audio_root):
    made = ForeignBatch(foreign, take())
    made.file("\x1b[2Jgone.mp3").touch()
    os.close(os.open(os.fsencode(made.folder / "takes") + b"/\xff.mp3", os.O_CREAT))
    document, error = take_in(foreign)
    assert error == "" and only(document)["notes"]
    shown = run_text("import_tree", foreign, "--language", "en")
    assert "\x1b" not in shown and "\\x1b[2Jgone.mp3" in shown


def test_folders_whose_names_are_no_text(foreign, audio_root):
    made = ForeignBatch(foreign, take())
    made.save(skin_name=None, voice_name=None)
    made.folder.parent.parent.rename(os.fsdecode(os.fsencode(foreign) + b"/skin\xff"))
    document, error = take_in(foreign)
    assert "cannot be a Series" in only(document)["reasons"][0]
    assert error and not Batch.objects.exists()


def test_no_batch_and_no_folder_are_errors(foreign, audio_root, tmp_path):
    assert "holds no batch" in take_in(foreign)[1]
    assert "is no folder" in take_in(tmp_path / "nowhere")[1]
    ForeignBatch(foreign, take())
    assert "no language tag" in run("import_tree", foreign, "--language", "english!")[1]


# --- Places ------------------------------------------------------------------------------------


def test_a_batch_can_go_into_a_bucket(foreign, audio_root, moto, place_at):
    ForeignBatch(foreign, take("Intro_1", 1, 1), take("Intro_1", 2))
    place_at("takes", moto.url("takes"))
    _document, error = take_in(foreign)
    assert error == ""
    document, error = run("rebuild_tree", "--all", "--dry-run")
    assert (only(document)["changes"], error) == ([], "")


def test_a_bucket_that_is_away_leaves_no_rows(foreign, audio_root, settings, tmp_path):
    ForeignBatch(foreign, take())
    with servers.moto_s3(tmp_path / "server") as running:
        entry = storage_from_url(running.url("takes"), base_dir=tmp_path)
        settings.STORAGES = settings.STORAGES | {"takes": entry}
        running.stop()
        before = rows()
        document, error = take_in(foreign)
        assert error and rows() == before
        assert "the next import of the batch adopts them" in only(document)["reasons"][1]


# --- The name of a voice -----------------------------------------------------------------------

VOICES = [
    ("Abel-EXAVITQu4vr4", "20250417-000837-EXAV", {}, ("Abel", "EXAVITQu4vr4")),
    ("Mary-Ann-EXAVITQu", "20250417-000837-EXAV", {}, ("Mary-Ann", "EXAVITQu")),
    ("Bo-0e3c1a-4d5e-77", "20250417-000837-0e3c", {}, ("Bo", "0e3c1a-4d5e-77")),
    ("Bob-Robert-Rober1", "20250417-000837-Robe", {}, ("Bob-Robert", "Rober1")),
    ("Bo-aa-bb", "x", {"voice_id": "aa-bb"}, ("Bo", "aa-bb")),
    ("Bo-aa-bb", "x", {"voice_ids": ["zz", "aa-bb", 3, ""]}, ("Bo", "aa-bb")),
    ("Bo-aa-bb", "x", {"voice_ids": "aa"}, ("Bo-aa", "bb")),
    ("EXAVITQu", "20250417-000837-EXAV", {}, ("EXAVITQu", "EXAVITQu")),
]


@pytest.mark.parametrize(("folder", "batch_id", "params", "expected"), VOICES)
def test_name_and_id_of_a_voice(folder, batch_id, params, expected):
    document = Document(batch_id=batch_id, voice_name=folder, params=params)
    assert voice_of(document) == expected


def test_times_without_a_zone_are_utc():
    record = take(rank=1, ranked_at="2025-04-18T09:00:00")
    document = read_document(json.dumps({"batch_id": "x", "takes": [record]}).encode())
    assert document.records[0].ranked_at.isoformat() == "2025-04-18T09:00:00+00:00"
