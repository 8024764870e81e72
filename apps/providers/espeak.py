"""The offline provider: eSpeak NG from a wheel, without key, network or cost."""

import ctypes
import hashlib
import io
import os
import platform
import threading
import wave
from _ctypes import dlclose
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import ClassVar

import espeakng_loader
import numpy

from apps.providers.base import (
    Account,
    ModelInfo,
    ProviderError,
    Recording,
    Speech,
    VoiceInfo,
    validate,
)

SAMPLE_RATE = 22_050
# Voices that listeners distinguish easily come first in every list.
WELL_SEPARATED = ("Annie", "Michael", "anika", "f2", "grandpa", "klatt2")
# Tags that the engine's own names lack: retired codes, regions, written standards.
ALIASES = {
    "iw": "he",
    "in": "id",
    "nn": "nb",
    "en-ca": "en-us",
    "es-es": "es",
    "zh-hk": "yue",
    "zh-mo": "yue",
}
# Priority of a language file without a priority (eSpeak NG, docs/voices.md).
DEFAULT_PRIORITY = 5
# Control characters change the voice in the middle of a text (U+0001) or end it (U+0000).
CONTROLS = dict.fromkeys((*range(32), *range(127, 160)), " ")

# Values of speak_lib.h.
SYNCHRONOUS, DONT_EXIT = 2, 0x8000
RATE, PITCH, RANGE = 1, 3, 4
CHARS_UTF8 = 1  # neither SSML (0x10) nor phonemes in brackets (0x100): text stays text
ON_SAMPLES = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)

# The library keeps its state in C globals: a process speaks one text at a time. A fork waits
# for the end of the text, or the child would inherit the library in the middle of a sentence.
_one_at_a_time = threading.Lock()
os.register_at_fork(
    before=_one_at_a_time.acquire,
    after_in_parent=_one_at_a_time.release,
    after_in_child=_one_at_a_time.release,
)


@dataclass(frozen=True)
class SpeechParameters:
    """Parameters that vary by take: words per minute, pitch and its range (0-100), linear gain."""

    rate: int
    pitch: int
    range: int
    gain: float
    noise_seed: int


class Espeak:
    """Every variant of eSpeak NG is a voice, and speaks any language that eSpeak NG knows."""

    name: ClassVar[str] = "espeak"
    label: ClassVar[str] = "eSpeak NG"
    notice: ClassVar[str] = ""
    needs_key: ClassVar[bool] = False
    can_clone: ClassVar[bool] = False
    default_model: ClassVar[str] = "espeak-ng"
    max_characters: ClassVar[int] = 10_000
    models: ClassVar[Mapping[str, ModelInfo]] = {
        "espeak-ng": ModelInfo("espeak-ng", "eSpeak NG", (), max_characters, 0.0)
    }
    output_formats: ClassVar[tuple[str, ...]] = ("wav_22050",)
    ranges: ClassVar[Mapping[str, tuple[float, float]]] = {
        "stability": (0.0, 1.0),
        "speed": (0.5, 2.0),
    }
    switches: ClassVar[frozenset[str]] = frozenset()
    pausing_models: ClassVar[frozenset[str]] = frozenset()
    default_concurrency: ClassVar[int] = 4

    @property
    def account_key(self) -> str:
        """One account per machine, as the machine's processor is the limit."""
        return f"{self.name}:{platform.node()}"

    def speak(self, speech: Speech) -> Recording:
        """The same request gives the same bytes, in any process. WAV, mono, 16 bit, 22,050 Hz."""
        validate(speech, self)
        if speech.voice_id not in _variants():
            raise ProviderError(
                f"eSpeak NG has no voice “{speech.voice_id}”.", code="voice_not_found"
            )
        voice = f"{_language_file(speech.language)}+{speech.voice_id}"
        parameters = _parameters(speech)
        samples = _synthesize(speech.text.translate(CONTROLS), voice, parameters)
        if not samples.strip(b"\0"):
            raise ProviderError("eSpeak NG found nothing to speak in this text.", code="silent")
        return Recording(
            data=_as_wav(samples, parameters.gain),
            media_type="audio/wav",
            model=speech.model,
            characters=len(speech.text),
            character_cost=0,
        )

    def voices(self) -> Iterator[VoiceInfo]:
        languages = tuple(sorted(_languages()))
        for variant in _variants():
            yield VoiceInfo(
                id=variant, name=variant, languages=languages, category="engine", is_engine=True
            )

    def account(self) -> Account | None:
        return None

    def check_key(self) -> str:
        return "eSpeak NG runs on this machine and needs no key."

    def list_models(self) -> tuple[ModelInfo, ...]:
        return tuple(self.models.values())

    def price(self, characters: int, model: str) -> Decimal | None:
        """Zero: the engine runs on this machine."""
        return Decimal(0)

    def close(self) -> None:
        """Nothing to close: no connection is open between two texts."""


