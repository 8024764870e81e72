"""“Hear this voice”: made once, kept as a file, never paid for by looking."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse
from guardian.shortcuts import assign_perm

from apps.audio.decoding import decode
from apps.audio.tagging import read_tags
from apps.audit.models import Event
from apps.core.errors import Invalid, Missing, Unavailable
from apps.voices.library.samples import BeingMade, claimed, hearings, plan_sample
from apps.voices.library.services import hear_sample, make_sample, sync_voices
from apps.voices.models import Voice
from apps.voices.refusals import ProviderRefused
from tests.factories import SeriesFactory, UserFactory, VoiceFactory
from tests.voices.conftest import configure_vendor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("audio_root", "redis_clean")]


@pytest.fixture
def annie() -> Voice:
    return VoiceFactory(languages=["af", "de", "en"])


@pytest.fixture
def paid(vendor) -> Voice:
    sync_voices("elevenlabs", by=None)
    return Voice.objects.get(name="Voice 0")


def address(voice: Voice, language: str = "") -> str:
    query = f"?language={language}" if language else ""
    return reverse("admin:voices_sample", args=[voice.pk]) + query


def files(audio_root) -> list[str]:
    root = audio_root / "previews"
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


# --- What is said ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "spoken", "beginning"),
    [
        ("", "en", "Good evening"),
        ("de", "de", "Guten Abend"),
        ("es_co", "es-CO", "Buenas tardes"),
        ("pt-BR", "pt-BR", "Boa noite"),
        ("ja", "en", "Good evening"),
    ],
)
def test_speaks_the_language_asked_for_or_english(annie, asked, spoken, beginning):
    preview = plan_sample(annie, asked)
    assert (preview.language, preview.text.startswith(beginning)) == (spoken, True)
    assert preview.key.startswith(f"previews/espeak/Annie/{spoken}-")


def test_a_persons_voice_speaks_its_first_language():
    voice = VoiceFactory(provider="elevenlabs", is_engine=False, languages=["de-AT", "en"])
    assert plan_sample(voice).language == "de-AT"


def test_other_settings_are_another_file(annie):
    before = plan_sample(annie).key
    annie.default_settings = {"speed": [0.8, 1.0]}
    assert plan_sample(annie).key != before


@pytest.mark.parametrize("language", ["../../etc", "english please", "de/../x", "x" * 50])
def test_what_is_no_language_is_refused(annie, language):
    with pytest.raises(Invalid, match="no language tag"):
        plan_sample(annie, language)


# --- Free ones ------------------------------------------------------------------------------------


def test_an_engine_voice_is_made_by_listening_and_kept(annie, staff, browse, audio_root):
    answer = browse(staff).get(address(annie, "de"))
    data = b"".join(answer.streaming_content)
    assert (answer.status_code, answer["Content-Type"]) == (200, "audio/mpeg")
    assert 2 < decode(data).duration < 8
    assert read_tags(data).artist == "Annie"
    [name] = files(audio_root)
    assert name.startswith("espeak/Annie/de-") and name.endswith(".mp3")
    written = (audio_root / "previews" / name).stat().st_mtime_ns
    again = browse(staff).get(address(annie, "de"), headers={"Range": "bytes=0-9"})
    assert (again.status_code, b"".join(again.streaming_content)) == (206, data[:10])
    assert (audio_root / "previews" / name).stat().st_mtime_ns == written


@pytest.mark.django_db(transaction=True)
def test_listeners_at_once_get_one_file(annie, staff, browse, audio_root):
    client = browse(staff)
    gate = threading.Barrier(6)

    def listen(_):
        gate.wait(10)
        try:
            browser = Client()
            browser.cookies = client.cookies
            answer = browser.get(address(annie))
            return answer.status_code, b"".join(answer.streaming_content)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        heard = set(pool.map(listen, range(6)))
    assert [status for status, _ in heard] == [200]
    assert len(files(audio_root)) == 1


def test_nobody_hears_anything_without_logging_in(annie, audio_root):
    assert Client().get(address(annie)).status_code == 302
    assert Client().post(address(annie)).status_code == 302
    assert files(audio_root) == []


@pytest.mark.parametrize("voice_id", ["a/b", "..", "CON"])
def test_an_id_that_is_no_file_name_is_not_heard(voice_id, staff, browse, audio_root):
    voice = VoiceFactory(provider_voice_id=voice_id, name="odd")
    answer = browse(staff).get(address(voice))
    assert answer.status_code == 409
    assert "cannot be heard" in answer.content.decode()
    assert files(audio_root) == []


def test_problems_are_said_in_words(staff, browse, annie):
    browser = browse(staff)
    unknown = VoiceFactory(provider_voice_id="Nobody")
    answer = browser.get(address(unknown))
    assert answer.status_code == 503
    assert "eSpeak NG (espeak) said: “eSpeak NG has no voice “Nobody”" in answer.content.decode()
    assert browser.get(address(annie, "no tag")).status_code == 400
    orphan = VoiceFactory(provider="playht", provider_voice_id="x")
    assert "PlayHT shut down" in browser.get(address(orphan)).content.decode()


def test_a_place_that_cannot_be_written_is_said_in_words(annie, audio_root):
    (audio_root / "previews").write_text("a file where a folder must be")
    with pytest.raises(Unavailable, match="Place 'takes' could not"):
        hear_sample(annie)


# --- Paid ones ------------------------------------------------------------------------------------


def test_listening_never_buys(paid, vendor, staff, browse, audio_root):
    answer = browse(staff).get(address(paid))
    assert answer.status_code == 404
    assert "costs 53 characters at ElevenLabs" in answer.content.decode()
    assert len(plan_sample(paid).text) == 53
    assert vendor.stats()["asked"] == {}
    assert files(audio_root) == []


def test_a_paid_preview_is_bought_once(paid, vendor, keeper, browse):
    browser = browse(keeper)
    for _ in range(2):
        answer = browser.post(address(paid), {"language": "en"}, follow=True)
        assert "can be heard now in en" in answer.content.decode()
    assert sum(vendor.stats()["paid"].values()) == 1
    answer = browser.get(address(paid, "en"))
    assert decode(b"".join(answer.streaming_content)).duration > 1
    event = Event.objects.get(verb="voice.sample_made")
    assert (event.actor, event.data["characters"]) == (keeper, 53)


def test_buying_needs_a_permission_to_spend(paid, vendor, staff, browse):
    assert browse(staff).post(address(paid)).status_code == 403
    assert vendor.stats()["asked"] == {}


def test_whoever_may_generate_somewhere_may_buy(paid, vendor, browse):
    person = UserFactory()
    assign_perm("catalog.generate_series", person, SeriesFactory())
    assert browse(person).post(address(paid)).status_code == 302
    assert sum(vendor.stats()["paid"].values()) == 1


@pytest.mark.django_db(transaction=True)
def test_buyers_at_once_pay_once(paid, vendor):
    vendor.configure(latency=0.5)
    gate = threading.Barrier(4)

    def buy(_):
        gate.wait(10)
        try:
            return make_sample(paid, by=None).key
        except BeingMade as refusal:
            return str(refusal)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(buy, range(4)))
    assert len([answer for answer in answers if "being made right now" in answer]) == 3
    assert sum(vendor.stats()["paid"].values()) == 1
    assert make_sample(paid, by=None).key in answers  # and the claim is free again


def test_a_refusal_is_told_and_frees_the_claim(paid, vendor, settings, keeper, browse, audio_root):
    configure_vendor(settings, vendor.url, "sk-wrong")
    for _ in range(2):
        answer = browse(keeper).post(address(paid), follow=True)
        assert "said: “Invalid API key”" in answer.content.decode()
    assert files(audio_root) == []


def test_garbage_is_not_kept(paid, vendor, audio_root):
    vendor.configure(faults={"html": 1.0})
    with pytest.raises(Unavailable, match="not with a recording"):
        make_sample(paid, by=None)
    assert files(audio_root) == []


def test_without_the_queue_nothing_is_bought(paid, vendor, settings, tmp_path):
    cache.close()
    settings.CACHES = {
        "default": settings.CACHES["default"] | {"LOCATION": f"unix://{tmp_path}/nobody"}
    }
    with pytest.raises(Unavailable, match="nothing was bought"), claimed(plan_sample(paid)):
        pytest.fail("it was claimed without a queue")
    assert vendor.stats()["asked"] == {}


def test_the_back_address_must_be_ours(paid, keeper, browse):
    browser = browse(keeper)
    outside = browser.post(address(paid), {"back": "https://evil.test/"})
    assert outside["Location"] == reverse("admin:voices_voice_change", args=[paid.pk])
    inside = browser.post(address(paid), {"back": "/admin/voices/voice/?q=x"})
    assert inside["Location"] == "/admin/voices/voice/?q=x"


def test_hearings_tell_what_is_ready(paid, annie):
    assert [hearings([paid, annie])[voice.pk].is_ready for voice in (paid, annie)] == [False, True]
    make_sample(paid, by=None)
    assert hearings([paid])[paid.pk].is_ready
    with pytest.raises(Missing):
        hear_sample(paid, "fr")


def test_a_vendor_out_of_reach_is_said_in_words(paid, settings):
    configure_vendor(settings, "http://127.0.0.1:9", "sk-any")
    with pytest.raises(ProviderRefused, match="Try again in a while.*ELEVENLABS_BASE_URL"):
        make_sample(paid, by=None)
