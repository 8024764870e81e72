"""Sound in memory: the value that the other modules of this package pass around."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from apps.audio.errors import NotAudio, TooLong

Samples = npt.NDArray[np.float32]

LONGEST = 3600.0
"""Seconds. One hour in stereo at 48 kHz is 1.4 GB of samples; a take lasts seconds."""

WILDEST = 64.0
"""Linear. 36 dB over full scale: no encoder writes that, only damaged or invented files do."""


@dataclass(frozen=True, eq=False)
class Sound:
    """Decoded audio.

    `samples` has the shape (frames, channels), one or two channels, 1.0 is full scale; a decoded
    MP3 may exceed it a little. `rate` is in Hz. `declared_duration` is the length in seconds that
    the file's header announces, None where it announces none. `is_truncated` says that the file
    ends before what it announces.
    """

    samples: Samples
    rate: int
    declared_duration: float | None = None
    is_truncated: bool = False

    @property
    def duration(self) -> float:
        """Decoded length in seconds."""
        return len(self.samples) / self.rate

    @property
    def channels(self) -> int:
        return int(self.samples.shape[1])


def require_short_enough(frames: int, rate: int) -> None:
    """Raise `TooLong` for more than `LONGEST` seconds; called before memory is taken."""
    if frames > LONGEST * rate:
        raise TooLong(
            f"The recording lasts {frames / rate / 60:.0f} minutes. Nothing was kept: at most "
            f"{LONGEST / 60:.0f} minutes are read. Split it and try again."
        )


def require_samples(samples: Samples) -> None:
    """Raise `NotAudio` for no samples at all, and for values that no sound card can play.

    One "not a number" would make every later measurement a "not a number", and crash the encoder.
    """
    if not len(samples):
        raise NotAudio("The file holds no sound: not one sample could be decoded. Render it again.")
    if not (samples.max() < WILDEST and samples.min() > -WILDEST):
        raise NotAudio("The file holds values that are not sound. Nothing was kept.")
