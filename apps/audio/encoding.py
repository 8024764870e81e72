"""Encodes a Sound as MP3."""

import io
from typing import Any

import av
import numpy as np
import soxr

from apps.audio.sound import Samples, Sound, require_samples

AMPLE_KBPS = 96
"""kbps per channel from which LAME's noise shaping gains nothing on speech: at 128 kbps the noise
lies 44 to 47 dB below the speech at level 3 (the default) and at level 7, which takes two thirds
of the time. Below this bit rate, shaping moves the noise to masked frequencies."""

LAME_GAIN = {192: 0.97, 224: 0.98, 256: 1.0, 320: 1.0}
LAME_GAIN_BELOW = 0.95
"""Linear, by kbps: LAME attenuates its input (`abr_switch_map` in its presets). The encoder undoes
this, or a recording would lose 0.45 dB with every edit, and hide clipping below full scale."""

SHORTEST = 2
"""Packets that a decoder needs to recognise a file as MP3."""

LAYOUTS = {1: "mono", 2: "stereo"}


def encode_mp3(sound: Sound, *, rate: int, kbps: int) -> bytes:
    """Encode at a constant bit rate (`kbps`) and `rate` Hz, resampled where it differs.

    The info frame with the encoder's delay is written, so that a decoder returns exactly as many
    samples as were encoded; only clips of less than 1152 samples become a little longer. Values
    beyond full scale are clipped, as in every player. Raises `NotAudio` when resampling leaves
    no sample.
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
    """The packets without a last packet of padding only.

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
