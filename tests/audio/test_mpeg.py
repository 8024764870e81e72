import struct

import pytest

from apps.audio.containers.mpeg import bounds, is_mp3, kbps_for, walk
from apps.audio.errors import NotAudio
from tests.audio.generated import as_mp3, as_wav, chatter, sine, without_info_frame

MP3 = as_mp3(chatter(1.0))
BARE = without_info_frame(MP3)
ID3V1 = b"TAG" + b"\0" * 125


def id3v2(content: bytes, *, footer: bool = False) -> bytes:
    size = len(content)
    seven_bits = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    end = b"3DI\x04\0\x10" + seven_bits if footer else b""
    return b"ID3\x04\0" + (b"\x10" if footer else b"\0") + seven_bits + content + end


def ape(content: bytes, *, header: bool) -> bytes:
    flags = 0x80000000 if header else 0
    footer = b"APETAGEX" + struct.pack("<IIII", 2000, len(content) + 32, 1, flags) + b"\0" * 8
    return (footer if header else b"") + content + footer


@pytest.mark.parametrize(
    ("rate", "most"), [(44100, 320), (22050, 160), (11025, 64), (96000, None), (0, None)]
)
def test_the_version_that_a_rate_belongs_to_limits_the_bit_rate(rate, most):
    assert max(kbps_for(rate), default=None) == most


@pytest.mark.parametrize("data", [MP3, BARE, MP3[:900], id3v2(b"") + MP3, id3v2(b"") + b"junk"])
def test_an_mp3_is_known_by_its_start(data):
    assert is_mp3(data)


@pytest.mark.parametrize(
    "data", [b"", b"\xff", MP3[:417], MP3[:420], b"\xff" * 900, as_wav(sine(0.1))]
)
def test_raw_samples_do_not_start_like_an_mp3(data):
    assert not is_mp3(data)


def test_all_frames_are_found():
    frames = walk(MP3)
    assert (frames.start, frames.end) == (0, len(MP3))
    assert (frames.first.rate, frames.first.channels, frames.first.samples) == (44100, 1, 1152)
    assert frames.is_announced and not frames.is_cut


@pytest.mark.parametrize("rate", [8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000])
@pytest.mark.parametrize("channels", [1, 2])
def test_every_rate_is_walked_to_its_end(rate, channels):
    data = as_mp3(chatter(0.5, rate=rate, channels=channels), kbps=64)
    frames = walk(data)
    assert frames.end == len(data)
    assert (frames.first.rate, frames.first.channels) == (rate, channels)
    assert frames.is_announced and not frames.is_cut


@pytest.mark.parametrize(
    "before", [b"", id3v2(b"x" * 300), id3v2(b"y" * 20000, footer=True), id3v2(b"") * 2]
)
@pytest.mark.parametrize(
    "after", [b"", ID3V1, ape(b"z" * 99, header=False), ape(b"z" * 99, header=True) + ID3V1]
)
def test_tags_are_no_audio(before, after):
    data = before + MP3 + after
    assert bounds(data) == (len(before), len(before) + len(MP3))
    frames = walk(data)
    assert data[frames.start : frames.end] == MP3
    assert not frames.is_cut


def test_zeros_at_the_end_are_padding():
    frames = walk(MP3 + b"\0" * 1000)
    assert frames.end == len(MP3)
    assert not frames.is_cut


@pytest.mark.parametrize("missing", [1, 2, 100, 416, 417, 418, 2000])
def test_what_the_info_frame_announces_must_be_there(missing):
    assert walk(MP3[:-missing]).is_cut


@pytest.mark.parametrize("missing", [1, 100, 414, 416])
def test_half_a_frame_at_the_end_is_noticed_without_an_info_frame(missing):
    frames = walk(BARE)
    assert not frames.is_announced and not frames.is_cut
    assert walk(BARE[:-missing]).is_cut


@pytest.mark.parametrize("junk", [b"<html>error</html>", b"\xff\xfb", MP3[:50]])
def test_what_follows_the_frames_is_damage(junk):
    with pytest.raises(NotAudio, match=r"damaged after 0\.\d\d s"):
        walk(BARE[:8000] + junk + BARE[8000:])


def test_the_format_may_not_change_in_the_middle():
    with pytest.raises(NotAudio, match="damaged"):
        walk(BARE + without_info_frame(as_mp3(chatter(0.5, channels=2))))


@pytest.mark.parametrize("data", [b"", b"\xff", b"ID3", id3v2(b"x" * 50), ID3V1, MP3[:300]])
def test_no_frame_is_no_mp3(data):
    with pytest.raises(NotAudio, match="not an MP3"):
        walk(data)
