"""The adapter with the vendor's real SDK, against a server that speaks the vendor's protocol."""

import logging
import os
import socket
import subprocess
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from apps.providers.base import InvalidSpeech, ProviderError, Settings, Speech
from apps.providers.elevenlabs import ElevenLabsProvider
from tests.providers.contract import TEXT, ProviderContract
from tests.providers.wire_shapes import MODELS, voice_id

VOICE = voice_id(0)


@pytest.fixture
def provider(server):
    adapter = ElevenLabsProvider(server.api_key, server.url, timeout=20)
    yield adapter
    adapter.close()


def asked(**changes):
    standard = {
        "text": TEXT,
        "voice_id": VOICE,
        "language": "de-CH",
        "model": "eleven_flash_v2_5",
        "output_format": "mp3_44100_128",
        "settings": Settings(),
        "seed": 7,
    }
    return Speech(**{**standard, **changes})


def refusal(provider, **changes):
    with pytest.raises(ProviderError) as caught:
        provider.speak(asked(**changes))
    return caught.value


def kind_of(error):
    return error.temporary, error.counts_as_attempt, error.fatal_for_batch


TEMPORARY, WAIT, FATAL, ALONE = (
    (True, True, False),
    (True, False, False),
    (False, True, True),
    (False, True, False),
)


class TestElevenLabs(ProviderContract):
    voice_id = VOICE
    secret = "sk-wire-9f8e7d6c5b4a"

    @pytest.fixture
    def provider(self, provider):
        return provider

    def test_refuses_without_sending(self, provider, server):
        with pytest.raises(InvalidSpeech):
            provider.speak(asked(settings=Settings(style=2)))
        assert server.stats()["requests"] == 0


# --- what is sent and what comes back ---
def test_sends_what_was_asked_and_nothing_else(provider, server):
    settings = Settings(0.4, 0.8, 0.3, 1.1, use_speaker_boost=False)
    provider.speak(asked(settings=settings, seed=4294967295))
    assert server.stats()["last"] == {
        "text": TEXT,
        "model_id": "eleven_flash_v2_5",
        "language_code": "de",
        "voice_settings": {
            "stability": 0.4,
            "similarity_boost": 0.8,
            "style": 0.3,
            "speed": 1.1,
            "use_speaker_boost": False,
        },
        "seed": 4294967295,
        "query": {"output_format": "mp3_44100_128"},
    }


def test_leaves_to_the_vendor_what_nobody_chose(provider, server):
    provider.speak(asked(model="eleven_multilingual_v2"))
    sent = server.stats()["last"]
    assert set(sent) == {"text", "model_id", "seed", "query"}
    provider.speak(asked(settings=Settings(stability=0.0)))
    assert server.stats()["last"]["voice_settings"] == {"stability": 0.0}


def test_a_pause_reaches_the_vendor_as_it_is_written(provider, server):
    provider.speak(asked(text='One.<break time="1.5s" />Two.'))
    assert server.stats()["last"]["text"] == 'One.<break time="1.5s" />Two.'


@pytest.mark.parametrize(
    ("tag", "code"), [("nb-NO", "no"), ("cmn-Hans", "zh"), ("es-CO", "es"), ("fil", "fil")]
)
def test_language_codes(provider, server, tag, code):
    provider.speak(asked(language=tag))
    assert server.stats()["last"]["language_code"] == code


def test_keeps_what_the_vendor_reports(provider, server):
    server.configure(limit=15)
    recording = provider.speak(asked())
    assert recording.media_type == "audio/mpeg"
    assert recording.characters == len(TEXT) == 42
    assert recording.character_cost == 21
    assert recording.request_id == "wire-00000001"
    assert recording.concurrency_limit == 15


def test_a_vendor_that_reports_nothing_is_no_error(provider):
    assert provider.speak(asked()).concurrency_limit is None


def test_every_format_that_it_offers_is_one_of_the_vendors(provider, server):
    made_here = [name for name in provider.output_formats if not name.startswith("opus")]
    for name in made_here:
        assert provider.speak(asked(output_format=name)).data
        assert server.stats()["last"]["query"] == {"output_format": name}


