"""Voices come, change, go and come back; nothing is lost on the way."""

import json
from concurrent.futures import ThreadPoolExecutor
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.audit.models import Event
from apps.providers.base import VoiceInfo
from apps.voices.library.services import compare_voices, sync_voices
from apps.voices.library.syncing import compare, write
from apps.voices.models import Consent, Voice
from apps.voices.refusals import ProviderRefused
from apps.voices.system_checks import check_provider_keys
from tests.factories import VoiceFactory
from tests.voices.conftest import configure_vendor

pytestmark = pytest.mark.django_db


def run(*options: str) -> dict:
    output = StringIO()
    call_command("sync_voices", *options, "--json", stdout=output)
    return json.loads(output.getvalue())


def take(*listed: VoiceInfo, at="2026-01-01T00:00Z"):
    difference = compare("elevenlabs", listed)
    write(difference, at)
    return difference.result()


# --- What a sync does -----------------------------------------------------------------------------


def test_the_offline_engine_is_taken_over_with_its_consent(staff):
    result = sync_voices("espeak", by=staff)
    assert result.new == Voice.objects.filter(is_engine=True).count() > 90
    assert (result.changed, result.gone, result.unchanged) == (0, 0, 0)
    consents = Consent.objects.order_by().values_list("act", "audience", "basis").distinct()
    assert list(consents) == [("grant", "public", "engine voice, no person")]
    event = Event.objects.get(verb="voices.synced")
    assert (event.actor, event.target_name, event.data["new"]) == (staff, "espeak", result.new)


def test_a_second_sync_changes_nothing_and_grants_nothing_again():
    first = sync_voices("espeak", by=None)
    synced_at = Voice.objects.first().synced_at
    Consent.objects.filter(voice__name="Annie").update(act="revocation")
    second = sync_voices("espeak", by=None)
    assert (second.new, second.changed, second.gone) == (0, 0, 0)
    assert second.unchanged == first.new == Consent.objects.count()
    assert Voice.objects.first().synced_at > synced_at


def test_every_page_of_a_vendor_is_read(vendor):
    vendor.configure(voices=250)
    assert sync_voices("elevenlabs", by=None).new == 250
    assert vendor.stats()["pages"] == 3
    voice = Voice.objects.get(name="Voice 0")
    assert (voice.languages, voice.labels["accent"]) == (["en-US", "de"], "american")
    assert not Consent.objects.exists()  # people's voices: nothing is granted by itself


def test_voices_go_and_come_back(vendor):
    sync_voices("elevenlabs", by=None)
    vendor.configure(voices=5)
    result = sync_voices("elevenlabs", by=None)
    assert (result.gone, result.unchanged) == (2, 5)
    assert Voice.objects.count() == 7
    assert Voice.objects.present().count() == 5
    gone = Event.objects.filter(verb="voices.synced").first().data["gone"]
    assert gone == ["elevenlabs:wireVoice00000000005", "elevenlabs:wireVoice00000000006"]
    assert sync_voices("elevenlabs", by=None).gone == 0
    vendor.configure(voices=7)
    assert sync_voices("elevenlabs", by=None).changed == 2
    assert Voice.objects.present().count() == 7


def test_only_voices_of_the_asked_provider_can_go(vendor):
    VoiceFactory(provider="espeak")
    sync_voices("elevenlabs", by=None)
    assert Voice.objects.get(provider="espeak").gone_at is None


def test_what_is_ours_about_a_voice_survives():
    VoiceFactory(
        provider="elevenlabs", provider_voice_id="v1", name="Old", default_settings={"speed": 0.9}
    )
    assert take(VoiceInfo(id="v1", name="New", labels={"age": "young"})).changed == 1
    voice = Voice.objects.get()
    assert (voice.name, voice.labels, voice.default_settings) == (
        "New",
        {"age": "young"},
        {"speed": 0.9},
    )


def test_a_name_that_cannot_be_a_folder_is_kept_and_reported():
    result = take(VoiceInfo(id="v1", name="AC/DC"), VoiceInfo(id="v2", name="Clyde"))
    assert result.new == 2
    assert len(result.unusable) == 1
    assert "AC/DC" in result.unusable[0] and "separator /" in result.unusable[0]
    assert "separator /" in Voice.objects.get(name="AC/DC").fault
    assert Voice.objects.get(name="Clyde").fault == ""


