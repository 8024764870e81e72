"""Tags of an MP3, written and read in memory."""

import hashlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mutagen import MutagenError, id3

from apps.audio.containers import mpeg

UTF_16 = id3.Encoding.UTF16
"""The only Unicode encoding of ID3v2.3, the version that every player reads."""

FRAMES: dict[str, type[id3.TextFrame]] = {
    "title": id3.TIT2,
    "artist": id3.TPE1,
    "album": id3.TALB,
    "genre": id3.TCON,
    "copyright": id3.TCOP,
}


@dataclass(frozen=True)
class Tags:
    """Texts of an MP3. `extra` becomes one TXXX frame per key; keys keep their case.

    Empty values are not written. A NUL ends a text in ID3, so it is left out.
    """

    title: str = ""
    artist: str = ""
    album: str = ""
    genre: str = ""
    comment: str = ""
    copyright: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)


def tag_mp3(data: bytes, tags: Tags) -> bytes:
    """The MP3 with exactly these tags (ID3v2.3) in place of all it had.

    The audio frames are copied byte by byte. Raises `NotAudio`.
    """
    audio = _audio(data)
    written = id3.ID3()
    for frame in _frames(tags):
        written.add(frame)
    if not written:
        return bytes(audio)
    target = io.BytesIO()
    written.save(target, v1=0, v2_version=3, padding=lambda _: 0)
    return target.getvalue() + audio


def add_texts(data: bytes, texts: Mapping[str, str]) -> bytes:
    """The MP3 with these TXXX frames beside the tags that it has; one that is there stays as it is.

    Tags are written as ID3v2.3. The audio frames are copied byte by byte. The same `data` and
    `texts` give the same bytes. Raises `NotAudio`.
    """
    audio, written = _audio(data), _loaded(data)
    there = {frame.desc for frame in written.getall("TXXX")}
    missing = {key: text for key, text in texts.items() if _clean(key) not in there}
    frames = list(_frames(Tags(extra=missing)))
    if not frames:
        return data
    for frame in frames:
        written.add(frame)
    target = io.BytesIO()
    written.save(target, v1=0, v2_version=3, padding=lambda _: 0)
    return target.getvalue() + audio


def read_tags(data: bytes) -> Tags:
    """The tags of an MP3, empty where it has none or where they are damaged."""
    try:
        found = id3.ID3(io.BytesIO(data))
    except MutagenError:
        return Tags()
    texts = {name: _text(found.getall(kind.__name__)) for name, kind in FRAMES.items()}
    extra = {frame.desc: _text([frame]) for frame in found.getall("TXXX")}
    return Tags(**texts, comment=_text(found.getall("COMM")), extra=extra)


def frames_sha256(data: bytes) -> str:
    """Hex SHA-256 of the audio frames without any tag; tagging does not change it.

    Raises `NotAudio`.
    """
    return hashlib.sha256(_audio(data)).hexdigest()


def _loaded(data: bytes) -> id3.ID3:
    try:
        return id3.ID3(io.BytesIO(data), v2_version=3)
    except MutagenError:
        return id3.ID3()


def _audio(data: bytes) -> memoryview:
    frames = mpeg.walk(data)
    return memoryview(data)[frames.start : frames.end]


def _frames(tags: Tags) -> Iterator[id3.Frame]:
    for name, kind in FRAMES.items():
        if text := _clean(getattr(tags, name)):
            yield kind(encoding=UTF_16, text=text)
    if comment := _clean(tags.comment):
        yield id3.COMM(encoding=UTF_16, lang="eng", desc="", text=comment)
    for key, value in tags.extra.items():
        if text := _clean(value):
            yield id3.TXXX(encoding=UTF_16, desc=_clean(key), text=text)


def _clean(text: str) -> str:
    return text.replace("\0", "")


def _text(frames: list[id3.TextFrame]) -> str:
    """Of several values in one frame, which a NUL divides, each after the other."""
    return "; ".join(filter(None, str(frames[0]).split("\0"))) if frames else ""