def test_reads_all_voices_by_pages_of_100(provider, server):
    server.configure(voices=250)
    voices = list(provider.voices())
    assert [voice.id for voice in voices] == [voice_id(number) for number in range(250)]
    assert server.stats()["pages"] == 3
    full, bare = voices[0], voices[2]
    assert full.languages == ("en-US", "de")
    assert full.labels == {"gender": "female", "accent": "american", "language": "en"}
    assert (full.category, full.is_engine) == ("premade", False)
    assert (bare.languages, bare.labels, bare.category, bare.sample_url) == ((), {}, "", "")


def test_a_list_of_voices_that_breaks_off_is_an_error(provider, server):
    """The caller would take the voices that are missing for gone."""
    server.configure(paging="endless", voices=150)
    with pytest.raises(ProviderError, match="more voices"):
        list(provider.voices())
    assert server.stats()["pages"] == 2


def test_account(provider, server):
    server.configure(tier="pro", character_count=1234, character_limit=500_000)
    account = provider.account()
    assert (account.characters_used, account.characters_limit) == (1234, 500_000)
    assert (account.tier, account.concurrency_limit) == ("pro", 10)
    assert account.resets_at == datetime(2027, 1, 15, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("tier", "limit"),
    [("free", 2), ("growing_business", 15), ("scale_2024_08_10", 15), ("enterprise", None)],
)
def test_concurrency_of_plans(provider, server, tier, limit):
    server.configure(tier=tier)
    assert provider.account().concurrency_limit == limit


def test_models_with_their_cost(provider):
    models = {model.id: model for model in provider.list_models()}
    assert set(models) == set(MODELS)  # the voice changer cannot speak a text
    assert models["eleven_flash_v2_5"].cost_multiplier == 0.5
    assert models["eleven_v3"].max_characters == 5_000
    assert models["eleven_v3"].languages == ("en", "de")


def test_prices():
    provider = ElevenLabsProvider("key")
    assert provider.price(1000, "eleven_multilingual_v2") == Decimal("0.10")
    assert provider.price(500, "eleven_flash_v2_5") == Decimal("0.025")
    assert provider.price(1000, "eleven_v4") is None
    provider.close()


# --- refusals, in both forms ---
@pytest.mark.parametrize("form", ["new", "old"])
def test_both_meanings_of_429(provider, server, form):
    server.configure(error_form=form, limit=0)
    crowded = refusal(provider)
    assert kind_of(crowded) == WAIT
    assert crowded.concurrency_limit == 0
    assert str(crowded) == "Too many concurrent requests: your plan allows 0."
    server.configure(limit=9, faults={"busy": 1})
    busy = refusal(provider)
    assert (kind_of(busy), busy.code) == (TEMPORARY, "system_busy")
    assert (str(busy), busy.concurrency_limit) == (
        "Our services are experiencing heavy traffic.",
        9,
    )
    server.configure(faults={"crowded": 1})
    assert kind_of(refusal(provider)) == WAIT


@pytest.mark.parametrize(
    ("form", "code"), [("new", "insufficient_credits"), ("old", "quota_exceeded")]
)
def test_no_credit_ends_the_batch(provider, server, form, code):
    server.configure(error_form=form, character_limit=60)
    provider.speak(asked())
    provider.speak(asked(seed=8))
    error = refusal(provider, seed=9)
    assert (kind_of(error), error.code) == (FATAL, code)
    assert str(error) == "You have 18 credits remaining, while 21 are required."


@pytest.mark.parametrize("form", ["new", "old"])
def test_a_bad_key_ends_the_batch(server, form):
    server.configure(error_form=form)
    provider = ElevenLabsProvider("another-key", server.url)
    for act in (lambda: provider.speak(asked()), provider.account, provider.list_models):
        with pytest.raises(ProviderError, match="^Invalid API key$") as caught:
            act()
        assert kind_of(caught.value) == FATAL
    provider.close()


def test_an_unknown_voice_fails_alone(provider):
    error = refusal(provider, voice_id="no-such-voice")
    assert (kind_of(error), error.code) == (ALONE, "voice_not_found")
    assert str(error) == "A voice with the voice_id 'no-such-voice' was not found."


