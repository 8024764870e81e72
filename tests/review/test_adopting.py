"""Adopting clips that are live: what is read, what is reported, and that nothing is written."""

import io
import json
import shutil

import pytest
from django.core.management import CommandError, call_command
from mutagen import id3

from apps.audio.tagging import Tags, tag_mp3
from apps.audit.models import Event
from apps.catalog.series.prefixes import set_prefix
from apps.core.errors import Invalid
from apps.review.clips.patches import speech_of
from apps.review.clips.services.adoption import adopt_clips
from apps.review.models import LiveClip
from apps.storage.classes import AssetClass
from apps.storage.places import get_place
from apps.storage.urls import storage_from_url
from apps.takes.models import Waveform
from tests.factories import LineFactory, VoiceFactory
from tests.review.clips import tone
from tests.storage import servers

pytestmark = pytest.mark.django_db(transaction=True)

TAGS = Tags(
    title="general-intro1",
    artist="Levante Project",
    album="de",
    genre="Speech Synthesis",
    extra={
        "service": "ElevenLabs",
        "voice": "Julia",
        "voiceId": "julia-id",
        "model_id": "eleven_multilingual_v2",
        "text": "Willkommen im Turm.",
        "stability": "0.65",
        "similarity_boost": "loud",
    },
)


def put(places, key, data=None, alias="dev"):
    path = places / alias / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(tag_mp3(tone(1.5, 300), TAGS) if data is None else data)
    return path


