"""Finding, linking, casting, and who agreed to what."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import ProtectedError
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.audit.models import Event
from apps.core.errors import DomainError, Invalid, Missing
from apps.voices.casting.services import cast, uncast
from apps.voices.consent.queries import ConsentState, ConsentStatus, consent_of, consents_of
from apps.voices.consent.services import record_consent
from apps.voices.library.queries import voices_for
from apps.voices.library.services import edit_voice, find_voice, link_voices, unlink_voice
from apps.voices.models import Casting, Consent, SeriesVoice, Voice
from tests.factories import (
    CharacterFactory,
    LanguageFactory,
    SeriesFactory,
    UserFactory,
    VoiceFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def character():
    return CharacterFactory(series=SeriesFactory(), name="Keeper")


def voice_named(voice_id: str, **fields) -> Voice:
    return VoiceFactory(provider_voice_id=voice_id, **fields)


# --- Finding --------------------------------------------------------------------------------------


def test_finds_a_voice_by_its_address():
    voice_named("Annie", provider="elevenlabs")
    annie = voice_named("Annie")
    assert find_voice("espeak:Annie") == annie


@pytest.mark.parametrize(
    ("wanted", "advice"),
    [
        ("espeak:Anny", "Similar: espeak:Annie"),
        ("espeak:annie", "Similar: espeak:Annie"),
        ("Annie", "Similar: espeak:Annie"),
        ("elevenlabs:Rachel", "Similar: elevenlabs:21m00"),
        ("azure:Anni", "Similar: espeak:Annie"),
        ("espeak:zzzz", "sync_voices"),
    ],
)
def test_a_wrong_address_is_answered_with_similar_ones(wanted, advice):
    VoiceFactory()
    voice_named("21m00", provider="elevenlabs", name="Rachel")
    with pytest.raises(Missing, match=advice):
        find_voice(wanted)


# --- Listing --------------------------------------------------------------------------------------


def names(**asked) -> list[str]:
    return sorted(voices_for(UserFactory(), **asked).values_list("name", flat=True))


def test_lists_by_words_in_any_of_the_texts():
    voice_named("a1", name="Rachel", labels={"accent": "british"}, category="premade")
    voice_named("b2", name="Clyde", labels={"accent": "american"}, category="cloned")
    assert names(search="brit RACH") == ["Rachel"]
    assert names(search="b2") == names(search="cloned") == ["Clyde"]
    assert names(search="british clyde") == []
    assert names(search="100%") == names(search="a_1") == []
    assert names(search="rach\0") == ["Rachel"]


def test_lists_by_language_wider_narrower_and_unsaid():
    voice_named("exact", languages=["es-CO"])
    voice_named("base", languages=["de", "es"])
    voice_named("america", languages=["es-419"])
    voice_named("english", languages=["en-US"])
    voice_named("unsaid", languages=[])
    assert names(language="es-CO") == ["base", "exact", "unsaid"]
    assert names(language="es") == ["america", "base", "exact", "unsaid"]
    assert names(language="e") == ["unsaid"]
    assert names(language='s", "') == ["unsaid"]


def test_lists_present_voices_of_a_provider():
    voice_named("here")
    voice_named("gone", gone_at=timezone.now())
    voice_named("other", provider="elevenlabs")
    assert names(provider="espeak") == ["here"]


def test_strangers_and_former_staff_see_none():
    VoiceFactory()
    assert not voices_for(UserFactory(is_staff=False)).exists()
    assert not voices_for(UserFactory(is_active=False)).exists()


def test_voices_of_a_series_are_for_whoever_may_see_it():
    series = SeriesFactory()
    link_voices(series, [voice_named("one")], by=None)
    voice_named("two")
    assert names(series=series) == []
    everything = voices_for(UserFactory(is_superuser=True), series=series)
    assert [voice.name for voice in everything] == ["one"]


# --- Linking and casting --------------------------------------------------------------------------


def test_linking_twice_is_linking_once():
    series, voices = SeriesFactory(), [voice_named("one"), voice_named("two")]
    link_voices(series, voices[:1], by=None)
    link_voices(series, voices, by=None)
    link_voices(series, voices, by=None)
    assert set(series.voices.all()) == set(voices)
    events = Event.objects.filter(verb="series.voices_linked").order_by("pk")
    assert [event.data["voices"] for event in events] == [["espeak:one"], ["espeak:two"]]


def test_linking_costs_no_query_per_voice():
    series, voices = SeriesFactory(), [voice_named(f"v{n}") for n in range(50)]
    with CaptureQueriesContext(connection) as queries:
        link_voices(series, voices, by=None)
    assert len(queries) <= 6


def test_a_voice_that_plays_somebody_cannot_be_unlinked(character):
    voice = VoiceFactory()
    casting = cast(character, voice, None, by=None)
    with pytest.raises(DomainError, match="plays Keeper"):
        unlink_voice(character.series, voice, by=None)
    uncast(casting, by=None)
    unlink_voice(character.series, voice, by=None)
    unlink_voice(character.series, voice, by=None)
    assert not SeriesVoice.objects.exists()
    assert Event.objects.filter(verb="series.voice_unlinked").count() == 1


def test_casting_again_replaces_and_languages_stand_beside_all(character):
    language = LanguageFactory(series=character.series, tag="de")
    cast(character, voice_named("one"), None, by=None)
    cast(character, voice_named("two"), None, by=None)
    cast(character, voice_named("three"), language, by=None)
    rows = Casting.objects.values_list("language__tag", "voice__name")
    assert set(rows) == {(None, "two"), ("de", "three")}
    assert character.series.voices.count() == 3


def test_casting_refuses_what_cannot_be(character):
    gone = voice_named("gone", gone_at=timezone.now())
    with pytest.raises(Invalid) as caught:
        cast(character, gone, LanguageFactory(), by=None)
    assert set(caught.value.errors) == {"language", "voice"}
    with pytest.raises(Invalid, match="separator"):
        cast(character, voice_named("odd", name="AC/DC"), None, by=None)
    assert not Casting.objects.exists() and not SeriesVoice.objects.exists()


def test_editing_records_what_changed_only():
    voice = VoiceFactory()
    edit_voice(voice, by=None, default_model="", default_settings={"speed": 1.1})
    edit_voice(voice, by=None, default_settings={"speed": 1.1})
    assert [event.data["fields"] for event in Event.objects.all()] == [["default_settings"]]


# --- Consent --------------------------------------------------------------------------------------


def grant(voice: Voice, audience: str = "public", **fields) -> Consent:
    return record_consent(voice, "grant", audience, "contract 12", by=None, **fields)


def test_nothing_recorded_is_nothing_granted():
    state = consent_of(VoiceFactory())
    assert state == ConsentState() and state.status == ConsentStatus.NONE


def test_the_newest_row_is_the_state_and_older_ones_stay():
    voice = VoiceFactory()
    grant(voice)
    record_consent(voice, "revocation", "public", "mail of May", by=None)
    assert consent_of(voice).status == ConsentStatus.REVOKED
    grant(voice, "internal")
    assert consent_of(voice).audience == "internal"
    assert voice.consents.count() == 3
    assert Event.objects.filter(verb="voice.consent_recorded").count() == 3


def test_a_grant_ends_by_itself():
    voice = VoiceFactory()
    consent = grant(voice, expires_at=timezone.now() + timedelta(hours=1))
    assert consent_of(voice).status == ConsentStatus.GRANTED
    Consent.objects.filter(pk=consent.pk).update(expires_at=timezone.now())
    assert consent_of(voice).status == ConsentStatus.EXPIRED


def test_a_consent_stays_when_its_recorder_or_its_voice_would_go():
    voice, keeper = VoiceFactory(), UserFactory(username="keeper")
    record_consent(voice, "grant", "owner", "contract 12", by=keeper)
    keeper.delete()
    with pytest.raises(ProtectedError):
        voice.delete()
    consent = Consent.objects.get()
    assert (consent.recorded_by, consent.by_name) == (None, "keeper")


def test_rows_of_one_moment_are_told_apart_by_their_order():
    voice, now = VoiceFactory(), timezone.now()
    grant(voice)
    record_consent(voice, "revocation", "owner", "mail", by=None)
    Consent.objects.update(created_at=now)
    assert consent_of(voice).status == ConsentStatus.REVOKED


def test_many_states_take_one_query():
    voices = [voice_named(f"v{n}") for n in range(20)]
    for voice in voices[:10]:
        grant(voice, "owner")
        grant(voice)
    with CaptureQueriesContext(connection) as queries:
        states = consents_of(voices)
    assert len(queries) == 1
    assert [states[voice.pk].audience for voice in voices] == ["public"] * 10 + [""] * 10


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("act", {"act": "maybe"}),
        ("audience", {"audience": "world"}),
        ("basis", {"basis": " \n"}),
        ("expires_at", {"expires_at": timezone.now() - timedelta(seconds=1)}),
        ("expires_at", {"act": "revocation", "expires_at": timezone.now() + timedelta(days=1)}),
    ],
)
def test_a_consent_that_says_nothing_is_refused(field, given):
    wanted = {"act": "grant", "audience": "public", "basis": "contract", "expires_at": None}
    with pytest.raises(Invalid) as caught:
        record_consent(VoiceFactory(), **wanted | given, by=None)
    assert list(caught.value.errors) == [field]
    assert not Consent.objects.exists()
