"""What is wrong with a text or a key, in words; empty when nothing is."""

import re

from apps.catalog.texts import is_empty
from apps.storage.keys import BadName, check_name

MAX_TEXT = 5_000
# A take's file is named <key>_take_20.mp3 and may have 200 bytes.
MAX_KEY_BYTES = 180
# Spreadsheets run a cell that begins so as a formula; a key is shown in tables everywhere.
FORMULA_STARTS = ("=", "+", "@")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def text_fault(text: str, max_text: int = MAX_TEXT) -> str:
    """Why a text cannot be a line, or nothing."""
    if is_empty(text):
        return "the text is empty"
    if len(text) > max_text:
        return f"the text has {len(text):,} characters; the provider takes {max_text:,} at most"
    return control_fault(text)


def key_fault(key: str) -> str:
    """Why a key cannot name a line and its files, or nothing."""
    if not key.strip():
        return "the key is empty"
    if key != key.strip():
        return f"the key {key[:40]!r} begins or ends with a blank"
    if key.startswith(FORMULA_STARTS):
        return f"the key {key[:40]!r} begins with {key[0]!r}, which spreadsheets run as a formula"
    if (size := len(key.encode())) > MAX_KEY_BYTES:
        return f"the key {key[:40]!r}… has {size} bytes; {MAX_KEY_BYTES} at most"
    try:
        check_name(key)
    except BadName as error:
        return f"the key cannot become a file name: {error}"
    return ""


def control_fault(text: str) -> str:
    """Why a cell cannot be kept, or nothing; line breaks and tabs are part of texts."""
    found = CONTROL.search(text)
    if found is None:
        return ""
    return f"there is a control character (U+{ord(found[0]):04X}) at position {found.start() + 1}"
