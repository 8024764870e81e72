"""Computes the peaks of a recording, for drawing its waveform without decoding."""

from functools import reduce
from typing import TypedDict

import numpy as np
import numpy.typing as npt

from apps.audio.sound import Sound

FULL_SCALE = 128


class Peaks(TypedDict):
    """The JSON form, version 2, of BBC audiowaveform: `data` is min, max, min, max… for `length`
    pixels of `samples_per_pixel` samples."""

    version: int
    channels: int
    sample_rate: int
    samples_per_pixel: int
    bits: int
    length: int
    data: list[int]


def peaks(sound: Sound, *, pixels_per_second: int = 50) -> Peaks:
    """Lowest and highest value per pixel of the channels' mean, −128 to 127.

    The last pixel may cover fewer samples than the others.
    """
    per_pixel = max(1, sound.rate // pixels_per_second)
    low, high = _outline(reduce(np.add, sound.samples.T) / sound.channels, per_pixel)
    data = np.stack([low, high], axis=1) * FULL_SCALE
    whole = data.clip(-FULL_SCALE, FULL_SCALE - 1).astype(np.int8)
    return _document(whole.ravel().tolist(), sound.rate, per_pixel)


def packed(outline: Peaks) -> bytes:
    """The `data` of the peaks as signed bytes, for the database."""
    return np.array(outline["data"], np.int8).tobytes()


def unpacked(data: bytes | memoryview, *, sample_rate: int, samples_per_pixel: int) -> Peaks:
    """The peaks from packed `data`; the inverse of `packed`."""
    values = memoryview(data).cast("B").cast("b").tolist()
    return _document(values, sample_rate, samples_per_pixel)


def _document(data: list[int], sample_rate: int, samples_per_pixel: int) -> Peaks:
    return {
        "version": 2,
        "channels": 1,
        "sample_rate": sample_rate,
        "samples_per_pixel": samples_per_pixel,
        "bits": 8,
        "length": len(data) // 2,
        "data": data,
    }


def _outline(
    mono: npt.NDArray[np.float32], per_pixel: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    missing = -len(mono) % per_pixel
    rows = np.pad(mono, (0, missing), mode="edge").reshape(-1, per_pixel)
    return rows.min(axis=1), rows.max(axis=1)