def test_wrong_fields_are_named_in_words(provider, server, monkeypatch):
    monkeypatch.setattr(ElevenLabsProvider, "ranges", {"style": (0, 9), "speed": (0, 9)})
    error = refusal(provider, settings=Settings(style=2, speed=3))
    assert kind_of(error) == ALONE
    assert str(error) == (
        "voice_settings.style: Input should be less than or equal to 1; "
        "voice_settings.speed: Input should be less than or equal to 1.2"
    )


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "text_too_long", ALONE),
        (401, "sign_in_required", FATAL),
        (402, "payment_required", FATAL),
        (403, "missing_permissions", FATAL),
        (403, "voice_access_denied", ALONE),
        (409, "already_running", TEMPORARY),
        (429, "rate_limit_exceeded", TEMPORARY),
        (500, "internal_server_error", TEMPORARY),
        (503, "system_busy", TEMPORARY),
    ],
)
def test_what_each_status_means(provider, server, status, code, kind):
    server.configure(refusal=[status, code, "As it is."])
    acts = (
        lambda: provider.speak(asked()),
        lambda: list(provider.voices()),
        provider.account,
        provider.list_models,
    )
    for act in acts:
        with pytest.raises(ProviderError, match="^As it is.$") as caught:
            act()
        assert (kind_of(caught.value), caught.value.code) == (kind, code)
    # The SDK would by itself ask again, and sleep in between.
    assert server.stats()["statuses"] == {str(status): len(acts)}


# --- faults ---
@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("error", "An unexpected error occurred."),
        ("proxy", "ElevenLabs answered with status 502 and gave no reason."),
        ("empty", "ElevenLabs answered without any audio."),
        ("drop", "ElevenLabs could not be reached: "),
        ("cut", "ElevenLabs could not be reached: "),
    ],
)
def test_faults_that_pass(provider, server, fault, words):
    server.configure(faults={fault: 1})
    error = refusal(provider)
    assert kind_of(error) == TEMPORARY
    assert str(error).startswith(words)
    assert server.stats()["requests"] == 1  # the SDK itself repeats nothing
    server.configure(faults={})
    assert provider.speak(asked()).data


@pytest.mark.parametrize(("fault", "first"), [("html", b"<!doc"), ("truncated", b"\xff")])
def test_what_only_an_examiner_can_tell_is_passed_on(provider, server, fault, first):
    server.configure(faults={fault: 1})
    assert provider.speak(asked()).data.startswith(first)


@pytest.mark.parametrize("fault", ["hang", "trickle"])
def test_an_answer_that_does_not_end_is_given_up(server, fault):
    server.configure(faults={fault: 1})
    provider = ElevenLabsProvider(server.api_key, server.url, timeout=0.4)
    error = refusal(provider)
    assert (kind_of(error), error.code) == (TEMPORARY, "timeout")
    assert str(error) == "ElevenLabs did not answer within 0.4 seconds."
    provider.close()


def test_a_server_that_is_down(server):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        provider = ElevenLabsProvider(server.api_key, url, timeout=1)
        error = refusal(provider)
    assert kind_of(error) == TEMPORARY
    provider.close()


@pytest.mark.parametrize("address", ["api.elevenlabs.io", "ftp://127.0.0.1"])
def test_an_address_that_is_none(address):
    provider = ElevenLabsProvider("key", address)
    error = refusal(provider)
    assert kind_of(error) == ALONE
    assert "address" in str(error)


def _in(seconds):
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%a, %d %b %Y %H:%M:%S GMT")


@pytest.mark.parametrize(
    ("header", "low", "high"),
    [("7", 7, 7), ("1.5", 1.5, 1.5), ("-3", 0, 0), (_in(3600), 500, 3600), (_in(-60), 0, 0)],
    ids=["seconds", "parts of one", "before now", "a date", "a date before now"],
)
def test_how_long_to_wait(provider, server, header, low, high):
    server.configure(faults={"busy": 1}, retry_after=header)
    assert low <= refusal(provider).retry_after <= high


@pytest.mark.parametrize("header", [None, "soon", "nan", "inf", ""])
def test_nobody_said_how_long_to_wait(provider, server, header):
    server.configure(faults={"busy": 1}, retry_after=header)
    assert refusal(provider).retry_after is None


