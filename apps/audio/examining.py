"""Examines one recording (decode, cut, encode, measure, tag), as one call for a process pool."""

import hashlib
from dataclasses import dataclass, replace

from apps.audio.checks import CheckResult, check
from apps.audio.containers.mpeg import is_mp3
from apps.audio.containers.wav import is_wav
from apps.audio.cutting import cut
from apps.audio.decoding import decode, decode_pcm
from apps.audio.encoding import encode_mp3
from apps.audio.errors import TruncatedAudio
from apps.audio.formats import parse_format
from apps.audio.measuring import Measurement, clipped_runs, measure
from apps.audio.peaks import Peaks, peaks
from apps.audio.sound import Sound
from apps.audio.tagging import Tags, frames_sha256, tag_mp3


@dataclass(frozen=True)
class ExamineOptions:
    """The options of an examination.

    `output_format` (a name for `formats.parse_format`) is the encoding of a source that is no MP3.
    `tags` replace the tags of the file; None leaves an MP3 unchanged, byte for byte. `max_duration`
    is the line's longest duration in seconds. `source_format` names the format of the source;
    only raw samples (`pcm_…`) need it, as they do not contain their rate. `part` is the part to
    cut out, as (start, end) in seconds; None keeps the whole recording.
    """

    output_format: str
    tags: Tags | None = None
    max_duration: float | None = None
    source_format: str | None = None
    part: tuple[float, float] | None = None


@dataclass(frozen=True)
class Examined:
    """The file to store, and its measurements.

    `data` is the tagged MP3, `sha256` and `size` (bytes) are of `data`, `frames_sha256` of its
    audio frames. `rate` is in Hz. `measurement` is of the decoded `data`.
    """

    data: bytes
    sha256: str
    frames_sha256: str
    measurement: Measurement
    findings: tuple[CheckResult, ...]
    peaks: Peaks
    rate: int
    size: int


def examine(data: bytes, options: ExamineOptions) -> Examined:
    """Prove that `data` is a recording, make the MP3 to store, and measure this MP3.

    A whole MP3 is decoded once and kept frame by frame. Any other source is encoded, and the MP3
    is decoded: decoding costs a tenth of the encoding, and the stored length and peaks then match
    those of a player. Only clipping is counted before the encoding, which rounds clipping off.
    Raises `NotAudio`, `TruncatedAudio`, `TooLong`, `BadCut`, and `UnknownFormat`.
    """
    rate = _raw_rate(data, options)
    source = decode(data) if rate is None else decode_pcm(data, rate)
    if options.part is not None:
        source = cut(source, *options.part)
    _require_whole(source)
    if options.part is None and rate is None and not is_wav(data):
        return _described(data, source, measure(source), options)
    target = parse_format(options.output_format)
    encoded = encode_mp3(source, rate=target.rate, kbps=target.kbps)
    kept = decode(encoded)
    measurement = replace(measure(kept), clipped_runs=clipped_runs(source))
    return _described(encoded, kept, measurement, options)


def _described(
    data: bytes, sound: Sound, measurement: Measurement, options: ExamineOptions
) -> Examined:
    tagged = data if options.tags is None else tag_mp3(data, options.tags)
    declared = sound.declared_duration
    return Examined(
        data=tagged,
        sha256=hashlib.sha256(tagged).hexdigest(),
        frames_sha256=frames_sha256(tagged),
        measurement=measurement,
        findings=check(measurement, max_duration=options.max_duration, declared_duration=declared),
        peaks=peaks(sound),
        rate=sound.rate,
        size=len(tagged),
    )


def _raw_rate(data: bytes, options: ExamineOptions) -> int | None:
    """Hz of a source of raw samples; None when `data` has a header.

    A file that was stored earlier is an MP3 even if raw samples were ordered: decoded as raw
    samples, the MP3 would become noise.
    """
    if options.source_format is None or is_wav(data) or is_mp3(data):
        return None
    source = parse_format(options.source_format)
    return source.rate if source.codec == "pcm" else None


def _require_whole(sound: Sound) -> None:
    if not sound.is_truncated:
        return
    announced = sound.declared_duration
    wanted = f"it announces {announced:.2f} s" if announced else "its last frame is not whole"
    raise TruncatedAudio(
        f"The recording breaks off after {sound.duration:.2f} s: {wanted}. Nothing was kept: "
        "render it again."
    )