def everything_in(root):
    return {
        str(path): (path.stat().st_mtime_ns, path.read_bytes())
        for path in root.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def alone(language, ada):
    """The Series has the places for itself, as an installation that grew has."""
    for alias in ("dev", "repo"):
        set_prefix(language.series, alias, "", by=ada)
    return language


def test_a_clip_is_taken_note_of_as_it_is(alone, line, places, ada):
    voice = VoiceFactory(provider="elevenlabs", provider_voice_id="julia-id")
    path = put(places, "audio/de/general-intro1.mp3")
    before = everything_in(places)
    adopted = adopt_clips(alone, by=ada)
    assert adopted.adopted == ["general-intro1"]
    clip = LiveClip.objects.get(line=line)
    assert (clip.alias, clip.key, clip.size) == (
        "dev",
        "audio/de/general-intro1.mp3",
        path.stat().st_size,
    )
    assert clip.duration == pytest.approx(1.5, abs=0.06)
    assert (clip.voice, clip.voice_name, clip.service) == (voice, "Julia", "ElevenLabs")
    assert (clip.model, clip.settings) == ("eleven_multilingual_v2", {"stability": 0.65})
    assert clip.text == "Willkommen im Turm."
    assert clip.tags["artist"] == "Levante Project"
    peaks = Waveform.objects.get(pk=clip.frames_sha256).peaks
    seconds = peaks["length"] * peaks["samples_per_pixel"] / peaks["sample_rate"]
    assert seconds == pytest.approx(clip.duration, abs=0.02)
    assert clip.true_peak < 0
    assert everything_in(places) == before
    event = Event.objects.get(verb="clips.adopted")
    assert (event.actor, event.data) == (ada, {"place": "dev", "clips": 1, "gone": 0})


def test_what_does_not_match_is_told(alone, places, ada):
    for key in ("general-intro1", "general-intro10", "vocab-item-119", "silent"):
        LineFactory(language=alone, key=key)
    for name in ("general-intro10", "vocab-item-119", "stranger", "general-intro1_v003"):
        put(places, f"audio/de/{name}.mp3")
    put(places, "audio/de/notes.txt", b"?")
    put(places, "audio/de/old/general-intro1.mp3")
    put(places, "audio/es/general-intro1.mp3")
    put(places, "audio/de/silent.mp3", b"not audio")
    adopted = adopt_clips(alone, by=ada)
    assert sorted(adopted.adopted) == ["general-intro10", "vocab-item-119"]
    assert adopted.without_clip == ["general-intro1"]
    assert adopted.without_line == ["stranger"]
    assert list(adopted.broken) == ["silent"]
    assert "render" not in adopted.broken["silent"]


def test_clips_are_adopted_from_where_listeners_or_the_repository_have_them(alone, ada):
    for alias in ("drafts", "prod", "takes"):
        with pytest.raises(Invalid, match="adopted from dev or repo"):
            adopt_clips(alone, by=ada, alias=alias)


def test_a_clip_without_tags_is_adopted_too(alone, line, places, ada):
    put(places, "audio/de/general-intro1.mp3", tone(0.5, 300))
    adopt_clips(alone, by=ada)
    clip = LiveClip.objects.get()
    assert (clip.voice, clip.service, clip.text, clip.settings) == (None, "", "", {})


def test_again_only_what_has_changed_is_read(alone, line, places, ada):
    path = put(places, "audio/de/general-intro1.mp3")
    adopt_clips(alone, by=ada)
    again = adopt_clips(alone, by=ada)
    assert (again.adopted, again.unchanged) == ([], 1)
    path.write_bytes(tone(2.0, 400))
    assert adopt_clips(alone, by=ada).adopted == ["general-intro1"]
    assert LiveClip.objects.get().duration == pytest.approx(2.0, abs=0.06)
    path.write_bytes(b"broken meanwhile")
    assert list(adopt_clips(alone, by=ada).broken) == ["general-intro1"]
    assert LiveClip.objects.get().duration == pytest.approx(2.0, abs=0.06), "it is kept"


@pytest.mark.parametrize("folder", ["de-DE", "de"])
def test_a_longer_tag_of_the_same_language_is_found(alone, line, places, ada, folder):
    put(places, f"audio/{folder}/general-intro1.mp3")
    assert adopt_clips(alone, by=ada).adopted == ["general-intro1"]


def test_clips_of_the_repository_and_of_a_shared_place(alone, line, places, ada):
    put(places, "audio_files/de/general-intro1.mp3", alias="repo")
    assert adopt_clips(alone, by=ada, alias="repo").adopted == ["general-intro1"]
    set_prefix(alone.series, "dev", "Levels/", by=ada)
    put(places, "Levels/audio/de/general-intro1.mp3")
    put(places, "Other/audio/de/general-intro1.mp3", tone(3.0, 300))
    adopt_clips(alone, by=ada)
    assert LiveClip.objects.get(alias="dev").duration == pytest.approx(1.5, abs=0.06)


@pytest.mark.parametrize("server", [servers.moto_s3, servers.gcs_emulator])
def test_clips_in_a_bucket(server, alone, line, ada, settings, tmp_path):
    with server(tmp_path / "server") as running:
        entry = storage_from_url(running.url("dev"), base_dir=tmp_path)
        settings.STORAGES = settings.STORAGES | {"dev": entry}
        place, key = get_place("dev"), "audio/de/general-intro1.mp3"
        place.put(key, tag_mp3(tone(1.5, 300), TAGS), asset_class=AssetClass.ITEM)
        before = list(place.list())
        assert adopt_clips(alone, by=ada).adopted == ["general-intro1"]
        assert list(place.list()) == before
        assert LiveClip.objects.get().sha256 == place.sha256(key)
        assert adopt_clips(alone, by=ada).unchanged == 1


def test_the_command_says_what_it_did(alone, line, places, capsys):
    LineFactory(language=alone, key="silent")
    put(places, "audio/de/general-intro1.mp3")
    call_command("adopt_clips", series="Levels", language="de", dry_run=True)
    assert "1 clips would be adopted" in capsys.readouterr().out
    assert not LiveClip.objects.exists()
    call_command("adopt_clips", series="Levels", language="de", as_json=True)
    said = json.loads(capsys.readouterr().out)
    assert (said["adopted"], said["without_clip"]) == (["general-intro1"], ["silent"])
    put(places, "audio/de/silent.mp3", b"not audio")
    with pytest.raises(CommandError, match="1 clips could not be read"):
        call_command("adopt_clips", series="Levels", language="de")
    with pytest.raises(CommandError, match="has no lines in 'fr'"):
        call_command("adopt_clips", series="Levels", language="fr")


def test_a_voice_that_is_known_later_is_linked(alone, line, places, ada):
    put(places, "audio/de/general-intro1.mp3")
    adopt_clips(alone, by=ada)
    assert speech_of(line).lacking == "Julia (ElevenLabs)"
    voice = VoiceFactory(provider="elevenlabs", provider_voice_id="julia-id")
    manner = speech_of(line)
    assert (manner.voice, manner.settings) == (voice, {"stability": 0.65})
    assert LiveClip.objects.get().voice is None
    assert adopt_clips(alone, by=ada).unchanged == 1
    assert LiveClip.objects.get().voice == voice


def test_odd_tags_do_not_stop_the_others(alone, line, places, ada):
    LineFactory(language=alone, key="second")
    odd = {"stability": "nan", "style": "inf", "speed": "0.9", "use_speaker_boost": "True"}
    two_artists = tag_mp3(tone(0.5, 300), Tags(title="x", artist="A / B", extra=odd))
    put(places, "audio/de/general-intro1.mp3", with_two_artists(two_artists))
    put(places, "audio/de/second.mp3")
    assert sorted(adopt_clips(alone, by=ada).adopted) == ["general-intro1", "second"]
    clip = LiveClip.objects.get(line=line)
    assert clip.settings == {"speed": 0.9, "use_speaker_boost": True}
    assert clip.tags["artist"] == "A; B"


def with_two_artists(data: bytes) -> bytes:
    """As other programs write them: two values in one frame, which a NUL divides."""
    file = io.BytesIO(data)
    tags = id3.ID3(file)
    tags.setall("TPE1", [id3.TPE1(encoding=3, text=["A", "B"])])
    file.seek(0)
    tags.save(file, v2_version=4)
    return file.getvalue()


def test_what_lies_there_no_longer_is_not_live(alone, line, places, ada):
    other = LineFactory(language=alone, key="second")
    path = put(places, "audio/de/general-intro1.mp3")
    put(places, "audio/de/second.mp3")
    adopt_clips(alone, by=ada)
    path.unlink()
    assert adopt_clips(alone, by=ada, dry_run=True).gone == ["general-intro1"]
    assert LiveClip.objects.count() == 2
    assert adopt_clips(alone, by=ada).gone == ["general-intro1"]
    assert LiveClip.objects.get().line == other
    shutil.rmtree(places / "dev" / "audio")
    assert adopt_clips(alone, by=ada).gone == [], "nothing at all: the wrong folder, rather"
    assert LiveClip.objects.get().line == other
