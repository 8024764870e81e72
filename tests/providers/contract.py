"""Tests that every adapter must pass; a test class per adapter inherits them.

The subclass gives a fixture `provider` and the class attribute `voice_id`.
"""

import io
import math
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal

import av
import pytest

from apps.providers.base import (
    Account,
    InvalidSpeech,
    ModelInfo,
    Provider,
    ProviderError,
    Settings,
    Speech,
    offered_format,
    settings_errors,
)

TEXT = "The old gate is closed. Come back at dawn."
UNKNOWN_VOICE = "nobody0000000000000"


def seconds_of(data):
    """The length of the decoded audio."""
    with av.open(io.BytesIO(data)) as container:
        frames = list(container.decode(audio=0))
    return sum(frame.samples for frame in frames) / frames[0].sample_rate


class ProviderContract:
    voice_id: str
    secret = ""

    @pytest.fixture
    def provider(self):
        raise NotImplementedError

    def speech(self, provider, **changes):
        standard = Speech(
            text=TEXT,
            voice_id=self.voice_id,
            language="en",
            model=provider.default_model,
            output_format=provider.output_formats[0],
            seed=7,
        )
        return replace(standard, **changes)

    # --- it speaks ---
    def test_speaks(self, provider):
        recording = provider.speak(self.speech(provider))
        assert 1 < seconds_of(recording.data) < 10
        assert recording.media_type.startswith("audio/")
        assert recording.model == provider.default_model
        assert recording.characters == len(TEXT)

    def test_speaks_every_model(self, provider):
        for model in provider.models:
            assert provider.speak(self.speech(provider, model=model)).model == model

    def test_speaks_at_both_ends_of_every_range(self, provider):
        for name, ends in provider.ranges.items():
            for value in ends:
                settings = Settings(**{name: value})
                assert provider.speak(self.speech(provider, settings=settings)).data

    def test_speed_shortens(self, provider):
        low, high = provider.ranges["speed"]
        slow = provider.speak(self.speech(provider, settings=Settings(speed=low)))
        fast = provider.speak(self.speech(provider, settings=Settings(speed=high)))
        assert seconds_of(fast.data) < seconds_of(slow.data) * 0.8

    def test_ignores_settings_it_does_not_know(self, provider):
        settings = Settings(0.5, 0.5, 0.5, 1.0, use_speaker_boost=True)
        assert provider.speak(self.speech(provider, settings=settings)).data

    def test_speaks_from_many_threads(self, provider):
        speeches = [self.speech(provider, text=f"{TEXT} {n}", seed=n) for n in range(16)]
        alone = [provider.speak(speech).data for speech in speeches]
        with ThreadPoolExecutor(8) as pool:
            together = [recording.data for recording in pool.map(provider.speak, speeches)]
        assert together == alone
        assert len(set(alone)) == len(alone)

    @pytest.mark.parametrize("text", ["a\0b gate", "\x01 9p gate", "gate\x1b\x7f\x85", "a\r\n\tb"])
    def test_control_characters_do_no_harm(self, provider, text):
        assert seconds_of(provider.speak(self.speech(provider, text=text)).data) > 0.1

    # --- it refuses what is wrong, before anything is sent ---
    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("text", ""),
            ("text", " \n "),
            ("text", "half \ud83d a character"),
            ("voice_id", ""),
            ("voice_id", "../../v1/user"),
            ("voice_id", "a/b"),
            ("voice_id", "a?b=c"),
            ("voice_id", "a\nb"),
            ("language", ""),
            ("language", "not a tag"),
            ("model", "no-such-model"),
            ("output_format", "mp3_1_1"),
            ("seed", -1),
            ("seed", 2**32),
            ("seed", 1.5),
            ("seed", True),
        ],
    )
    def test_refuses(self, provider, field, value):
        with pytest.raises(InvalidSpeech) as caught:
            provider.speak(self.speech(provider, **{field: value}))
        assert list(caught.value.errors) == [field]
        assert not caught.value.temporary

    def test_refuses_text_over_the_models_limit(self, provider):
        for model, known in provider.models.items():
            assert known.max_characters <= 40_000
            with pytest.raises(InvalidSpeech, match=str(known.max_characters)):
                text = "a" * (known.max_characters + 1)
                provider.speak(self.speech(provider, text=text, model=model))

    @pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf, "0.5", True])
    def test_refuses_what_is_no_number_in_range(self, provider, wrong):
        for name in provider.ranges:
            with pytest.raises(InvalidSpeech) as caught:
                provider.speak(self.speech(provider, settings=Settings(**{name: wrong})))
            assert list(caught.value.errors) == [name]

    def test_ranges_include_their_ends_and_nothing_more(self, provider):
        for name, (low, high) in provider.ranges.items():
            inside = [settings_errors(Settings(**{name: end}), provider) for end in (low, high)]
            assert inside == [{}, {}]
            for outside in (math.nextafter(low, -math.inf), math.nextafter(high, math.inf)):
                assert list(settings_errors(Settings(**{name: outside}), provider)) == [name]

    def test_names_every_wrong_field_at_once(self, provider):
        settings = Settings(stability=9, use_speaker_boost="yes")
        with pytest.raises(InvalidSpeech) as caught:
            provider.speak(self.speech(provider, text="", seed=-1, settings=settings))
        assert set(caught.value.errors) == {"text", "seed", "stability", "use_speaker_boost"}

    def test_an_unknown_voice_fails_alone(self, provider):
        with pytest.raises(ProviderError) as caught:
            provider.speak(self.speech(provider, voice_id=UNKNOWN_VOICE))
        error = caught.value
        assert (error.temporary, error.fatal_for_batch, error.counts_as_attempt) == (0, 0, 1)

    # --- it says what it is ---
    def test_is_a_provider(self, provider):
        assert isinstance(provider, Provider)
        assert provider.default_model in provider.models
        assert provider.default_concurrency >= 1
        assert provider.max_characters == provider.models[provider.default_model].max_characters
        assert provider.pausing_models <= set(provider.models)

    def test_voices_can_be_told_apart(self, provider):
        voices = list(provider.voices())
        assert len({voice.id for voice in voices}) == len(voices) >= 3
        assert all(voice.name for voice in voices)
        assert self.voice_id in {voice.id for voice in voices}

    def test_lists_its_models(self, provider):
        models = provider.list_models()
        assert all(isinstance(model, ModelInfo) for model in models)
        assert set(provider.models) <= {model.id for model in models}

    def test_account(self, provider):
        account = provider.account()
        assert account is None or isinstance(account, Account)

    def test_price_grows_with_the_text(self, provider):
        one, many = (provider.price(n, provider.default_model) for n in (1, 1000))
        assert isinstance(one, Decimal)
        assert many == one * 1000 >= 0

    def test_offers_the_nearest_format(self, provider):
        for own in provider.output_formats:
            assert offered_format(own, provider) == own
        assert offered_format("flac_96000", provider) == provider.output_formats[0]

    def test_keeps_its_secret(self, provider):
        shown = f"{provider!r} {provider} {provider.account_key}"
        assert provider.account_key.startswith(provider.name)
        assert not self.secret or self.secret not in shown

    def test_needs_no_django(self, provider):
        module = type(provider).__module__
        code = f"import sys, {module}; sys.exit('django' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0
