"""From a line's text to the words that a voice is given."""

import html
import re

_BREAK = re.compile(r"<\s*(?:br|/p|/div|/li)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_SPACE = re.compile(r"[^\S\n]+")
_LINES = re.compile(r"\s*\n\s*")


def spoken_text(text: str) -> str:
    """The text without markup: tags go, breaks become line breaks, entities are resolved.

    Only what looks like a tag goes: "2 < 3 and 5 > 4" is spoken whole. The line itself is
    never changed.
    """
    plain = _TAG.sub("", _BREAK.sub("\n", text))
    plain = html.unescape(plain).replace("\xa0", " ").replace("\x00", "")
    return _LINES.sub("\n", _SPACE.sub(" ", plain)).strip()