@pytest.mark.parametrize("name", ["x" * 101, "a\0b", "half \ud800 sign"])
def test_a_voice_that_no_row_can_hold_is_left_out_and_the_rest_taken(name):
    result = take(VoiceInfo(id="v1", name=name), VoiceInfo(id="v2", name="Clyde"))
    assert (result.new, len(result.unusable)) == (1, 1)
    assert "left out" in result.unusable[0]
    assert Voice.objects.get().name == "Clyde"


def test_a_known_voice_that_becomes_impossible_stays_as_it_was():
    take(VoiceInfo(id="v1", name="Clyde"))
    result = take(VoiceInfo(id="v1", name="x" * 101))
    assert (result.gone, result.changed, result.unchanged) == (0, 0, 1)
    assert Voice.objects.get().name == "Clyde"


def test_three_thousand_voices_take_few_queries():
    listed = [VoiceInfo(id=f"v{n}", name=f"Voice {n}", is_engine=True) for n in range(3000)]
    with CaptureQueriesContext(connection) as queries:
        take(*listed)
    assert len(queries) <= 80  # SQLite takes 999 values in one statement
    with CaptureQueriesContext(connection) as queries:
        assert take(*listed[:100]).gone == 2900
    assert len(queries) <= 15


@pytest.mark.django_db(transaction=True)
def test_two_syncs_at_once_write_each_voice_and_consent_once():
    def sync(_):
        try:
            return sync_voices("espeak", by=None)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(sync, range(4)))
    assert Voice.objects.count() == Consent.objects.count() > 90


# --- What a refusal leaves ------------------------------------------------------------------------


def test_a_bad_key_changes_nothing_and_says_where_to_mend_it(vendor, settings):
    sync_voices("elevenlabs", by=None)
    configure_vendor(settings, vendor.url, "sk-wrong")
    with pytest.raises(ProviderRefused, match="“Invalid API key”.*ELEVENLABS_API_KEY"):
        sync_voices("elevenlabs", by=None)
    assert Voice.objects.present().count() == 7
    assert Event.objects.filter(verb="voices.synced").count() == 1


def test_a_list_that_breaks_off_changes_nothing(vendor):
    sync_voices("elevenlabs", by=None)
    vendor.configure(paging="endless", voices=3)
    with pytest.raises(ProviderRefused, match="no page to find them on"):
        sync_voices("elevenlabs", by=None)
    assert Voice.objects.present().count() == 7


def test_an_unknown_provider_is_said_in_words():
    with pytest.raises(ProviderRefused, match="no provider “azure”.*TTS_PROVIDERS"):
        sync_voices("azure", by=None)


def test_a_comparison_writes_nothing(vendor):
    assert compare_voices("elevenlabs").new == 7
    assert not Voice.objects.exists() and not Event.objects.exists()


# --- The command and the check --------------------------------------------------------------------


def test_the_command_takes_every_provider_that_has_its_key(vendor):
    done = run()
    assert [one["provider"] for one in done["providers"]] == ["espeak", "elevenlabs"]
    assert done["providers"][1]["new"] == 7
    assert list(done["left_out"]) == ["openai"]
    assert Voice.objects.filter(provider="elevenlabs").count() == 7


def test_a_dry_run_says_the_same_and_writes_nothing(vendor):
    done = run("--provider", "elevenlabs", "espeak", "--dry-run")
    assert done["dry_run"] is True
    assert [one["new"] > 0 for one in done["providers"]] == [True, True]
    assert not Voice.objects.exists()


def test_one_failure_fails_the_command_but_not_the_others(vendor):
    output = StringIO()
    with pytest.raises(CommandError, match="1 providers.*\n.*no API key.*OPENAI_API_KEY|azure"):
        call_command("sync_voices", "--provider", "azure", "espeak", stdout=output)
    assert "espeak: " in output.getvalue()
    assert Voice.objects.filter(provider="espeak").exists()


def test_the_text_names_what_was_left_out():
    output = StringIO()
    call_command("sync_voices", stdout=output)
    assert "ElevenLabs (elevenlabs) has no API key" in output.getvalue()


def test_the_check_notes_missing_keys_and_where_they_belong(settings):
    notes = check_provider_keys()
    assert {note.level for note in notes} == {20}  # info
    assert [note.msg.split()[0] for note in notes] == ["ElevenLabs", "OpenAI"]
    assert "ELEVENLABS_API_KEY" in notes[0].hint
