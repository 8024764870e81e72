import numpy as np
import pytest

from apps.audio.decoding import decode, decode_pcm
from apps.audio.errors import NotAudio, TooLong
from apps.audio.sound import Sound
from tests.audio.generated import (
    as_mp3,
    as_pcm,
    as_wav,
    chatter,
    chunk,
    riff,
    silence,
    sine,
    without_info_frame,
)

CHATTER = chatter(1.5)


@pytest.mark.parametrize("channels", [1, 2])
def test_mp3_decodes_to_what_went_in(channels):
    before = chatter(1.5, channels=channels)
    after = decode(as_mp3(before, kbps=192))
    assert after.samples.shape == before.samples.shape
    assert after.samples.dtype == np.float32 and after.samples.flags.c_contiguous
    assert (after.rate, after.channels, after.duration) == (44100, channels, 1.5)
    assert after.declared_duration == pytest.approx(1.5, abs=1e-6)
    assert not after.is_truncated
    tone = sine(1.0, channels=channels)
    assert np.abs(decode(as_mp3(tone)).samples - tone.samples).max() < 0.01


@pytest.mark.parametrize(("encoded", "error"), [(as_wav, 1e-4), (as_mp3, 0.1)])
def test_left_stays_left(encoded, error):
    both = np.concatenate([sine(1.0, hertz=400).samples, sine(1.0, hertz=900).samples], axis=1)
    decoded = decode(encoded(Sound(both, 44100)))
    assert np.abs(decoded.samples - both).max() < error


def test_a_stream_without_info_frame_declares_nothing():
    sound = decode(without_info_frame(as_mp3(CHATTER)))
    assert sound.declared_duration is None
    assert not sound.is_truncated
    assert sound.duration == pytest.approx(1.5, abs=0.06)


@pytest.mark.parametrize("keep", [0.2, 0.5, 0.9, 0.99])
def test_a_truncated_mp3_is_shorter_than_it_declares(keep):
    data = as_mp3(CHATTER)
    sound = decode(data[: int(len(data) * keep)])
    assert sound.is_truncated
    assert sound.declared_duration == pytest.approx(1.5, abs=1e-6)
    assert sound.duration < 1.5


@pytest.mark.parametrize("lost", [1, 100])
def test_a_few_lost_bytes_are_noticed_though_a_decoder_fills_them_up(lost):
    assert decode(as_mp3(CHATTER)[:-lost]).is_truncated


def test_wav_is_read_bit_by_bit():
    sound = decode(as_wav(CHATTER))
    assert np.abs(sound.samples - CHATTER.samples).max() < 1 / 16384
    assert (sound.duration, sound.declared_duration, sound.is_truncated) == (1.5, 1.5, False)


EDGES = np.array([-1.0, -0.5, 0.0, 0.25, 0.5])


def wide(bits: int) -> bytes:
    values = (EDGES * 2 ** (bits - 1)).astype("<i8")
    return b"".join(int(value).to_bytes(bits // 8, "little", signed=True) for value in values)


@pytest.mark.parametrize(
    ("tag", "bits", "content"),
    [
        (1, 8, (EDGES * 128 + 128).astype("u1").tobytes()),
        (1, 16, wide(16)),
        (1, 24, wide(24)),
        (1, 32, wide(32)),
        (3, 32, EDGES.astype("<f4").tobytes()),
        (3, 64, EDGES.astype("<f8").tobytes()),
    ],
)
def test_every_width_of_wav_has_the_same_scale(tag, bits, content):
    sound = decode(riff(tag, bits, 8000, 1, content))
    assert sound.samples[:, 0].tolist() == EDGES.tolist()


def test_an_extensible_header_names_its_encoding_further_down():
    plain = riff(1, 16, 8000, 1, wide(16))
    layout = b"\xfe\xff" + plain[22:36] + b"\x16\0" + b"\x10\0\4\0\0\0" + b"\x01\0" + b"\0" * 14
    data = b"RIFF\0\0\0\0WAVE" + chunk(b"fmt ", layout) + chunk(b"data", wide(16))
    assert decode(data).samples[:, 0].tolist() == EDGES.tolist()


def test_a_truncated_wav_is_shorter_than_it_declares():
    data = as_wav(CHATTER)
    sound = decode(data[: len(data) // 2 + 1])
    assert sound.is_truncated and sound.declared_duration == 1.5
    assert sound.duration == pytest.approx(0.75, abs=0.001)


@pytest.mark.parametrize("length", [b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x00\xf0\xff\x7f"])
def test_a_wav_written_into_a_pipe_does_not_know_its_length(length):
    data = as_wav(CHATTER)
    sound = decode(data[:40] + length + data[44:])
    assert (sound.duration, sound.declared_duration, sound.is_truncated) == (1.5, None, False)


def test_raw_samples_take_their_rate_from_the_caller():
    sound = decode_pcm(as_pcm(CHATTER) + b"\0", 22050)
    assert (sound.duration, sound.rate, sound.channels) == (3.0, 22050, 1)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"<!doctype html>\n<html><body>Bad gateway</body></html>", "Bad gateway"),
        (b'{"detail": {"status": "quota_exceeded"}}', "quota_exceeded"),
        (b"\xef\xbb\xbf\n{}", "text"),
        ("Größe überschritten".encode(), "Größe überschritten"),
        (("x" + "é" * 500).encode(), "text"),
        (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "text"),
        (b"\0" * 5000, "not an MP3"),
        (np.random.default_rng(1).bytes(100_000), "not an MP3"),
        (b"OggS" + b"\0" * 100, "not an MP3"),
        (b"RIFF\0\0\0\0WAVE", "no sound"),
        (riff(1, 16, 8000, 1, b""), "not one sample"),
        (riff(0x55, 16, 8000, 1, b"\0" * 10), "encoding 85"),
        (riff(1, 16, 8000, 6, b"\0" * 24), "6 channels"),
        (riff(1, 16, 3, 1, b"\0" * 24), "3 Hz"),
        (riff(3, 32, 8000, 1, np.array([0, np.nan], "<f4").tobytes()), "not sound"),
        (riff(3, 64, 8000, 1, np.array([0, 1e300], "<f8").tobytes()), "not sound"),
        (as_mp3(silence(0.2))[:417], "MP3"),
    ],
)
def test_what_is_no_recording_is_refused_with_a_reason(data, reason):
    with pytest.raises(NotAudio, match=reason):
        decode(data)


@pytest.mark.parametrize("data", [b"", b'{"error": "no credits left"}', b"\xff"])
def test_text_is_not_taken_for_raw_samples(data):
    with pytest.raises(NotAudio):
        decode_pcm(data, 16000)


def test_quiet_raw_samples_are_not_taken_for_text():
    quiet = np.full(1000, 60, "<i2").tobytes()
    assert decode_pcm(quiet, 16000).duration == 0.0625


def test_more_than_an_hour_is_refused_before_it_is_decoded():
    minute = without_info_frame(as_mp3(silence(60.0, rate=8000), kbps=8))
    with pytest.raises(TooLong, match="61 minutes"):
        decode(minute * 61)
    hour = 3600 * 8000
    with pytest.raises(TooLong, match="60 minutes"):
        decode(riff(1, 8, 8000, 1, b"\x80" * (hour + 1)))
    with pytest.raises(TooLong):
        decode_pcm(bytes(2 * (hour + 1)), 8000)
