"""Merges the ranges of a clip that a reviewer heard, and tells whether they suffice."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Range = Sequence[float]

MOST_RANGES = 500
WHOLE = 0.95  # part of the clip; players skip some milliseconds at either end
LAST = 0.25  # seconds at the end that count as hearing the end
TO_REJECT = 3.0  # seconds
LONGEST = 1e6  # seconds; numbers above are not positions in a clip
JOIN = 0.05  # seconds between two ranges that are joined


class BadRanges(ValueError):
    """A report of listening with impossible ranges."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Seconds heard of a clip, their part of the whole (0-1), and whether the end was heard."""

    seconds: float
    fraction: float
    to_end: bool

    @property
    def enough_to_approve(self) -> bool:
        return self.fraction >= WHOLE and self.to_end

    @property
    def enough_to_reject(self) -> bool:
        return self.seconds >= TO_REJECT - JOIN or self.enough_to_approve


def merged(ranges: Iterable[Range], duration: float) -> list[list[float]]:
    """The ranges in order, joined where they meet, within 0 and `duration` (seconds).

    Raises BadRanges for anything but pairs of rising finite numbers.
    """
    pairs = sorted(_checked(one) for one in ranges)
    if len(pairs) > MOST_RANGES:
        raise BadRanges(f"More than {MOST_RANGES} ranges.")
    joined: list[list[float]] = []
    for start, end in pairs:
        start, end = round(max(start, 0.0), 3), round(min(end, duration), 3)
        if end <= start:
            continue
        if joined and start <= joined[-1][1] + JOIN:
            joined[-1][1] = max(joined[-1][1], end)
        else:
            joined.append([start, end])
    return joined


def heard(ranges: Sequence[Range], duration: float) -> Heard:
    """The seconds and the part that merged ranges cover in a clip of `duration` seconds."""
    seconds = sum(end - start for start, end in ranges)
    last = ranges[-1][1] if ranges else 0.0
    fraction = min(seconds / duration, 1.0) if duration > 0 else 0.0
    return Heard(seconds, fraction, bool(ranges) and last >= duration - LAST)


def _checked(one: Range) -> tuple[float, float]:
    match one:
        case [int() | float() as start, int() | float() as end]:
            if -LONGEST <= start <= end <= LONGEST:
                return float(start), float(end)
    raise BadRanges("A range is a pair of rising numbers, in seconds.")
