"""The pages: who sees what, what they cost the database, and what their buttons do."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from guardian.shortcuts import assign_perm

from apps.audit.models import Event
from apps.catalog.models import Series
from apps.voices.casting.services import cast
from apps.voices.consent.services import record_consent
from apps.voices.library.services import link_voices, make_sample, sync_voices
from apps.voices.models import Casting, Consent, SeriesVoice, Voice
from tests.factories import (
    CharacterFactory,
    LanguageFactory,
    SeriesFactory,
    UserFactory,
    VoiceFactory,
)
from tests.voices.conftest import permitted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("audio_root", "redis_clean")]

LIST = "admin:voices_voice_changelist"
MOST_QUERIES = 30


def page(browser: Client, name: str, *args, **query) -> str:
    answer = browser.get(reverse(name, args=args), query)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def names_listed(text: str) -> list[str]:
    return re.findall(r'<th class="field-name"><a href="[^"]+">([^<]+)', text)


def granted(*permissions: str, series: Series | None = None):
    """Somebody who holds permissions on one Series, and that Series."""
    person, series = UserFactory(), series or SeriesFactory()
    for name in permissions:
        assign_perm(f"catalog.{name}_series", person, series)
    return person, series


@pytest.fixture
def many():
    """3,000 voices: engine voices and paid ones, each third with consent."""
    voices = Voice.objects.bulk_create(
        Voice(
            provider="espeak" if n % 2 else "elevenlabs",
            provider_voice_id=f"id{n}",
            name=f"Voice {n:04}",
            is_engine=bool(n % 2),
            languages=["en", "de"],
            labels={"accent": "british"},
        )
        for n in range(3000)
    )
    Consent.objects.bulk_create(
        Consent(voice=voice, act="grant", audience="public", basis="test") for voice in voices[::3]
    )
    return voices


# --- The list -------------------------------------------------------------------------------------


def queries_of(browser: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(address).status_code == 200
    return len(queries)


@pytest.mark.parametrize("query", ["", "q=british", "provider=espeak&language=de&state=offered"])
def test_the_list_of_3000_voices_takes_few_queries(query, many, browse, keeper):
    LanguageFactory(tag="de")
    browser = browse(permitted(keeper, "voices.add_consent"))
    assert queries_of(browser, f"{reverse(LIST)}?{query}") <= MOST_QUERIES


def test_the_page_of_a_voice_takes_few_queries(many, browse):
    person = UserFactory(is_superuser=True)
    voice = many[1]
    for n in range(20):
        link_voices(SeriesFactory(), [voice], by=None)
        record_consent(voice, "grant", "public", f"mail {n}", by=person)
        cast(CharacterFactory(series=SeriesFactory(), name="A"), voice, None, by=None)
    address = reverse("admin:voices_voice_change", args=[voice.pk])
    assert queries_of(browse(person), address) <= MOST_QUERIES


def test_the_list_of_castings_takes_few_queries(browse):
    series = SeriesFactory()
    for n in range(60):
        character = CharacterFactory(series=series, name=f"C{n}")
        cast(character, VoiceFactory(provider_voice_id=f"v{n}"), None, by=None)
    person = UserFactory(is_superuser=True)
    assert queries_of(browse(person), reverse("admin:voices_casting_changelist")) <= MOST_QUERIES


def test_filters_and_search_find(browse, staff):
    VoiceFactory(provider_voice_id="Annie", languages=["de"], labels={"accent": "british"})
    VoiceFactory(provider_voice_id="Bob", languages=["fr"], category="cloned")
    VoiceFactory(provider_voice_id="Gone", languages=["fr"], gone_at=timezone.now())
    VoiceFactory(provider="elevenlabs", provider_voice_id="Paid", is_engine=False, languages=["it"])
    browser = browse(staff)
    assert names_listed(page(browser, LIST, q="brit")) == ["Annie"]
    assert names_listed(page(browser, LIST, provider="elevenlabs")) == ["Paid"]
    assert names_listed(page(browser, LIST, category="cloned")) == ["Bob"]
    assert names_listed(page(browser, LIST, state="gone")) == ["Gone"]
    assert names_listed(page(browser, LIST, language="de")) == ["Annie"]
    person, series = granted("view")
    LanguageFactory(series=series, tag="fr-CA")
    LanguageFactory(tag="pl")
    text = page(browse(person), LIST, language="fr-CA", state="offered")
    assert names_listed(text) == ["Bob"]
    assert "language=fr-CA" in text and "language=pl" not in text


def test_the_list_shows_consent_and_what_can_be_heard(browse, staff, keeper, vendor):
    sync_voices("elevenlabs", by=None)
    made, dear = Voice.objects.order_by("name")[:2]
    make_sample(made, by=None)
    engine = VoiceFactory()
    record_consent(engine, "grant", "public", "engine", by=None)
    text = page(browse(staff), LIST)
    heard = [reverse("admin:voices_sample", args=[voice.pk]) for voice in (made, engine)]
    assert re.findall(r'<audio controls preload="none" src="([^"]+)"', text) == heard
    assert text.count("no consent") == 7
    assert ">public<" in text
    assert "Hear it for" not in text and "not made yet" in text
    offered = page(browse(keeper), LIST)
    assert f'formaction="{reverse("admin:voices_sample", args=[dear.pk])}"' in offered
    assert "Hear it for 53 characters" in offered


def test_a_voice_that_cannot_be_used_says_why(browse, staff):
    VoiceFactory(provider_voice_id="v1", name="AC/DC")
    text = page(browse(staff), LIST)
    assert "cannot be used" in text and "separator /" in text


# --- Who may what ---------------------------------------------------------------------------------


def test_a_stranger_sees_nothing(browse):
    voice = VoiceFactory()
    for browser in (Client(), browse(UserFactory(is_staff=False))):
        for address in (reverse(LIST), reverse("admin:voices_voice_change", args=[voice.pk])):
            assert browser.get(address).status_code == 302


def test_staff_see_but_do_not_change(browse, staff):
    voice = VoiceFactory()
    browser = browse(staff)
    change = reverse("admin:voices_voice_change", args=[voice.pk])
    assert 'name="default_model"' not in browser.get(change).content.decode()
    assert "Sync eSpeak" not in page(browser, LIST)
    refused = [
        browser.post(change, {"default_model": "espeak-ng"}),
        browser.post(reverse("admin:voices_sync", args=["espeak"])),
        browser.post(reverse("admin:voices_consent", args=[voice.pk]), {"act": "grant"}),
        browser.get(reverse("admin:voices_consent", args=[voice.pk])),
        browser.get(reverse("admin:voices_voice_add")),
        browser.post(reverse("admin:voices_voice_delete", args=[voice.pk]), {"post": "yes"}),
    ]
    assert [answer.status_code for answer in refused] == [403] * 6
    assert Voice.objects.get().default_model == ""


def test_acts_are_not_done_by_looking(browse, keeper):
    voice, series = VoiceFactory(), SeriesFactory()
    addresses = [
        reverse("admin:voices_sync", args=["espeak"]),
        reverse("admin:voices_link", args=[voice.pk]),
        reverse("admin:voices_unlink", args=[voice.pk, series.pk]),
    ]
    assert [browse(keeper).get(address).status_code for address in addresses] == [405] * 3


# --- Acts -----------------------------------------------------------------------------------------


def test_the_sync_button_says_what_came_of_it(browse, keeper, vendor):
    browser = browse(keeper)
    text = page(browser, LIST)
    assert "Ask ElevenLabs for its list of voices?" in text and "none is deleted" in text
    assert "OpenAI (openai) has no API key" in text
    answer = browser.post(reverse("admin:voices_sync", args=["elevenlabs"]), follow=True)
    assert "levenlabs: 7 new, 0 changed, 0 gone, 0 unchanged." in answer.content.decode()
    assert Event.objects.get(verb="voices.synced").actor == keeper


def test_the_sync_button_passes_refusals_on(browse, keeper):
    answer = browse(keeper).post(reverse("admin:voices_sync", args=["openai"]), follow=True)
    assert Voice.objects.count() == 9  # its list stands in the manual: no key is needed for it
    answer = browse(keeper).post(reverse("admin:voices_sync", args=["elevenlabs"]), follow=True)
    assert "ELEVENLABS_API_KEY" in answer.content.decode()


def test_a_keeper_changes_what_is_ours(browse, keeper):
    voice = VoiceFactory()
    address = reverse("admin:voices_voice_change", args=[voice.pk])
    wrong = {"default_model": "gpt", "default_settings": '{"speed": [0.9, 9], "mood": 1}'}
    text = browse(keeper).post(address, wrong).content.decode()
    assert "Choose one of espeak-ng" in text
    assert "speed: It must lie between 0.5 and 2." in text and "no such setting" in text
    for speed in ("[0.9]", "[1.1, 0.9]", "[]"):  # no take could be drawn from these
        range_of_none = {"default_model": "", "default_settings": f'{{"speed": {speed}}}'}
        assert browse(keeper).post(address, range_of_none).status_code == 200
    right = {"default_model": "espeak-ng", "default_settings": '{"speed": [0.9, 1.1]}'}
    assert browse(keeper).post(address, {**right, "owner": keeper.pk}).status_code == 302
    voice.refresh_from_db()
    assert voice.default_settings == {"speed": [0.9, 1.1]}
    assert voice.owner is None  # naming the owner is naming who may record consent
    assert Event.objects.get(verb="voice.edited").actor == keeper


def test_an_administrator_names_the_owner(browse, keeper):
    voice, administrator = VoiceFactory(), permitted(keeper, "voices.add_consent")
    given = {"default_model": "", "default_settings": "{}", "owner": keeper.pk}
    address = reverse("admin:voices_voice_change", args=[voice.pk])
    assert browse(administrator).post(address, given).status_code == 302
    assert Voice.objects.get().owner == keeper


def test_the_owner_records_consent_without_changing_the_past(browse, staff):
    voice = VoiceFactory(owner=staff)
    record_consent(voice, "grant", "owner", "first contract", by=None)
    browser = browse(staff)
    address = reverse("admin:voices_consent", args=[voice.pk])
    given = {"act": "grant", "audience": "public", "basis": "", "expires_at": "2020-01-01T00:00"}
    assert "Nothing was recorded" in browser.post(address, given).content.decode()
    given |= {"basis": "second contract", "expires_at": ""}
    text = browser.post(address, given, follow=True).content.decode()
    assert "first contract" in text and "second contract" in text
    rows = voice.consents.values_list("audience", "recorded_by")
    assert list(rows) == [("public", staff.pk), ("owner", None)]


def test_series_take_and_leave_a_voice(browse):
    voice = VoiceFactory()
    person, series = granted("view", "edit")
    foreign = SeriesFactory(title="Secret Series")
    link_voices(foreign, [voice], by=None)
    browser = browse(person)
    add = reverse("admin:voices_link", args=[voice.pk])
    text = browser.post(add, {"series": series.pk}, follow=True).content.decode()
    assert f"{series} uses {voice}" in text and "Secret" not in text
    assert "may edit" in browser.post(add, {"series": foreign.pk}, follow=True).content.decode()
    remove = reverse("admin:voices_unlink", args=[voice.pk, foreign.pk])
    assert browser.post(remove).status_code == 404
    browser.post(reverse("admin:voices_unlink", args=[voice.pk, series.pk]))
    assert list(SeriesVoice.objects.values_list("series", flat=True)) == [foreign.pk]


# --- Castings -------------------------------------------------------------------------------------


def test_castings_are_made_changed_and_removed_in_ones_own_series(browse):
    person, series = granted("view", "edit")
    hero = CharacterFactory(series=series, name="Hero")
    german = LanguageFactory(series=series, tag="de")
    one, two = VoiceFactory(), VoiceFactory(provider_voice_id="Bob")
    browser = browse(person)
    add = reverse("admin:voices_casting_add")
    given = {"character": hero.pk, "language": german.pk, "voice": one.address}
    assert browser.post(add, given).status_code == 302
    casting = Casting.objects.get()
    assert (casting.series, list(series.voices.all())) == (series, [one])
    change = reverse("admin:voices_casting_change", args=[casting.pk])
    assert browser.post(change, {"voice": two.address}).status_code == 302
    assert Casting.objects.get().voice == two
    browser.post(reverse("admin:voices_casting_delete", args=[casting.pk]), {"post": "yes"})
    assert not Casting.objects.exists()
    verbs = Event.objects.filter(verb__startswith="character.").values_list("verb", flat=True)
    assert sorted(verbs) == ["character.cast", "character.cast", "character.uncast"]


def test_a_casting_that_cannot_be_is_refused_in_the_form(browse):
    person, series = granted("view", "edit")
    hero = CharacterFactory(series=series, name="Hero")
    gone = VoiceFactory(gone_at=timezone.now())
    given = {"character": hero.pk, "voice": gone.address}
    text = browse(person).post(reverse("admin:voices_casting_add"), given).content.decode()
    assert "no longer offers" in text
    assert not Casting.objects.exists()


def test_castings_of_another_series_do_not_exist(browse):
    hero = CharacterFactory(series=SeriesFactory(title="Theirs"), name="Villain")
    casting = cast(hero, VoiceFactory(), None, by=None)
    person, _ = granted("view", "edit")
    browser = browse(person)
    text = page(browser, "admin:voices_casting_changelist")
    assert "Villain" not in text and "Theirs" not in text
    assert "Villain" not in page(browser, "admin:voices_casting_add")
    add = browser.post(
        reverse("admin:voices_casting_add"), {"character": hero.pk, "voice": casting.voice.address}
    )
    assert "Select a valid choice" in add.content.decode()
    change = reverse("admin:voices_casting_change", args=[casting.pk])
    assert browser.post(change, {"voice": casting.voice.address}).status_code == 302  # to the index
    assert "Villain" not in page(browser, "admin:voices_voice_change", casting.voice_id)


def test_whoever_only_views_casts_nobody(browse):
    person, series = granted("view")
    hero = CharacterFactory(series=series, name="Hero")
    casting = cast(hero, VoiceFactory(), None, by=None)
    browser = browse(person)
    assert "Hero" in page(browser, "admin:voices_casting_changelist")
    assert browser.get(reverse("admin:voices_casting_add")).status_code == 403
    delete = reverse("admin:voices_casting_delete", args=[casting.pk])
    assert browser.post(delete, {"post": "yes"}).status_code == 403


def test_a_voice_is_named_by_its_address_while_casting(browse):
    person, series = granted("view", "edit")
    hero = CharacterFactory(series=series, name="Hero")
    VoiceFactory(provider_voice_id="Annie")
    link_voices(series, [VoiceFactory(provider_voice_id="Zoe")], by=None)
    browser = browse(person)
    text = page(browser, "admin:voices_casting_add", series=series.pk)
    assert re.findall(r'<option value="(espeak:[^"]+)"', text) == ["espeak:Zoe", "espeak:Annie"]
    wrong = {"character": hero.pk, "voice": "espeak:Anny"}
    text = browser.post(reverse("admin:voices_casting_add"), wrong).content.decode()
    assert "Similar: espeak:Annie." in text and 'value="espeak:Anny"' in text
    casting = cast(hero, Voice.objects.get(name="Zoe"), None, by=None)
    text = page(browser, "admin:voices_casting_change", casting.pk)
    assert 'value="espeak:Zoe"' in text
