"""Checks measurements against limits; each result has a sentence for the person who decides."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from apps.audio.measuring import CLIPPED_FROM, SHORTEST_BLOCK, SILENCE_BELOW, Measurement

Severity = Literal["info", "warn", "fail"]

WORST_FIRST: tuple[Severity, ...] = ("fail", "warn", "info")

PEAK_WARN = 0.98
"""Linear sample peak of the warning; `CLIPPED_FROM` is the failing limit."""

LEADING_SILENCE = 0.5
TRAILING_SILENCE = 1.0
"""Seconds of silence allowed before and after the speech."""

TRUE_PEAK = -1.0
"""dBTP. The maximum of EBU R 128 §g: above it a lossy copy may clip."""

MISSING = 0.005
"""Seconds by which rounding may make the decoded length shorter than the declared length."""


@dataclass(frozen=True)
class CheckResult:
    """One result of one check; `value` and `limit` share the unit that the message names."""

    check_id: str
    severity: Severity
    value: float
    limit: float
    message: str


def check(
    measurement: Measurement, *, max_duration: float | None, declared_duration: float | None
) -> tuple[CheckResult, ...]:
    """All findings on a recording, worst first; empty for a recording without faults.

    `max_duration` is the longest allowed duration of the line in seconds, `declared_duration`
    the length in seconds from the file's header; None skips the check.
    """
    found = [*_on_length(measurement, max_duration, declared_duration)]
    found += _on_silence(measurement) if measurement.is_silent else _on_sound(measurement)
    return tuple(sorted(found, key=lambda finding: WORST_FIRST.index(finding.severity)))


def _on_length(m: Measurement, most: float | None, declared: float | None) -> Iterator[CheckResult]:
    if declared is not None and m.duration < declared - MISSING:
        message = f"The file announces {declared:.2f} s but ends after {m.duration:.2f} s."
        yield CheckResult("truncated", "fail", m.duration, declared, message)
    if most is not None and m.duration > most:
        message = f"{m.duration:.2f} s long, the line may take {most:.2f} s."
        yield CheckResult("too_long", "warn", m.duration, most, message)
    if m.duration < SHORTEST_BLOCK:
        message = f"{m.duration:.2f} s is too short to measure its loudness ({SHORTEST_BLOCK} s)."
        yield CheckResult("too_short", "info", m.duration, SHORTEST_BLOCK, message)


def _on_silence(m: Measurement) -> Iterator[CheckResult]:
    message = "Nothing can be heard: the whole recording stays under −50 dBFS."
    yield CheckResult("silent", "fail", m.sample_peak, SILENCE_BELOW, message)


def _on_sound(m: Measurement) -> Iterator[CheckResult]:
    yield from _on_clipping(m)
    if m.leading_silence > LEADING_SILENCE:
        message = f"Begins with {m.leading_silence:.2f} s of silence."
        yield CheckResult("leading_silence", "warn", m.leading_silence, LEADING_SILENCE, message)
    if m.trailing_silence > TRAILING_SILENCE:
        message = f"Ends with {m.trailing_silence:.2f} s of silence."
        yield CheckResult("trailing_silence", "warn", m.trailing_silence, TRAILING_SILENCE, message)
    if m.true_peak is not None and m.true_peak > TRUE_PEAK:
        message = f"True peak {m.true_peak:.1f} dBTP: may distort once it is compressed again."
        yield CheckResult("true_peak", "info", m.true_peak, TRUE_PEAK, message)


def _on_clipping(m: Measurement) -> Iterator[CheckResult]:
    if m.clipped_runs:
        spots = "one place" if m.clipped_runs == 1 else f"{m.clipped_runs} places"
        message = f"Distorted: cut off at full scale in {spots}."
        yield CheckResult("audio_clipping", "fail", m.sample_peak, CLIPPED_FROM, message)
    elif m.sample_peak >= PEAK_WARN:
        message = f"Close to distortion: peak at {m.sample_peak:.1%} of full scale."
        yield CheckResult("audio_clipping", "warn", m.sample_peak, PEAK_WARN, message)
