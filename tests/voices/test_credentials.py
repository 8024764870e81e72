"""Keys of one's own: who pays for a run, what is stored, and what is never told."""

import logging

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from django.urls import reverse
from structlog.testing import capture_logs

from apps.audit.models import Event
from apps.core.errors import Invalid
from apps.takes.management.commands.generate import render_inline
from apps.takes.models import Batch, Take
from apps.takes.ordering.services.control import retry_takes
from apps.takes.ordering.services.more_takes import order_more
from apps.takes.ordering.services.runs import order_run
from apps.takes.ordering.take_requests import lines_by_voices
from apps.takes.rendering.slices import render_slice
from apps.voices.credentials import keys, services
from apps.voices.library import services as library_services
from apps.voices.models import Credential, Voice
from apps.work.limiter import LocalLimiter
from tests.factories import LanguageFactory, LineFactory, UserFactory
from tests.voices.conftest import KEY, configure_vendor

OTHER = "sk-somebody-elses-0123456789"

pytestmark = pytest.mark.django_db
# Takes are rendered by threads with connections of their own, which see only what is committed.
rendering = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada(client):
    """Staff, logged in."""
    user = UserFactory(username="ada")
    client.force_login(user)
    return user


@pytest.fixture
def voice(vendor):
    library_services.sync_voices("elevenlabs", by=None)
    return Voice.objects.filter(provider="elevenlabs").first()


@pytest.fixture
def line(audio_root):
    return LineFactory(language=LanguageFactory(tag="en"), text="The lamp is lit.")


def act(client, name, alias="elevenlabs", **fields):
    where = reverse(f"admin:voices_credential_{name}", args=[alias])
    answer = client.post(where, fields, follow=True)
    return answer.content.decode()


def spoken(line, voice, by) -> Take:
    requests = lines_by_voices([line], [voice], takes=1, settings={})
    run = order_run(requests, by=by, queue=False, reuse_identical=False)
    render_inline(run)
    return run.takes.get()


# --- Who pays ------------------------------------------------------------------------------------


@rendering
def test_a_run_is_paid_with_the_key_of_who_ordered_it(vendor, voice, line, ada, settings):
    configure_vendor(settings, vendor.url, "sk-of-the-installation")
    services.save_credential("elevenlabs", KEY, by=ada)
    assert spoken(line, voice, ada).status == "complete"
    refused = spoken(line, voice, UserFactory())
    assert refused.status == "failed"
    assert "Invalid API key" in refused.error
    assert "Credentials (/admin/voices/credential/)" in refused.error
    assert "Credentials" in Batch.objects.get(pk=refused.batch_id).stopped_reason


@rendering
def test_a_wrong_key_of_ones_own_is_not_replaced_by_the_installations(voice, line, ada):
    services.save_credential("elevenlabs", OTHER, by=ada)
    assert "Check the key on Credentials" in spoken(line, voice, ada).error
    assert spoken(line, voice, UserFactory()).status == "complete"


@rendering
def test_two_people_in_one_batch_pay_each_for_their_own(voice, line, ada, redis_clean):
    """A key that is refused stops nothing that somebody else has ordered."""
    batch = spoken(line, voice, None).batch
    services.save_credential("elevenlabs", OTHER, by=ada)
    hers = order_more(line, batch, 2, by=ada)
    others = order_more(line, batch, 2, by=UserFactory())
    render_inline(hers)
    assert {take.status for take in hers.takes.all()} == {"failed"}
    assert {take.status for take in others.takes.all()} == {"pending"}
    services.save_credential("elevenlabs", KEY, by=ada)
    retry_takes(hers, by=ada)
    services.save_credential("elevenlabs", OTHER, by=others.ordered_by)
    pks = [*hers.takes.values_list("pk", flat=True), *others.takes.values_list("pk", flat=True)]
    limited = {"limiter_for": lambda provider: LocalLimiter(default=2)}
    assert render_slice(pks, **limited, asked_to_stop=lambda: False) == []
    assert {take.status for take in hers.takes.all()} == {"complete"}
    assert {take.status for take in others.takes.all()} == {"failed"}


def test_accounts_have_limits_of_their_own(vendor, ada):
    services.save_credential("elevenlabs", OTHER, by=ada)
    own = keys.provider_for("elevenlabs", ada)
    shared = keys.provider_for("elevenlabs", None)
    assert own.account_key != shared.account_key
    assert OTHER not in own.account_key


def test_who_may_not_log_in_any_more_pays_nothing(vendor, ada):
    services.save_credential("elevenlabs", OTHER, by=ada)
    ada.is_active = False
    assert keys.key_of(ada, "elevenlabs") == ""


def test_without_any_key_nothing_is_ordered(vendor, voice, line, ada, settings):
    configure_vendor(settings, vendor.url, "")
    requests = lines_by_voices([line], [voice], takes=1, settings={})
    with pytest.raises(Invalid, match="Enter yours on Credentials"):
        order_run(requests, by=ada, queue=False)
    services.save_credential("elevenlabs", KEY, by=ada)
    assert order_run(requests, by=ada, queue=False).takes.count() == 1


def test_the_offline_voice_needs_no_key(line, ada):
    call_command("sync_voices", "--provider", "espeak", verbosity=0)
    requests = lines_by_voices(
        [line], [Voice.objects.filter(provider="espeak").first()], takes=1, settings={}
    )
    assert order_run(requests, by=ada, queue=False)


