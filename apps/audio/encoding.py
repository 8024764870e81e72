"""Sound in, MP3 out."""

import io

import av
import numpy as np
import soxr

from apps.audio.sound import Samples, Sound

AMPLE_KBPS = 96
"""kbps from which LAME's noise shaping gains nothing: at 128 kbps speech has the same
signal-to-noise ratio at every quality level (26 dB), and level 7 takes two thirds of the time."""

LAYOUTS = {1: "mono", 2: "stereo"}


def encode_mp3(sound: Sound, *, rate: int, kbps: int) -> bytes:
    """Encode at a constant bit rate (`kbps`) and `rate` Hz, resampled where it differs.

    The info frame with the encoder's delay is written, so that a decoder returns exactly as many
    samples as went in. Values beyond full scale are clipped, as every player would.
    """
    planes = np.ascontiguousarray(_at_rate(sound, rate).clip(-1, 1).T)
    layout = LAYOUTS[sound.channels]
    quality = "7" if kbps >= AMPLE_KBPS * sound.channels else "3"
    frame = av.AudioFrame.from_ndarray(planes, format="fltp", layout=layout)
    frame.rate = rate
    target = io.BytesIO()
    with av.open(target, "w", format="mp3", options={"id3v2_version": "0"}) as container:
        options = {"compression_level": quality}
        stream = container.add_stream("libmp3lame", rate=rate, layout=layout, options=options)
        stream.bit_rate = kbps * 1000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return target.getvalue()


def _at_rate(sound: Sound, rate: int) -> Samples:
    if sound.rate == rate:
        return sound.samples
    return soxr.resample(sound.samples, sound.rate, rate)
