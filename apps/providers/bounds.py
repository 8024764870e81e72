"""What a recording of a text can have: seconds and bytes, with much to spare; and what is none."""

import re

from apps.providers.base import ProviderError

# Markup is not read aloud; the length of a tag leaves room enough for the pause that it asks for.
MARKUP = re.compile(r"<[^>]*>|\[[^\]]*\]")
# The fastest voices say some 30 characters a second, the slowest ones some 4.
FASTEST_CHARACTERS_PER_SECOND = 100
SECONDS_BEFORE_AND_AFTER = 4.0
SLOWEST_SECONDS_PER_CHARACTER = 0.6
OTHER_BYTES = 65_536  # tags, a cover, the header


class UnusableAnswer(ProviderError):
    """The provider answered as if all was well, with something that is no recording."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message, temporary=True, may_be_billed=True, code=code)


def shortest_seconds(text: str) -> float:
    """A recording that is shorter does not hold all of the text."""
    spoken = sum(character.isalnum() for character in MARKUP.sub("", text))
    return spoken / FASTEST_CHARACTERS_PER_SECOND


def longest_seconds(text: str) -> float:
    """A recording that is longer holds more than the text."""
    return SECONDS_BEFORE_AND_AFTER + SLOWEST_SECONDS_PER_CHARACTER * len(text)


def most_bytes(text: str, output_format: str) -> int:
    """An answer that is larger is no recording of the text."""
    return OTHER_BYTES + int(longest_seconds(text) * _bytes_per_second(output_format) * 1.25)


def _bytes_per_second(output_format: str) -> int:
    """Of `mp3_44100_128` by its kbit/s, of `wav_44100` by 16-bit samples, else of 48 kHz."""
    _, *numbers = output_format.split("_")
    if len(numbers) == 2:
        return int(numbers[1]) * 125
    return int(numbers[0]) * 2 if numbers else 96_000
