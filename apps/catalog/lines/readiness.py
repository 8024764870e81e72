"""Naming the lines that cannot be spoken."""

from collections.abc import Iterable

from apps.catalog.texts import Readiness

MOST_NAMED = 10


def name_unspeakable(lines: Iterable[tuple[str, str]], fate: str = "left out") -> str:
    """`3 lines left out: Intro_2 (placeholder), …`; empty when every line can be spoken.

    `lines` are keys with their readiness; ten are named at most, the others counted.
    """
    found = [(key, Readiness(one)) for key, one in lines if one != Readiness.SPEAKABLE]
    if not found:
        return ""
    named = ", ".join(f"{key} ({one.label})" for key, one in found[:MOST_NAMED])
    more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    return f"{len(found)} {'line' if len(found) == 1 else 'lines'} {fate}: {named}{more}"
