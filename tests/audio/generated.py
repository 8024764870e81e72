"""Generates sounds by formula, so that tests know the values to be measured."""

import io
import struct
import wave

import numpy as np

from apps.audio.containers.mpeg import walk
from apps.audio.encoding import encode_mp3
from apps.audio.sound import Samples, Sound


def sine(
    seconds: float,
    *,
    dbfs: float = -12.0,
    hertz: float = 1000.0,
    rate: int = 44100,
    channels: int = 1,
    phase: float = 0.0,
) -> Sound:
    """A tone whose peak is `dbfs`; the phase is in degrees."""
    time = np.arange(round(seconds * rate)) / rate
    wave_ = 10 ** (dbfs / 20) * np.sin(2 * np.pi * hertz * time + np.radians(phase))
    return Sound(np.repeat(wave_[:, None], channels, axis=1).astype(np.float32), rate)


def silence(seconds: float, *, rate: int = 44100, channels: int = 1) -> Sound:
    return Sound(np.zeros((round(seconds * rate), channels), np.float32), rate)


def chatter(seconds: float, *, rate: int = 44100, channels: int = 1, seed: int = 1) -> Sound:
    """Noise in syllables: as variable as speech, at about −20 LUFS."""
    draw = np.random.default_rng(seed)
    frames = round(seconds * rate)
    noise = draw.standard_normal((frames + 8, channels))
    colour = sum(noise[shift : shift + frames] for shift in range(8)) / 8
    syllables = 0.55 + 0.45 * np.sin(2 * np.pi * 4 * np.arange(frames) / rate)
    return Sound((colour * syllables[:, None] * 0.4).clip(-0.9, 0.9).astype(np.float32), rate)


def joined(*sounds: Sound) -> Sound:
    return Sound(np.concatenate([sound.samples for sound in sounds]), sounds[0].rate)


def of(samples: Samples | list[float], rate: int = 8000) -> Sound:
    """A mono sound of exactly these samples."""
    return Sound(np.asarray(samples, np.float32).reshape(-1, 1), rate)


def as_wav(sound: Sound) -> bytes:
    """16-bit PCM, written by the standard library."""
    target = io.BytesIO()
    with wave.open(target, "wb") as writer:
        writer.setnchannels(sound.channels)
        writer.setsampwidth(2)
        writer.setframerate(sound.rate)
        writer.writeframes(as_pcm(sound))
    return target.getvalue()


def as_pcm(sound: Sound) -> bytes:
    return np.rint(sound.samples * 32767).astype("<i2").tobytes()


def riff(tag: int, bits: int, rate: int, channels: int, content: bytes) -> bytes:
    """A WAV of any encoding, with a fact chunk of odd length before the data."""
    block = bits // 8 * channels
    layout = struct.pack("<HHIIHH", tag, channels, rate, rate * block, block, bits)
    chunks = chunk(b"fmt ", layout) + chunk(b"fact", b"odd") + chunk(b"data", content)
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def as_mp3(sound: Sound, *, kbps: int = 128) -> bytes:
    return encode_mp3(sound, rate=sound.rate, kbps=kbps)


def without_info_frame(data: bytes) -> bytes:
    """The MP3 without its info frame, as a streaming encoder writes it."""
    return data[walk(data).first.length :]
