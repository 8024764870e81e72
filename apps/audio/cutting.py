"""Cuts a part out of a sound, exact to the sample."""

import numpy as np

from apps.audio.errors import BadCut
from apps.audio.sound import Samples, Sound

FADE = 0.005
"""Seconds. A cut through a wave is audible as a click; a fade of 5 ms hides the click and is too
short to be audible itself."""


def cut(sound: Sound, start: float, end: float) -> Sound:
    """The part from `start` up to but not including `end`, in seconds, rounded to the sample.

    The part fades in or out over `FADE` at each end that was cut; an end of the whole sound
    stays unchanged. Raises `BadCut` when `start` and `end` do not lie in the sound.
    """
    first, last = round(start * sound.rate), round(end * sound.rate)
    length = len(sound.samples)
    if not 0 <= first < last <= length:
        raise BadCut(
            f"Nothing can be cut from {start:g} to {end:g} s: the recording lasts "
            f"{sound.duration:g} s. It was left as it is."
        )
    samples = sound.samples[first:last].copy()
    ramp = _ramp(min(round(FADE * sound.rate), len(samples) // 2))
    if first:
        samples[: len(ramp)] *= ramp
    if last < length:
        samples[len(samples) - len(ramp) :] *= ramp[::-1]
    return Sound(samples, sound.rate)


def _ramp(length: int) -> Samples:
    """From silence to just under full loudness, one column; linear."""
    return np.linspace(0, 1, length, endpoint=False, dtype=np.float32).reshape(-1, 1)
