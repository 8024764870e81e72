"""Voice samples: one short sentence per voice and language, rendered once and kept."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from redis.exceptions import RedisError

from apps.audio.errors import AudioError
from apps.audio.examining import ExamineOptions, examine
from apps.audio.tagging import Tags
from apps.catalog.language_tags import BadTag, normal_tag
from apps.core.errors import DomainError, Invalid, Unavailable
from apps.providers.base import Settings, Speech, offered_format
from apps.providers.registry import get_provider
from apps.storage.classes import AssetClass
from apps.storage.errors import StorageError
from apps.storage.keys import BadName, check_key, check_name
from apps.storage.places import get_place
from apps.voices.library.sample_sentences import FALLBACK, sentence_for
from apps.voices.models import Voice
from apps.voices.refusals import in_words

PLACE = "takes"
OUTPUT_FORMAT = "mp3_44100_128"
NOTHING_KEPT = "There is no sample of this voice yet."
LOOKUP_THREADS = 16
# Longer than a provider may take; a process that dies while it buys holds the others up no longer.
CLAIM_SECONDS = 300


class BeingMade(DomainError):
    """Somebody else is having the same sample made at this moment."""


class NoRecording(Unavailable):
    """What the provider sent is no audio."""


@dataclass(frozen=True)
class VoiceSample:
    """A sentence that a voice says. `key` names the file: other words, another file."""

    voice: Voice
    language: str
    text: str
    model: str
    key: str

    @property
    def is_free(self) -> bool:
        return self.voice.is_engine

    @property
    def characters(self) -> int:
        return len(self.text)

    @property
    def label(self) -> str:
        return get_provider(self.voice.provider).label

    @property
    def price(self) -> Decimal | None:
        """Estimated US dollars; None where no price is known."""
        return get_provider(self.voice.provider).price(self.characters, self.model)


@dataclass(frozen=True)
class Hearing:
    """Whether a voice can be heard: at once (`is_ready`), for characters, or not (`problem`)."""

    sample: VoiceSample | None = None
    is_ready: bool = False
    problem: str = ""


def plan_sample(voice: Voice, language: str = "") -> VoiceSample:
    """What would be said, in the language asked for, else in the voice's own.

    Raises Invalid for what is no language, ProviderRefused for an unknown provider, and
    DomainError for a voice whose id cannot be a file name.
    """
    spoken, text = sentence_for(_tag(language) if language else own_language(voice))
    with in_words(voice.provider, NOTHING_KEPT):
        model = voice.default_model or get_provider(voice.provider).default_model
    said = [voice.provider_voice_id, text, model, sorted(voice.default_settings.items())]
    digest = hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]
    key = f"previews/{voice.provider}/{voice.provider_voice_id}/{spoken}-{digest}.mp3"
    try:
        check_name(voice.provider_voice_id)
        check_key(key)
    except BadName as error:
        raise DomainError(f"{voice} cannot be heard here. {error}") from error
    return VoiceSample(voice, spoken, text, model, key)


def _tag(language: str) -> str:
    try:
        return normal_tag(language)
    except BadTag as error:
        raise Invalid({"language": str(error)}) from error


def own_language(voice: Voice) -> str:
    """The first language that a provider lists; an engine lists all it knows, by name."""
    return FALLBACK if voice.is_engine or not voice.languages else str(voice.languages[0])


def is_made(sample: VoiceSample) -> bool:
    """Raises Unavailable."""
    with _in_reach():
        return get_place(PLACE).exists(sample.key)


def make(sample: VoiceSample) -> bool:
    """Render and keep it; False when it is there already. Two at once render twice and keep one.

    Raises ProviderRefused, NoRecording, Unavailable.
    """
    if is_made(sample):
        return False
    data = render(sample)
    with _in_reach():
        return get_place(PLACE).create(sample.key, data, asset_class=AssetClass.SYSTEM)


@contextmanager
def claimed(sample: VoiceSample) -> Iterator[None]:
    """Only one at a time buys a sample. Raises BeingMade, and Unavailable without the queue."""
    claim = f"preview:{hashlib.sha256(sample.key.encode()).hexdigest()}"
    try:
        if not cache.add(claim, "claimed", CLAIM_SECONDS):
            raise BeingMade("This sample is being made right now; listen again in a moment.")
    except RedisError as error:
        raise Unavailable(f"The queue cannot be reached, so nothing was bought: {error}") from error
    try:
        yield
    finally:
        with suppress(RedisError):  # the claim ends by itself, too
            cache.delete(claim)


def render(sample: VoiceSample) -> bytes:
    """The MP3, tagged. Raises ProviderRefused and NoRecording."""
    voice = sample.voice
    with in_words(voice.provider, NOTHING_KEPT):
        provider = get_provider(voice.provider)
        source_format = offered_format(OUTPUT_FORMAT, provider)
        recording = provider.speak(speech_for(sample, source_format))
    tags = Tags(title=sample.text, artist=voice.name)
    order = ExamineOptions(output_format=OUTPUT_FORMAT, tags=tags, source_format=source_format)
    try:
        return examine(recording.data, order).data
    except AudioError as error:
        raise NoRecording(
            f"{provider.label} answered, but not with a recording: {error} {NOTHING_KEPT}"
        ) from error


def speech_for(sample: VoiceSample, output_format: str) -> Speech:
    return Speech(
        text=sample.text,
        voice_id=sample.voice.provider_voice_id,
        language=sample.language,
        model=sample.model,
        output_format=output_format,
        settings=default_settings(sample.voice),
    )


def default_settings(voice: Voice) -> Settings:
    """The voice's own settings; of a range its middle."""
    known = {field.name for field in fields(Settings)}
    chosen = {name: _middle(value) for name, value in voice.default_settings.items()}
    return Settings(**{name: value for name, value in chosen.items() if name in known})


def hearings(voices: Iterable[Voice], language: str = "") -> dict[int, Hearing]:
    """By primary key of the voice. Asks the place, many at once, for what would cost something."""
    found = {voice.pk: _planned(voice, language) for voice in voices}
    asked = {
        pk: hearing.sample
        for pk, hearing in found.items()
        if hearing.sample and not hearing.sample.is_free
    }
    with ThreadPoolExecutor(LOOKUP_THREADS) as pool:
        answers = dict(zip(asked, pool.map(_looked_up, asked.values()), strict=True))
    return found | answers


def _planned(voice: Voice, language: str) -> Hearing:
    if voice.gone_at:
        return Hearing(problem=f"{voice.provider} no longer offers this voice.")
    try:
        sample = plan_sample(voice, language)
    except DomainError as error:
        return Hearing(problem=str(error))
    return Hearing(sample, is_ready=sample.is_free)


def _looked_up(sample: VoiceSample) -> Hearing:
    try:
        return Hearing(sample, is_ready=is_made(sample))
    except Unavailable as error:
        return Hearing(problem=str(error))


def _middle(value: Any) -> Any:
    return sum(value) / len(value) if isinstance(value, list) and value else value


@contextmanager
def _in_reach() -> Iterator[None]:
    try:
        yield
    except StorageError as error:
        raise Unavailable(str(error)) from error
