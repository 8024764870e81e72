"""Settings of takes: each take draws its own from the ranges that were asked for."""

import hashlib
import random
from typing import Any

from apps.takes.rendering.seeds import Asked


def draw_settings(asked: Asked, *, draw: str) -> dict[str, Any]:
    """One value for each setting: a value is kept, a range `[low, high]` is drawn from.

    `draw` names the drawing (line, voice, take number): the same name draws the same values,
    so that an order repeated after a crash asks for the same takes. Three decimals.
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
