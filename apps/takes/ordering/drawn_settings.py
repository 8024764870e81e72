"""Draws the settings of each take from the ranges of the order."""

import hashlib
import random
from typing import Any

from apps.takes.rendering.seeds import Asked


def draw_settings(asked: Asked, *, draw: str) -> dict[str, Any]:
    """One value for each setting: a value stays, a range `[low, high]` gives a drawn value.

    `draw` is the seed of the draw (line, voice, take number): an equal `draw` gives equal values,
    so that an order repeated after a crash has the same takes. Three decimals.
    """
    return {
        name: _drawn(value, f"{draw}|{name}")
        for name, value in sorted(asked.items())
        if value is not None
    }


def _drawn(value: Any, name: str) -> Any:
    if not isinstance(value, list | tuple):
        return value
    low, high = value
    fraction = random.Random(hashlib.sha256(name.encode()).digest()).random()
    return round(low + (high - low) * fraction, 3)
