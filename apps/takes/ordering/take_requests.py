"""TakeRequest: the unit of an order; `lines_by_voices` is one builder of TakeRequests."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.catalog.models import Line
from apps.voices.models import Voice

DEFAULT_FORMAT = "mp3_44100_128"


@dataclass(frozen=True, slots=True)
class TakeRequest:
    """The request for one take. `settings` holds values, or ranges `[low, high]`."""

    line: Line
    voice: Voice
    settings: Mapping[str, Any] = field(default_factory=dict)
    model: str = ""
    output_format: str = DEFAULT_FORMAT
    reason: str = ""


def lines_by_voices(
    lines: Iterable[Line],
    voices: Iterable[Voice],
    *,
    takes: int,
    settings: Mapping[str, Any],
    model: str = "",
    output_format: str = DEFAULT_FORMAT,
) -> list[TakeRequest]:
    """`takes` requests for every line with every voice; the voice's own settings fill gaps."""
    spoken = list(lines)
    requests = []
    for voice in voices:
        asked = {**voice.default_settings, **settings}
        speaks_with = model or voice.default_model
        requests += [
            TakeRequest(line, voice, asked, speaks_with, output_format)
            for line in spoken
            for _ in range(takes)
        ]
    return requests
