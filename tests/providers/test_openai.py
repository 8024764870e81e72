"""The thin adapter for OpenAI's speech endpoint, against a server that speaks its protocol."""

import logging
import socket
import traceback

import pytest

from apps.providers.base import ProviderError, Settings, Speech, offered_format
from apps.providers.openai import OpenAI
from tests.providers.contract import TEXT, ProviderContract

SECRET = "sk-wire-9f8e7d6c5b4a"


@pytest.fixture
def provider(server):
    adapter = OpenAI(server.api_key, server.url, timeout=20)
    yield adapter
    adapter.close()


def asked(**changes):
    standard = {
        "text": TEXT,
        "voice_id": "alloy",
        "language": "en",
        "model": "tts-1",
        "output_format": "mp3",
        "settings": Settings(),
    }
    return Speech(**{**standard, **changes})


def refusal(provider, **changes):
    with pytest.raises(ProviderError) as caught:
        provider.speak(asked(**changes))
    return caught.value


class TestOpenAI(ProviderContract):
    voice_id = "alloy"
    secret = SECRET

    @pytest.fixture
    def provider(self, provider):
        return provider

    def test_speaks_both_formats(self, provider):
        mp3, wav = (provider.speak(asked(output_format=name)) for name in ("mp3", "wav"))
        assert (mp3.media_type, wav.media_type) == ("audio/mpeg", "audio/wav")
        assert wav.data.startswith(b"RIFF")


def test_sends_what_was_asked_and_nothing_else(provider, server):
    provider.speak(asked(settings=Settings(stability=0.3, speed=2.5)))
    sent = server.stats()["last"]
    assert sent == {
        "model": "tts-1",
        "input": TEXT,
        "text": TEXT,  # the server's own note
        "voice": "alloy",
        "response_format": "mp3",
        "speed": 2.5,
        "query": {},
    }
    provider.speak(asked())
    assert "speed" not in server.stats()["last"]


def test_keeps_the_request_id(provider):
    recording = provider.speak(asked())
    assert recording.request_id == "wire-00000001"
    assert (recording.characters, recording.character_cost) == (42, None)


def test_mp3_is_the_nearest_format_to_any_mp3(provider):
    assert offered_format("mp3_44100_128", provider) == "mp3"


def test_says_that_it_ends(provider):
    assert "2027-01-06" in provider.notice


def test_every_listed_voice_speaks(provider):
    for voice in provider.voices():
        assert provider.speak(asked(voice_id=voice.id)).data


@pytest.mark.parametrize(
    ("change", "code", "temporary", "fatal"),
    [
        ({"faults": {"busy": 1}}, "system_busy", True, False),
        ({"faults": {"error": 1}}, "internal_server_error", True, False),
        ({"faults": {"proxy": 1}}, "502", True, False),
        ({"faults": {"empty": 1}}, "empty", True, False),
        ({"faults": {"drop": 1}}, "network", True, False),
        ({"faults": {"hang": 1}}, "timeout", True, False),
        ({"character_limit": 1}, "insufficient_quota", False, True),
        ({"api_key": "another"}, "invalid_api_key", False, True),
    ],
)
def test_refusals_and_faults(server, change, code, temporary, fatal):
    server.configure(**change)
    provider = OpenAI(server.api_key, server.url, timeout=0.4 if code == "timeout" else 20)
    error = refusal(provider)
    assert (error.code, error.temporary, error.fatal_for_batch) == (code, temporary, fatal)
    assert error.counts_as_attempt
    provider.close()


def test_waits_as_long_as_it_is_told(provider, server):
    server.configure(faults={"busy": 1}, retry_after="11")
    assert refusal(provider).retry_after == 11


def test_html_with_200_is_passed_on(provider, server):
    server.configure(faults={"html": 1})
    assert provider.speak(asked()).data.startswith(b"<!doctype")


def test_the_key_is_in_no_message_log_or_traceback(server, caplog):
    """The vendor's own refusal repeats the key."""
    caplog.set_level(logging.DEBUG)
    server.configure(api_key="another")
    for key in (SECRET, f"{SECRET}\nx", f"é{SECRET}", ""):
        provider = OpenAI(key, server.url)
        error = refusal(provider)
        assert error.fatal_for_batch
        shown = [str(error), repr(error), repr(provider), provider.account_key]
        assert SECRET not in "".join([*shown, *traceback.format_exception(error), caplog.text])
        provider.close()
    assert server.stats()["statuses"] == {"401": 1}


def test_a_server_that_is_down():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        provider = OpenAI("key", f"http://127.0.0.1:{free.getsockname()[1]}")
        error = refusal(provider)
    assert error.temporary
    assert str(error).startswith("OpenAI could not be reached: ")
    provider.close()