def _parameters(speech: Speech) -> SpeechParameters:
    """Drawn from the request alone. Stability 1 means no variation, 0.5 is the default."""
    settings = speech.settings
    asked = (speech.text, speech.voice_id, sorted(settings.chosen().items()), speech.seed)
    digest = hashlib.sha256(repr(asked).encode()).digest()
    draws = [int.from_bytes(digest[at : at + 8]) / 2**63 - 1 for at in (0, 8, 16, 24)]
    liveliness = 1 - (0.5 if settings.stability is None else settings.stability)
    rate, pitch, span, loud = (draw * liveliness for draw in draws)
    return SpeechParameters(
        rate=round(175 * (settings.speed or 1) * (1 + 0.15 * rate)),
        pitch=round(50 + 20 * pitch),
        range=round(50 + 40 * span),
        gain=0.9 + 0.1 * loud,
        noise_seed=int.from_bytes(digest[:4]) >> 1,
    )


def _synthesize(text: str, voice: str, parameters: SpeechParameters) -> bytes:
    """Samples, 16 bit in native byte order. Raises ProviderError with the engine's error code."""
    with _one_at_a_time:
        # Loaded for each text, as only unloading clears the state of the previous text.
        library = ctypes.CDLL(espeakng_loader.get_library_path())
        try:
            return _run(library, text.encode(), voice.encode(), parameters)
        finally:
            dlclose(library._handle)


def _run(library: ctypes.CDLL, text: bytes, voice: bytes, parameters: SpeechParameters) -> bytes:
    pieces: list[bytes] = []

    def keep(samples: object, count: int, _events: object) -> int:
        if samples and count > 0:
            pieces.append(ctypes.string_at(samples, count * 2))  # type: ignore[arg-type]
        return 0

    callback = ON_SAMPLES(keep)
    data = espeakng_loader.get_data_path().encode()
    _succeed("start", library.espeak_Initialize(SYNCHRONOUS, 0, data, DONT_EXIT) - SAMPLE_RATE)
    library.espeak_ng_SetRandSeed(ctypes.c_long(parameters.noise_seed))
    library.espeak_SetSynthCallback(callback)
    _succeed("load the voice", library.espeak_SetVoiceByName(voice))
    for parameter, value in (
        (RATE, parameters.rate),
        (PITCH, parameters.pitch),
        (RANGE, parameters.range),
    ):
        library.espeak_SetParameter(parameter, value, 0)
    size = ctypes.c_size_t(len(text) + 1)
    _succeed("speak", library.espeak_Synth(text, size, 0, 1, 0, CHARS_UTF8, None, None))
    library.espeak_Terminate()
    return b"".join(pieces)


def _succeed(step: str, status: int) -> None:
    if status:
        raise ProviderError(f"eSpeak NG could not {step} (status {status}).", code=str(status))


def _as_wav(samples: bytes, gain: float) -> bytes:
    """The samples as WAV. `gain` is linear, at most 1."""
    louder = numpy.frombuffer(samples, numpy.int16) * gain
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
        writer.writeframes(louder.round().astype("<i2").tobytes())
    return file.getvalue()


@cache
def _variants() -> tuple[str, ...]:
    """The names of the variant files: the engine accepts unknown variants without an error."""
    folder = Path(espeakng_loader.get_data_path()) / "voices" / "!v"
    names = {path.name for path in folder.iterdir() if path.is_file()}
    first = [name for name in WELL_SEPARATED if name in names]
    return (*first, *sorted(names - set(first)))


def _language_file(tag: str) -> str:
    """The engine's file for a BCP-47 tag, or for its nearest wider language.

    Raises ProviderError when the engine does not know the language at all.
    """
    wanted = tag.lower()
    known = _languages()
    while wanted:
        wanted = ALIASES.get(wanted, wanted)
        if wanted in known:
            return known[wanted]
        if wanted.startswith("es-"):  # es-ES has its alias, every other region is American
            return known["es-419"]
        wanted = wanted.rpartition("-")[0]
    raise ProviderError(
        f"eSpeak NG does not speak “{tag}”; choose another voice for this language.",
        code="language_not_found",
    )


@cache
def _languages() -> Mapping[str, str]:
    """Language tag in lower case -> name of the best file for it."""
    data = Path(espeakng_loader.get_data_path())
    best: dict[str, tuple[int, int, str]] = {}
    for path in (data / "lang").rglob("*"):
        tags, dictionary = _read_language(path) if path.is_file() else ({}, "")
        if not (data / f"{dictionary}_dict").is_file():
            continue
        for tag, priority in tags.items():
            candidate = (priority, len(path.name), path.name)
            best[tag] = min(best.get(tag, candidate), candidate)
    return {tag: name for tag, (_, _, name) in best.items()}


def _read_language(path: Path) -> tuple[dict[str, int], str]:
    """The tags of a language file with priorities (1 is best), and its dictionary's name."""
    tags = {path.name.lower(): DEFAULT_PRIORITY}
    dictionary = ""
    for line in path.read_text(encoding="latin-1").splitlines():
        match line.split():
            case ["language", tag, *priority]:
                tags[tag.lower()] = int(priority[0]) if priority else DEFAULT_PRIORITY
                dictionary = dictionary or tag.partition("-")[0]
            case ["dictionary", name, *_]:
                dictionary = name
    return tags, dictionary
