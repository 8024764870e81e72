"""Numbers and lists in English sentences."""

from collections.abc import Sequence


def counted(number: int, noun: str) -> str:
    """`1 draft`, `2,300 drafts`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def listed(names: Sequence[str], most: int) -> str:
    """`de, en and 3 more`: `most` of them by name; empty for none."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"
