"""Finds the frames of an MP3 without decoding them.

Decoders skip damage, complete half a frame and accept noise as a recording. A paid file should
have the length that it announces, so this module walks the frame headers. Layout of the
header: ISO/IEC 11172-3 §2.4.1.3 and 13818-3; of the info frame: the "Xing" and "LAME" tags.
"""

from dataclasses import dataclass
from functools import lru_cache

from apps.audio.errors import NotAudio

RATES = {
    3: (44100, 48000, 32000),  # MPEG-1
    2: (22050, 24000, 16000),  # MPEG-2
    0: (11025, 12000, 8000),  # MPEG-2.5
}
"""Hz by version bits of the header."""

KBPS_MPEG_1 = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
KBPS_MPEG_2 = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)

HEADER = 4
LAYER_3 = 1
MONO = 3
ID3V1 = 128
APE_FOOTER = 32


@dataclass(frozen=True)
class Frame:
    """One frame header. Lengths in bytes, `rate` in Hz, `samples` per channel."""

    length: int
    rate: int
    samples: int
    channels: int

    def fits(self, other: "Frame") -> bool:
        """Whether both frames have one format, as all frames of a recording must."""
        return (self.rate, self.channels) == (other.rate, other.channels)


@dataclass(frozen=True)
class Frames:
    """The run of whole frames in an MP3: `data[start:end]`, the info frame included.

    `is_announced` says that an info frame gives the length; without an info frame a file that
    was cut exactly between two frames looks like a whole file.
    """

    start: int
    end: int
    count: int
    first: Frame
    is_announced: bool
    is_cut: bool


@lru_cache(maxsize=4096)
def _parse(sync: int, coding: int, mode: int) -> Frame | None:
    """The frame of a header's second, third and fourth byte; None for other bytes."""
    version, layer = sync >> 3 & 3, sync >> 1 & 3
    index, pick = coding >> 4, coding >> 2 & 3
    if sync < 0xE0 or version not in RATES or layer != LAYER_3 or index in (0, 15) or pick == 3:
        return None
    rate = RATES[version][pick]
    kbps = (KBPS_MPEG_1 if version == 3 else KBPS_MPEG_2)[index - 1]
    samples = 1152 if version == 3 else 576
    length = samples // 8 * kbps * 1000 // rate + (coding >> 1 & 1)
    return Frame(length, rate, samples, 1 if mode >> 6 == MONO else 2)


def _frame_at(data: bytes, position: int) -> Frame | None:
    if data[position] != 0xFF:
        return None
    return _parse(data[position + 1], data[position + 2], data[position + 3])


def kbps_for(rate: int) -> tuple[int, ...]:
    """The bit rates an MP3 of this sample rate (Hz) can have; empty for any other rate.

    Encoders hold MPEG-2.5 (12 kHz and below) to 64 kbps.
    """
    if rate in RATES[3]:
        return KBPS_MPEG_1
    if rate in RATES[2]:
        return KBPS_MPEG_2
    return KBPS_MPEG_2[:8] if rate in RATES[0] else ()


def bounds(data: bytes) -> tuple[int, int]:
    """First byte after the leading tags, and one past the last byte before the trailing ones."""
    start, end = 0, len(data)
    while data[start : start + 3] == b"ID3" and start + 10 <= len(data):
        start += _id3v2_length(data[start : start + 10])
    while (tag := _trailing_tag(data, end)) and end - tag >= start:
        end -= tag
    return start, end


def _id3v2_length(header: bytes) -> int:
    """Bytes of an ID3v2 tag: ten of header, the size (seven bits per byte), ten of a footer."""
    size = header[6] << 21 | header[7] << 14 | header[8] << 7 | header[9]
    return 10 + size + (10 if header[5] & 0x10 else 0)


def _trailing_tag(data: bytes, end: int) -> int:
    """Length of the ID3v1 or APE tag that ends at `end`; 0 when there is none."""
    if end >= ID3V1 and data[end - ID3V1 : end - ID3V1 + 3] == b"TAG":
        return ID3V1
    footer = data[max(0, end - APE_FOOTER) : end]
    if not footer.startswith(b"APETAGEX") or len(footer) < APE_FOOTER:
        return 0
    has_header = footer[23] & 0x80
    return int.from_bytes(footer[12:16], "little") + (APE_FOOTER if has_header else 0)


def is_mp3(data: bytes) -> bool:
    """Whether the data begin with an ID3 tag or two frames; raw samples do not."""
    start, end = bounds(data)
    first = _frame_at(data, start) if start + HEADER <= end else None
    if start or first is None:
        return start > 0
    second = _frame_at(data, first.length) if first.length + HEADER <= end else None
    return second is not None and second.fits(first)


def walk(data: bytes) -> Frames:
    """Follow the frames from the first to the last.

    Raises `NotAudio` when the bytes do not begin with a frame, or contain anything but
    frames, tags and zeros.
    """
    start, end = bounds(data)
    first = _frame_at(data, start) if start + HEADER <= end else None
    if first is None:
        raise NotAudio("This is not an MP3: it does not begin with an MP3 frame.")
    position, count = start, 0
    while position + HEADER <= end:
        frame = _frame_at(data, position)
        if frame is None or not frame.fits(first) or position + frame.length > end:
            break
        position += frame.length
        count += 1
    if not count:
        raise NotAudio("This is not an MP3: not one frame is whole.")
    is_half = _is_half_a_frame(data, position, end, first, count)
    announced = _announced(data, start, first)
    is_cut = is_half or _falls_short(announced, count, len(data) - start)
    return Frames(start, position, count, first, bool(announced[0]), is_cut)


def _is_half_a_frame(data: bytes, position: int, end: int, first: Frame, count: int) -> bool:
    """Whether the remaining bytes are the beginning of a frame; zeros are padding."""
    if position == end or not any(memoryview(data)[position:end]):
        return False
    if end - position < HEADER:
        return True
    frame = _frame_at(data, position)
    if frame is not None and frame.fits(first):
        return True
    seconds = count * first.samples / first.rate
    raise NotAudio(f"The MP3 is damaged after {seconds:.2f} s. Nothing was kept: render it again.")


def _announced(data: bytes, start: int, first: Frame) -> tuple[int, int]:
    """The numbers of frames and bytes that the info frame announces; 0 for a missing number."""
    side_info = {1152: (17, 32), 576: (9, 17)}[first.samples][first.channels - 1]
    tag = start + HEADER + side_info
    if data[tag : tag + 4] not in (b"Xing", b"Info"):
        return 0, 0
    flags = int.from_bytes(data[tag + 4 : tag + 8])
    frames = int.from_bytes(data[tag + 8 : tag + 12]) if flags & 1 else 0
    at = tag + (12 if flags & 1 else 8)
    return frames, int.from_bytes(data[at : at + 4]) if flags & 2 else 0


def _falls_short(announced: tuple[int, int], count: int, length: int) -> bool:
    """Whether the file is shorter than announced; some encoders count info frame and tags too."""
    return announced[0] > count or announced[1] > length
