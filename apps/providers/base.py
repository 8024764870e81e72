"""The contract between VoiceCMS and a vendor of voices: a request, a result, one error type.

An adapter knows its vendor's protocol and terms, but no model, no file and no queue.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from decimal import Decimal
from typing import ClassVar, Protocol, runtime_checkable

RANGES: Mapping[str, tuple[float, float]] = {
    **dict.fromkeys(("stability", "similarity_boost", "style"), (0.0, 1.0)),
    "speed": (0.7, 1.2),
}
"""Lowest and highest value of each numeric setting, for vendors without ranges of their own."""

# Refusals that another key would solve; the numbers stand for answers without a code.
KEY_CODES = frozenset({"invalid_api_key", "missing_api_key", "missing_permissions", "401", "403"})
MAX_SEED = 4_294_967_295
# BCP-47 by shape: a language of 2-8 letters, then subtags of 1-8 letters and digits (RFC 5646).
LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
VOICE_ID = re.compile(r"[^\W_][\w .-]{0,99}")  # part of URLs and of file names


@dataclass(frozen=True)
class Settings:
    """Settings of speech. None leaves a setting to the vendor, which ignores unknown settings."""

    stability: float | None = None
    similarity_boost: float | None = None
    style: float | None = None
    speed: float | None = None
    use_speaker_boost: bool | None = None

    def chosen(self) -> dict[str, float | bool]:
        """Only the settings that somebody chose."""
        return {name: value for name, value in asdict(self).items() if value is not None}


SETTING_NAMES = tuple(field.name for field in fields(Settings))


@dataclass(frozen=True)
class Speech:
    """A request for speech. `language` is a BCP-47 tag, `seed` lies in 0-4294967295.

    `output_format` is one of the provider's `output_formats`, such as `mp3_44100_128`
    (codec, sample rate in Hz, kbit/s).
    """

    text: str
    voice_id: str
    language: str
    model: str
    output_format: str
    settings: Settings = field(default_factory=Settings)
    seed: int = 0


@dataclass(frozen=True)
class Recording:
    """The answer to a request. `data` is not proved to be audio yet.

    `characters` is the length of the text that prices are quoted for, `character_cost` the
    characters that the provider charged (None: not reported), `concurrency_limit` the reported
    number of requests that the account may have in flight (None: not reported).
    """

    data: bytes
    media_type: str
    model: str
    characters: int
    character_cost: int | None = None
    request_id: str = ""
    concurrency_limit: int | None = None


@dataclass(frozen=True)
class VoiceInfo:
    """A voice as its provider lists it. `is_engine`: an offline machine voice, no person."""

    id: str
    name: str
    languages: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    sample_url: str = ""
    category: str = ""
    is_engine: bool = False


@dataclass(frozen=True)
class Account:
    """The balance of the account. None means unknown or unlimited."""

    characters_used: int | None = None
    characters_limit: int | None = None
    tier: str = ""
    concurrency_limit: int | None = None
    resets_at: datetime | None = None


@dataclass(frozen=True)
class ModelInfo:
    """A model. `cost_multiplier`: characters charged per character of text."""

    id: str
    name: str
    languages: tuple[str, ...] = ()
    max_characters: int | None = None
    cost_multiplier: float | None = None


class ProviderError(Exception):
    """A request that gave no recording; the message is the provider's own words.

    temporary          trying the same again can help
    retry_after        seconds to wait first, where the provider named them
    counts_as_attempt  False: too many requests in flight, so this one was not tried
    fatal_for_batch    every request of this account would fail the same way (quota, bad key)
    code               its own word for it, for logs
    concurrency_limit  requests in flight that the account may have, where the provider said so
    may_be_billed      the request may have been carried out, and be on the provider's bill
    """

    def __init__(
        self,
        message: str,
        *,
        temporary: bool = False,
        retry_after: float | None = None,
        counts_as_attempt: bool = True,
        fatal_for_batch: bool = False,
        code: str = "",
        concurrency_limit: int | None = None,
        may_be_billed: bool = False,
    ) -> None:
        super().__init__(message)
        self.may_be_billed = may_be_billed
        self.temporary = temporary
        self.retry_after = retry_after
        self.counts_as_attempt = counts_as_attempt
        self.fatal_for_batch = fatal_for_batch
        self.code = code
        self.concurrency_limit = concurrency_limit

    @property
    def concerns_key(self) -> bool:
        """Whether the key is wrong, missing, or may not do this."""
        return self.code in KEY_CODES


class InvalidSpeech(ProviderError):
    """The request is invalid and was not sent: `errors` maps each field to its error."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(
            "; ".join(f"{name}: {problem}" for name, problem in errors.items()), code="invalid"
        )
        self.errors = errors


