"""Makes recordings for the wire server: MP3 frames, encoded once, joined for each request.

LAME encodes the frames without a bit reservoir, so any order of them is a valid file, behind an
info frame that announces their number. WAV and raw samples are cut from the same sound. Equal
text and seed give equal bytes, others give others.
"""

import hashlib
import io
import random
import wave
from functools import cache

import av
import numpy

SAMPLES_PER_FRAME = 1152
FRAMES_PER_SYLLABLE = 6
SYLLABLES = 48
# Speech has about 15 characters a second.
SECONDS_PER_CHARACTER = 0.065
SHORTEST, LONGEST = 0.8, 12.0

KBPS = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
KBPS_LOW = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000)}


def body(output_format, text, seed, speed=1.0):
    """(media type, bytes) of a recording, deterministic in all arguments."""
    codec, _, quality = output_format.partition("_")
    draw = random.Random(hashlib.sha256(f"{text}\n{seed}".encode()).digest())
    seconds = min(max(len(text) * SECONDS_PER_CHARACTER / speed, SHORTEST), LONGEST)
    if codec == "mp3":
        rate, kbps = (int(number) for number in quality.split("_"))
        return "audio/mpeg", _mp3(rate, kbps, seconds, draw)
    samples = _samples(int(quality), seconds, draw)
    return ("audio/wav", _wav(samples, int(quality))) if codec == "wav" else ("audio/pcm", samples)


def lasting(seconds):
    """An MP3 of about so many seconds, and of 0.3 at least."""
    return _mp3(44100, 128, seconds, random.Random(0))


def _mp3(rate, kbps, seconds, draw):
    info, frames = _frames(rate, kbps)
    per_frame = SAMPLES_PER_FRAME if rate > 24000 else SAMPLES_PER_FRAME // 2
    count = round(seconds * rate / per_frame / FRAMES_PER_SYLLABLE)
    chosen = [frames[0], *(draw.choice(frames[1:]) for _ in range(count)), frames[0]]
    total = len(chosen) * FRAMES_PER_SYLLABLE
    sound = b"".join(chosen)
    return _announce(info, total, len(info) + len(sound)) + sound


def _announce(info, frames, size):
    """The info frame, with the number of frames and bytes of this file (Xing tag, flags 1 | 2)."""
    at = info.index(b"Info") + 8
    return info[:at] + frames.to_bytes(4) + size.to_bytes(4) + info[at + 8 :]


@cache
def _frames(rate, kbps):
    """(info frame, syllables); syllable 0 is silence."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp3") as container:
        options = {"reservoir": "0", "id3v2_version": "0"}
        stream = container.add_stream("libmp3lame", rate=rate, options=options)
        stream.bit_rate, stream.layout = kbps * 1000, "mono"
        sound = numpy.clip(_sound(rate) * 32767, -32768, 32767).astype("<i2")
        frame = av.AudioFrame.from_ndarray(sound.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = rate
        resampler = av.AudioResampler(format="s16p", layout="mono", rate=rate)
        for piece in (*resampler.resample(frame), *resampler.resample(None), None):
            container.mux(stream.encode(piece))
    return _syllables(file.getvalue())


def _syllables(data):
    frames = list(_split(data[data.index(b"\xff") :]))
    info, sound = frames[0], frames[1:]
    assert b"Info" in info
    whole = len(sound) // FRAMES_PER_SYLLABLE
    groups = [sound[at * FRAMES_PER_SYLLABLE :][:FRAMES_PER_SYLLABLE] for at in range(whole)]
    return info, tuple(b"".join(group) for group in groups)


def _split(data):
    """The frames of an MP3 without tags (ISO/IEC 11172-3 §2.4.1.3)."""
    at = 0
    while at + 4 <= len(data) and data[at] == 0xFF:
        version = data[at + 1] >> 3 & 3
        rate = RATES[version][data[at + 2] >> 2 & 3]
        kbps = (KBPS if version == 3 else KBPS_LOW)[data[at + 2] >> 4]
        size = (144 if version == 3 else 72) * kbps * 1000 // rate + (data[at + 2] >> 1 & 1)
        yield data[at : at + size]
        at += size


@cache
def _sound(rate):
    """One frame group of silence, then syllables of a voice-like tone: harmonics that fall off,
    another pitch and colour in each, peaking near -3 dBFS.
    """
    draw = random.Random(7)
    length = FRAMES_PER_SYLLABLE * (SAMPLES_PER_FRAME if rate > 24000 else SAMPLES_PER_FRAME // 2)
    time = numpy.arange(length) / rate
    envelope = numpy.sin(numpy.pi * numpy.linspace(0, 1, length)) ** 0.3
    parts = [numpy.zeros(length)]
    for _ in range(SYLLABLES):
        pitch, colour = draw.uniform(90, 260), draw.uniform(400, 1800)
        tone = sum(
            numpy.sin(2 * numpy.pi * pitch * n * time) / (1 + ((pitch * n - colour) / 500) ** 2)
            for n in range(1, 14)
        )
        parts.append(0.7 * envelope * tone / numpy.abs(tone).max())
    return numpy.concatenate(parts)


def _samples(rate, seconds, draw):
    start = draw.randrange(len(_sound(rate)))
    rolled = numpy.roll(_sound(rate), -start)
    repeated = numpy.resize(rolled, round(seconds * rate))
    return (repeated * 32767).astype("<i2").tobytes()


def _wav(samples, rate):
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, 2, rate, 0, "NONE", ""))
        writer.writeframes(samples)
    return file.getvalue()
