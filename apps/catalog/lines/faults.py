"""Finds faults in texts and keys, in words; empty when there is none."""

import re
import unicodedata

from apps.catalog.texts import is_empty
from apps.storage.keys import TURNING, BadName, check_name

MAX_TEXT = 5_000
# A take's file is named <key>_take_20.mp3 and may have 200 bytes.
MAX_KEY_BYTES = 180
# Spreadsheets run a cell with such a beginning as a formula, and many tables show keys.
FORMULA_STARTS = ("=", "+", "@")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def text_fault(text: str, max_text: int = MAX_TEXT) -> str:
    """The reason why a text cannot be a line's; empty when it can."""
    if is_empty(text):
        return "the text is empty"
    if len(text) > max_text:
        return f"the text has {len(text):,} characters; the provider takes {max_text:,} at most"
    return control_fault(text)


def key_fault(key: str) -> str:
    """The reason why a key cannot name a line and its files; empty when it can."""
    if not key.strip():
        return "the key is empty"
    if key != key.strip():
        return f"the key {key[:40]!r} begins or ends with a blank"
    if key.startswith(FORMULA_STARTS):
        return f"the key {key[:40]!r} begins with {key[0]!r}, which spreadsheets run as a formula"
    if (size := len(key.encode())) > MAX_KEY_BYTES:
        return f"the key {key[:40]!r}… has {size} bytes; {MAX_KEY_BYTES} at most"
    if fault := _invisible_fault(key):
        return fault
    try:
        check_name(key)
    except BadName as error:
        return f"the key cannot become a file name: {error}"
    return ""


def _invisible_fault(key: str) -> str:
    """Two keys that differ in what nobody sees would be two lines and files that look alike."""
    for position, char in enumerate(key, start=1):
        if unicodedata.category(char) == "Cf" and char not in TURNING:
            where = f"(U+{ord(char):04X}) at position {position}"
            return f"the key {key[:40]!r} holds a character that nobody sees {where}"
    return ""


def control_fault(text: str) -> str:
    """The reason why a cell cannot be stored; line breaks and tabs are allowed."""
    match = CONTROL.search(text)
    if match is None:
        return ""
    return f"there is a control character (U+{ord(match[0]):04X}) at position {match.start() + 1}"
