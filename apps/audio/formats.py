"""Parses names of output formats in ElevenLabs' form: `mp3_44100_128`, `wav_22050`, `pcm_24000`."""

import re
from dataclasses import dataclass

from apps.audio.containers.mpeg import kbps_for
from apps.audio.errors import AudioError

NAME = re.compile(r"(mp3)_([0-9]{4,5})_([0-9]{1,3})|(wav|pcm)_([0-9]{4,5})")

KEPT_KBPS = 128
"""kbps of the MP3 that is made from a WAV or raw samples, if the sample rate allows it."""


class UnknownFormat(AudioError):
    """The name of an output format that is not known."""


@dataclass(frozen=True)
class OutputFormat:
    """The format of the request to a provider, and of the stored MP3.

    `codec` is mp3, wav or pcm (mono, 16 bits, no header). `rate` is in Hz. `kbps` is the bit rate
    of the stored MP3, for every codec.
    """

    codec: str
    rate: int
    kbps: int

    @property
    def name(self) -> str:
        """The name of the format; `parse_format` is the inverse."""
        raw = f"{self.codec}_{self.rate}"
        return f"{raw}_{self.kbps}" if self.codec == "mp3" else raw

    @property
    def extension(self) -> str:
        """The extension of the stored file, without a dot: takes are always MP3."""
        return "mp3"


def parse_format(name: str) -> OutputFormat:
    """Read a format's name; raises `UnknownFormat`, also for rates that an MP3 cannot have."""
    match = NAME.fullmatch(name)
    if match is None:
        raise _unknown(name)
    mp3, mp3_rate, mp3_kbps, raw, raw_rate = match.groups()
    rate = int(mp3_rate or raw_rate)
    allowed = kbps_for(rate)
    kbps = int(mp3_kbps) if mp3 else min(KEPT_KBPS, max(allowed, default=0))
    if kbps not in allowed:
        raise _unknown(name)
    return OutputFormat(mp3 or raw, rate, kbps)


def _unknown(name: str) -> UnknownFormat:
    return UnknownFormat(
        f"The output format “{name}” is not known. Use mp3_<Hz>_<kbps>, wav_<Hz> or pcm_<Hz> with "
        "a rate that an MP3 can have, for example mp3_44100_128."
    )
