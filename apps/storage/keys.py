"""Checks names and keys of files. An unsafe name is refused, never altered."""

import re
import unicodedata

MAX_NAME_BYTES = 200
MAX_KEY_BYTES = 1000

# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
RESERVED = re.compile(r"(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(COM|LPT)[0-9¹²³])\Z", re.IGNORECASE)
# Bidirectional controls make "exe.jpg" look like "gpj.exe" on the screen.
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
FORBIDDEN_CATEGORIES = {
    "Cc": "a control character",
    "Cs": "half a character",
    "Zl": "a line separator",
    "Zp": "a paragraph separator",
}


class BadName(ValueError):
    """The name cannot become the name of a file or folder."""


class UnsafeKey(BadName):
    """The key is not the path of a file below a place's root."""


def check_name(name: str) -> str:
    """Return `name` unchanged, or raise BadName with the wrong character and its fault.

    `name` is one segment of a path: a Series slug, a voice directory, a line key.
    """
    if not name:
        raise BadName("The name is empty.")
    for position, character in enumerate(name, start=1):
        if fault := _fault(character):
            where = f"U+{ord(character):04X} at position {position}"
            raise BadName(f"The name {name!r} contains {fault} ({where}).")
    _check_whole(name)
    return name


def check_key(key: str) -> str:
    """Return `key` unchanged, or raise UnsafeKey; a key is names joined by slashes.

    Absolute paths, `..`, empty segments and more than 1,000 bytes of UTF-8 are refused too.
    """
    if key.startswith("/"):
        raise UnsafeKey(f"The key {key!r} is absolute: it begins with a slash.")
    for name in key.split("/"):
        try:
            check_name(name)
        except BadName as error:
            raise UnsafeKey(f"The key {key!r} is refused. {error}") from error
    size = len(key.encode())
    if size > MAX_KEY_BYTES:
        raise UnsafeKey(f"The key {key[:40]!r}… is {size} bytes long; at most {MAX_KEY_BYTES}.")
    return key


def is_key(key: str) -> bool:
    try:
        check_key(key)
    except UnsafeKey:
        return False
    return True


def check_prefix(prefix: str) -> str:
    """Return `prefix`, the beginning of keys, which may end within a name; raises UnsafeKey."""
    if whole := prefix.removesuffix("/"):
        check_key(whole)
    elif prefix:
        raise UnsafeKey("The prefix '/' is absolute; an empty one means everything.")
    return prefix


def _fault(character: str) -> str | None:
    if character in "/\\":
        return f"the separator {character}"
    if character in TURNING:
        return "a character that turns the direction of writing"
    return FORBIDDEN_CATEGORIES.get(unicodedata.category(character))


def _check_whole(name: str) -> None:
    if name.startswith("."):
        raise BadName(f"The name {name!r} begins with a dot (position 1).")
    if RESERVED.match(name.partition(".")[0].rstrip(" ")):
        raise BadName(f"The name {name!r} is reserved by Windows.")
    if not unicodedata.is_normalized("NFC", name):
        raise BadName(f"The name {name!r} {_decomposed(name)}; write it in its composed form.")
    size = len(name.encode())
    if size > MAX_NAME_BYTES:
        raise BadName(f"The name {name[:40]!r}… is {size} bytes long; at most {MAX_NAME_BYTES}.")


def _decomposed(name: str) -> str:
    """The position that Unicode NFC changes first: two spellings of a name would be two files."""
    composed = unicodedata.normalize("NFC", name)
    pairs = enumerate(zip(name, composed, strict=False), start=1)
    at = next((position for position, (old, new) in pairs if old != new), len(composed))
    return f"is not composed at position {at} (U+{ord(name[at - 1]):04X})"
