"""Compares two texts word by word."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Literal

Piece = tuple[Literal["same", "old", "new"], str]
_WORDS = re.compile(r"\w+|\s+|[^\w\s]")
# The time for matching grows with the square of the number of words.
MAX_WORDS = 3_000


def difference(old: str, new: str) -> list[Piece]:
    """Pieces: without the "new" ones they read as `old`, without the "old" ones as `new`."""
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    if len(before) + len(after) > MAX_WORDS:
        return [("old", old), ("new", new)]
    return list(_pieces(before, after))


def _pieces(before: list[str], after: list[str]) -> Iterator[Piece]:
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for act, i1, i2, j1, j2 in matcher.get_opcodes():
        if act == "equal":
            yield "same", "".join(before[i1:i2])
            continue
        if i2 > i1:
            yield "old", "".join(before[i1:i2])
        if j2 > j1:
            yield "new", "".join(after[j1:j2])
