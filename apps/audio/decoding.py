"""Decodes bytes to a Sound; refuses bytes that are no recording, with a reason."""

import codecs
import io

import av
import numpy as np

from apps.audio.containers import mpeg
from apps.audio.containers.wav import is_wav, read_wav, scaled
from apps.audio.errors import NotAudio
from apps.audio.sound import Samples, Sound, require_samples, require_short_enough

QUOTED = 200
"""Bytes of an unexpected text that are quoted: enough for a provider's error message."""

UNREADABLE = "\0"


def decode(data: bytes) -> Sound:
    """Decode an MP3 or WAV completely, which proves that the bytes are a recording.

    The demuxer is named explicitly, as guessing would also accept playlists and references to
    other files. A truncated file is decoded to its end and has `is_truncated` set. Raises
    `NotAudio` and `TooLong`.
    """
    refuse_text(data)
    return read_wav(data) if is_wav(data) else _decode_mp3(data)


def decode_pcm(data: bytes, rate: int) -> Sound:
    """Headerless mono samples of 16 bits, low byte first, at `rate` Hz.

    Raises `NotAudio` for text and for no bytes, as all other bytes are valid samples, and
    `TooLong`.
    """
    refuse_text(data)
    require_short_enough(len(data) // 2, rate)
    samples = scaled(np.frombuffer(data, "<i2", len(data) // 2)).reshape(-1, 1)
    require_samples(samples)
    return Sound(samples, rate)


def refuse_text(data: bytes) -> None:
    """Raise `NotAudio` for no bytes, and for an error page or message, which is quoted."""
    if not data:
        raise NotAudio("The file is empty. Nothing was kept: render it again.")
    text = _as_text(data[:QUOTED])
    if text.isprintable():
        raise NotAudio(f"This is text, not a recording: “{text}”. Nothing was kept.")


def _as_text(data: bytes) -> str:
    """The bytes as one line of text, without a character that is cut at the end."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    try:
        return " ".join(decoder.decode(data).split())
    except UnicodeDecodeError:
        return UNREADABLE


def _decode_mp3(data: bytes) -> Sound:
    frames = mpeg.walk(data)
    rate = frames.first.rate
    require_short_enough(frames.count * frames.first.samples, rate)
    samples, declared = _mp3_samples(data[frames.start : frames.end])
    require_samples(samples)
    return Sound(samples, rate, declared if frames.is_announced else None, frames.is_cut)


def _mp3_samples(data: bytes) -> tuple[Samples, float | None]:
    """Samples of shape (frames, channels), and the container's length in seconds."""
    try:
        with av.open(io.BytesIO(data), "r", format="mp3") as container:
            planes = [frame.to_ndarray() for frame in container.decode(audio=0)]
            length = container.duration
    except av.FFmpegError as error:
        message = f"The MP3 cannot be decoded ({error.strerror}). Nothing was kept."
        raise NotAudio(message) from error
    if not planes:
        raise NotAudio("The MP3 holds no sound. Nothing was kept: render it again.")
    samples = np.ascontiguousarray(np.concatenate(planes, axis=1).T)
    return samples, length / av.time_base if length is not None else None