@pytest.mark.parametrize("body", [[], "x", {"character_count": 1, "tier": ["free"]}])
def test_a_listing_in_an_unknown_form_is_an_error_in_words(provider, server, body):
    server.configure(subscription=body)
    with pytest.raises(ProviderError, match="ElevenLabs answered in an unknown form"):
        provider.account()


# --- the key ---
def test_the_key_is_in_no_message_log_or_traceback(server, caplog):
    """Not even where the vendor, the SDK or httpx repeat it."""
    caplog.set_level(logging.DEBUG)
    secret = "sk-secret-0123456789"
    seen = []
    for key in (secret, f"{secret}\nx", f"ключ{secret}", f"{secret} {secret}"):
        provider = ElevenLabsProvider(key, server.url, timeout=20)
        for act in (lambda p=provider: p.speak(asked()), provider.account, provider.list_models):
            with pytest.raises(ProviderError) as caught:
                act()
            assert caught.value.fatal_for_batch
            seen += [str(caught.value), repr(caught.value)]
            seen += traceback.format_exception(caught.value)
        seen += [repr(provider), provider.account_key]
        provider.close()
    assert server.stats()["statuses"] == {"401": 3}  # a key that is none was not sent
    assert secret not in "".join(seen) + caplog.text


def test_a_vendors_words_that_repeat_the_key_are_cleaned(server):
    provider = ElevenLabsProvider("sk-secret-0123456789", server.url)
    server.configure(api_key="sk-secret-0123456789")
    error = refusal(provider, voice_id="sk-secret-0123456789")
    assert str(error) == "A voice with the voice_id '[key]' was not found."
    assert "sk-secret" not in "".join(traceback.format_exception(error))
    provider.close()


def test_without_a_key_nothing_is_sent(server, monkeypatch):
    monkeypatch.setenv("ELEVENLABS_API_KEY", server.api_key)
    provider = ElevenLabsProvider("", server.url)
    error = refusal(provider)
    assert kind_of(error) == FATAL
    assert "No API key is set for ElevenLabs" in str(error)
    with pytest.raises(ProviderError, match="No API key"):
        list(provider.voices())
    assert server.stats()["pages"] == server.stats()["requests"] == 0
    provider.close()


def test_the_key_of_the_environment_is_never_taken(server):
    """The SDK reads it when it is imported, which is before we say which key to use."""
    code = (
        "from apps.providers.elevenlabs import ElevenLabsProvider as P\n"
        f"P('', {server.url!r}).account()"
    )
    environment = {**os.environ, "ELEVENLABS_API_KEY": server.api_key}
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True)
    assert b"No API key is set" in run.stderr


def test_a_redirect_does_not_carry_the_key_to_another_host(server):
    heard = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host = f"http://127.0.0.1:{listener.getsockname()[1]}"

        def redirect():
            connection, _ = listener.accept()
            connection.recv(65536)
            answer = (
                f"HTTP/1.1 307 Go\r\nlocation: {server.url}/v1/user\r\ncontent-length: 0\r\n\r\n"
            )
            connection.sendall(answer.encode())
            heard.set()
            connection.close()

        threading.Thread(target=redirect).start()
        provider = ElevenLabsProvider(server.api_key, host)
        error = refusal(provider)
    assert heard.wait(1)
    assert (kind_of(error), error.code) == (ALONE, "307")
    assert sum(server.stats()["statuses"].values()) == 0
    provider.close()


def test_accounts_are_told_apart():
    keys = {
        ElevenLabsProvider(key, url).account_key
        for key in ("a", "b")
        for url in ("http://one.test", "http://two.test")
    }
    assert len(keys) == 4
    assert ElevenLabsProvider("a\n").account_key == ElevenLabsProvider("a").account_key


# --- many at once ---
def test_30_requests_are_in_flight_at_once(server):
    server.configure(latency=1.0, limit=30)
    provider = ElevenLabsProvider(server.api_key, server.url, timeout=20)
    with ThreadPoolExecutor(30) as pool:
        recordings = list(pool.map(lambda n: provider.speak(asked(seed=n)), range(60)))
    stats = server.stats()
    assert stats["max_in_flight"] == 30
    assert stats["statuses"] == {"200": 60}
    assert set(stats["paid"].values()) == {1}
    assert len({recording.data for recording in recordings}) == 60
    provider.close()