@runtime_checkable
class Provider(Protocol):
    """One vendor account, ready to speak. Every method may be called from many threads at once.

    `models` maps model ids to what is known of them without asking; `ranges` holds the numeric
    settings that the vendor knows, `switches` its yes/no settings. `notice` is a sentence to
    show where the provider is configured. `default_concurrency` is the number of requests to
    keep in flight until the provider has said how many it allows. `pausing_models` know `<break/>`.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    notice: ClassVar[str]
    needs_key: ClassVar[bool]
    can_clone: ClassVar[bool]
    models: ClassVar[Mapping[str, ModelInfo]]
    default_model: ClassVar[str]
    output_formats: ClassVar[tuple[str, ...]]
    max_characters: ClassVar[int]
    ranges: ClassVar[Mapping[str, tuple[float, float]]]
    switches: ClassVar[frozenset[str]]
    default_concurrency: ClassVar[int]
    pausing_models: ClassVar[frozenset[str]]

    @property
    def account_key(self) -> str:
        """Names the provider account in shared limiters; holds no secret."""

    def speak(self, speech: Speech) -> Recording:
        """Buy one recording. Raises InvalidSpeech before anything is sent, else ProviderError."""

    def voices(self) -> Iterator[VoiceInfo]:
        """All voices of the account. Raises ProviderError when the list would be incomplete."""

    def account(self) -> Account | None:
        """The balance of the account; None for a provider without a balance or a request for it."""

    def check_key(self) -> str:
        """Test the key by a request without cost; returns the result as a sentence.

        Raises ProviderError with the provider's own words when the key is not valid.
        """

    def list_models(self) -> tuple[ModelInfo, ...]:
        """The models that can speak, with what they cost, as the provider lists them now."""

    def price(self, characters: int, model: str) -> Decimal | None:
        """Estimated US dollars for a number of characters; None without a known price."""

    def close(self) -> None:
        """Close the connections. The provider cannot be used afterwards."""


def offered_format(wanted: str, provider: Provider) -> str:
    """The provider's format nearest to `wanted`: the same, else the same codec, else its first.

    The caller encodes the answer again when the format differs from `wanted`.
    """
    if wanted in provider.output_formats:
        return wanted
    codec = wanted.partition("_")[0]
    same_codec = [name for name in provider.output_formats if name.partition("_")[0] == codec]
    return (same_codec or list(provider.output_formats))[0]


def validate(speech: Speech, provider: Provider) -> None:
    """Raises InvalidSpeech with every wrong field of the request."""
    errors = {
        "text": text_error(speech.text, provider, speech.model),
        "voice_id": _voice_error(speech.voice_id),
        "language": _language_error(speech.language),
        "model": _choice_error(speech.model, provider.models),
        "output_format": _choice_error(speech.output_format, provider.output_formats),
        "seed": _seed_error(speech.seed),
        **settings_errors(speech.settings, provider),
    }
    found = {name: problem for name, problem in errors.items() if problem}
    if found:
        raise InvalidSpeech(found)


def text_error(text: str, provider: Provider, model: str = "") -> str:
    """The error of a text for the provider's model (empty: its default model); '' without error."""
    if not text.strip():
        return "There is nothing to speak."
    known = provider.models.get(model)
    limit = (known and known.max_characters) or provider.max_characters
    if len(text) > limit:
        return f"{len(text)} characters are more than the {limit} that {provider.label} takes."
    if any("\ud800" <= character <= "\udfff" for character in text):
        return "It holds half a character (a lone surrogate), which cannot be sent."
    return ""


def settings_errors(settings: Settings, provider: Provider) -> dict[str, str]:
    """The errors by setting; the provider's ranges take precedence over the general ranges."""
    errors = {}
    for name, value in settings.chosen().items():
        limits = {**RANGES, **provider.ranges}.get(name)
        problem = _number_error(value, limits) if limits else _switch_error(value)
        if problem:
            errors[name] = problem
    return errors


def _number_error(value: object, limits: tuple[float, float]) -> str:
    low, high = limits
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "It must be a number."
    # NaN compares false with everything, so the test must be "not inside".
    return "" if low <= value <= high else f"It must lie between {low:g} and {high:g}."


def _switch_error(value: object) -> str:
    return "" if isinstance(value, bool) else "It must be true or false."


def _seed_error(seed: object) -> str:
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= MAX_SEED:
        return f"It must be a whole number between 0 and {MAX_SEED}."
    return ""


def _voice_error(voice_id: str) -> str:
    if not VOICE_ID.fullmatch(voice_id):
        return "It must begin with a letter or digit and hold letters, digits, space, . _ - only."
    return ""


def _language_error(tag: str) -> str:
    return "" if LANGUAGE_TAG.fullmatch(tag) else "It must be a BCP-47 tag such as de or es-CO."


def _choice_error(value: str, choices: Collection[str]) -> str:
    return "" if value in choices else f"Choose one of {', '.join(choices)}."
