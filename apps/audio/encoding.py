"""Sound in, MP3 out."""

import io
from typing import Any

import av
import numpy as np
import soxr

from apps.audio.sound import Samples, Sound, require_samples

AMPLE_KBPS = 96
"""kbps per channel from which LAME's noise shaping gains nothing on speech: at 128 kbps the noise
lies 44 to 47 dB below it at level 3 (the default) and at level 7, which takes two thirds of the
time. Below, shaping moves the noise to where it is masked."""

LAME_GAIN = {192: 0.97, 224: 0.98, 256: 1.0, 320: 1.0}
LAME_GAIN_BELOW = 0.95
"""Linear, by kbps: LAME turns its input down (`abr_switch_map` in its presets). Undone here, or a
recording would lose 0.45 dB with every edit, and clipping would hide below full scale."""

SHORTEST = 2
"""Packets that a decoder wants to see before it takes a file for an MP3."""

LAYOUTS = {1: "mono", 2: "stereo"}


def encode_mp3(sound: Sound, *, rate: int, kbps: int) -> bytes:
    """Encode at a constant bit rate (`kbps`) and `rate` Hz, resampled where it differs.

    The info frame with the encoder's delay is written, so that a decoder returns exactly as many
    samples as went in; only clips of less than 1152 samples come back a little longer. Values
    beyond full scale are clipped, as every player would. Raises `NotAudio` for so few samples
    that none is left at the new rate.
    """
    samples = _at_rate(sound, rate)
    require_samples(samples)
    gain = LAME_GAIN.get(kbps, LAME_GAIN_BELOW)
    planes = np.ascontiguousarray((samples.clip(-1, 1) / np.float32(gain)).T)
    layout = LAYOUTS[sound.channels]
    quality = "7" if kbps >= AMPLE_KBPS * sound.channels else "3"
    frame = av.AudioFrame.from_ndarray(planes, format="fltp", layout=layout)
    frame.rate = rate
    target = io.BytesIO()
    with av.open(target, "w", format="mp3", options={"id3v2_version": "0"}) as container:
        options = {"compression_level": quality}
        stream = container.add_stream("libmp3lame", rate=rate, layout=layout, options=options)
        stream.format, stream.bit_rate = av.AudioFormat("fltp"), kbps * 1000
        container.mux(_without_empty_end([*stream.encode(frame), *stream.encode(None)]))
    return target.getvalue()


def _without_empty_end(packets: list["av.Packet[Any]"]) -> list["av.Packet[Any]"]:
    """The packets without a last one that is padding from its first sample.

    The muxer notes the padding of the last packet only. For one length in 25 the padding begins
    in the packet before, and the file would decode to as much as 46 samples too many.
    """
    if len(packets) > SHORTEST and packets[-2].has_sidedata("skip_samples"):
        return packets[:-1]
    return packets


def _at_rate(sound: Sound, rate: int) -> Samples:
    if sound.rate == rate:
        return sound.samples
    samples: Samples = soxr.resample(sound.samples, sound.rate, rate)
    return samples
