"""Derives the seed and the identity of a take from its text, voice and settings."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

SEED_LIMIT = 2**32


Asked = Mapping[str, Any]


def draw_seed(*parts: object) -> int:
    """A seed from 0 to 4294967295 out of (spoken text, voice, settings, take number, retry)."""
    digest = hashlib.sha256(_canonical(parts)).digest()
    return int.from_bytes(digest[:8], "big") % SEED_LIMIT


def identity(
    *,
    spoken_text: str,
    voice: str,
    model: str,
    settings: Asked,
    output_format: str,
    seed: int | None,
) -> str:
    """The SHA-256 (hex) of a take's request; takes of equal identity share one purchase."""
    parts = (spoken_text, voice, model, dict(settings), output_format, seed)
    return hashlib.sha256(_canonical(parts)).hexdigest()


def _canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str).encode()
