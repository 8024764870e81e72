"""What a voice would stumble over in texts, counted and named before money is spent."""

import re
from collections.abc import Callable, Iterable

from apps.catalog.texts import PAUSE, Readiness, has_invisible, readiness_of, spoken_text

MOST_NAMED = 3


def _holds(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda text: compiled.search(spoken_text(text)) is not None


def _has_no_letter(text: str) -> bool:
    return not any(map(str.isalpha, spoken_text(text)))


STUMBLES: dict[str, Callable[[str], bool]] = {
    "{variables}": _holds(r"\{[^{}\n]*\}"),
    "[tags]": _holds(r"\[[^\[\]\n]*\]"),
    "%d or %s": _holds(
        r"%(?:\d+\$|\(\w+\))?[-+#0]*\d*(?:\.\d+)?(?:[lh]{0,2}[diufFeEgGxXcsS@])(?!\w)"
    ),
    "a literal \\n": _holds(r"\\[nrt]"),
    "***": _holds(r"\*{2,}"),
    "soft hyphens or zero-width characters (removed for speech)": has_invisible,
    "no letter": _has_no_letter,
}


def name_stumbles(lines: Iterable[tuple[str, str]]) -> list[str]:
    """`2 texts hold {variables}: Intro_1, Intro_2`, one sentence for each kind that occurs.

    `lines` are keys with their texts; those that cannot be spoken are named elsewhere.
    """
    found: dict[str, list[str]] = {}
    for key, text in lines:
        if readiness_of(text) == Readiness.SPEAKABLE:
            for kind, is_there in STUMBLES.items():
                if is_there(text):
                    found.setdefault(kind, []).append(key)
    return [_named(found[kind], kind) for kind in STUMBLES if kind in found]


def name_pauses(lines: Iterable[tuple[str, str]], fate: str) -> list[str]:
    """`1 text holds <break …/>, <fate>: Intro_1`; nothing where no text has one."""
    keys = [key for key, text in lines if PAUSE.search(text)]
    return [_named(keys, f"<break …/>, {fate}")] if keys else []


def _named(keys: list[str], what: str) -> str:
    more = f" and {len(keys) - MOST_NAMED:,} more" if len(keys) > MOST_NAMED else ""
    subject = "1 text holds" if len(keys) == 1 else f"{len(keys):,} texts hold"
    return f"{subject} {what}: {', '.join(keys[:MOST_NAMED])}{more}"