def test_voices_are_listed_with_ones_own_key_where_there_is_no_other(vendor, ada, settings):
    configure_vendor(settings, vendor.url, "")
    services.save_credential("elevenlabs", KEY, by=ada)
    assert library_services.sync_voices("elevenlabs", by=ada).new == 7


# --- At rest --------------------------------------------------------------------------------------


def stored() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM voices_credential")
        return repr(cursor.fetchall())


def test_the_key_is_encrypted(ada):
    services.save_credential("elevenlabs", KEY, by=ada)
    assert KEY not in stored()
    assert KEY not in repr(Credential.objects.get()) + str(list(Event.objects.values()))


def test_another_secret_key_reads_it_only_as_a_former_one(ada, client, settings):
    with override_settings(SECRET_KEY="the one before"):
        services.save_credential("elevenlabs", KEY, by=ada)
    with pytest.raises(keys.UnreadableKey, match="Enter it again on Credentials"):
        keys.key_of(ada, "elevenlabs")
    assert "Enter it again" in act(client, "test")
    settings.SECRET_KEY_FALLBACKS = ["the one before"]
    assert keys.key_of(ada, "elevenlabs") == KEY


@rendering
def test_a_run_says_that_its_key_cannot_be_read(voice, line, ada):
    requests = lines_by_voices([line], [voice], takes=1, settings={})
    run = order_run(requests, by=ada, queue=False)
    with override_settings(SECRET_KEY="the one before"):
        services.save_credential("elevenlabs", KEY, by=ada)
    render_inline(run)
    assert "cannot be read any more" in run.takes.get().error


# --- The page -------------------------------------------------------------------------------------


def test_a_key_is_saved_tested_replaced_and_deleted(client, vendor, ada, caplog):
    page = reverse("admin:voices_credential_changelist")
    assert "no key of yours" in client.get(page).content.decode()
    with caplog.at_level(logging.DEBUG), capture_logs() as logs:
        told = act(client, "save", key=f" {OTHER} ")
        assert "Invalid API key" in told and "refused" in told
        told += act(client, "save", key=KEY)
        assert "The key is good" in told
        told += act(client, "test")
        told += client.get(page).content.decode()
    for key in (KEY, OTHER):
        assert key not in told + caplog.text + repr(logs) + str(list(Event.objects.values()))
    assert keys.key_of(ada, "elevenlabs") == KEY
    act(client, "delete")
    assert not Credential.objects.exists()
    verbs = Event.objects.filter(actor=ada).values_list("verb", flat=True)
    assert {"credential.saved", "credential.tested", "credential.deleted"} <= set(verbs)


def test_an_answer_to_a_key_that_is_gone_is_not_kept(vendor, ada):
    asked = services.save_credential("elevenlabs", KEY, by=ada)
    services.save_credential("elevenlabs", OTHER, by=ada)
    assert services.test_credential(asked, by=ada).is_good
    assert Credential.objects.get().is_good is None
    Credential.objects.all().delete()
    assert services.test_credential(asked, by=ada).is_good
    assert not Credential.objects.exists()


@pytest.mark.parametrize("key", ["", "  ", "two words", "umläut", "x" * 501, "a\nb"])
def test_what_is_no_key_is_not_saved(client, ada, key):
    assert "Nothing was saved" in act(client, "save", key=key)
    assert not Credential.objects.exists()


def test_unknown_providers_and_keyless_ones(client, ada):
    for alias in ("nobody", "espeak"):
        assert "no such provider" in act(client, "save", alias, key=KEY)


def test_openai_answers_for_its_key(client, vendor, ada, settings):
    entry = settings.TTS_PROVIDERS["openai"]
    options = {"api_key": "", "base_url": vendor.url, "timeout": 10.0}
    settings.TTS_PROVIDERS = settings.TTS_PROVIDERS | {"openai": {**entry, "OPTIONS": options}}
    assert "The key is good" in act(client, "save", "openai", key=KEY)
    told = act(client, "save", "openai", key=OTHER)
    assert "Incorrect API key" in told and OTHER not in told


def test_playht_is_kept_and_says_that_it_ended(client, ada):
    assert "2025-12-31" in act(client, "save", "playht", key=KEY)
    assert Credential.objects.get().is_good is None


def test_a_provider_that_cannot_be_asked_says_nothing_of_the_key(client, ada, settings):
    entry = settings.TTS_PROVIDERS["openai"]
    options = {"api_key": "", "base_url": "http://127.0.0.1:9", "timeout": 1.0}
    settings.TTS_PROVIDERS = settings.TTS_PROVIDERS | {"openai": {**entry, "OPTIONS": options}}
    told = act(client, "save", "openai", key=KEY)
    assert "could not be reached" in told and "not known" in told
    assert Credential.objects.get().is_good is None


def test_keys_of_others_are_out_of_reach(client, ada):
    other = UserFactory(username="grace")
    services.save_credential("elevenlabs", KEY, by=other)
    page = reverse("admin:voices_credential_changelist")
    assert "grace" not in client.get(page).content.decode()
    for name in ("test", "delete"):
        where = reverse(f"admin:voices_credential_{name}", args=["elevenlabs"])
        assert client.post(where).status_code == 404
        assert client.get(where).status_code == 405
    assert Credential.objects.count() == 1
    ada.is_superuser = True
    ada.save()
    told = client.get(page).content.decode()
    assert "grace" in told and KEY not in told


def test_strangers_are_sent_to_the_login(client):
    answer = client.get(reverse("admin:voices_credential_changelist"))
    assert answer.status_code == 302 and "/login/" in answer["Location"]
