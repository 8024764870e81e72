"""Parses language tags: BCP-47 as far as spoken languages need it."""

import re
from functools import lru_cache

import langcodes

from apps.core.errors import DomainError

MAX_TAG = 35
MAX_NAME = 60
# RFC 5646 §2.1: language, script, region, variants, private use. Extended languages and
# extensions are left out: no voice provider takes them. An underscore (POSIX) is accepted
# before script and region only: `en_approved` is a column about English, not a language.
_TAG = re.compile(
    r"(?P<language>[a-z]{2,3})(?:[-_](?P<script>[a-z]{4}))?(?:[-_](?P<region>[a-z]{2}|[0-9]{3}))?"
    r"(?P<rest>(?:-(?:[0-9a-z]{5,8}|[0-9][0-9a-z]{3}))*(?:-x(?:-[0-9a-z]{1,8})+)?)",
    re.IGNORECASE | re.ASCII,
)
_NAMED = re.compile(r"(?P<name>[^()]+?) ?\((?P<inner>[^()]+)\)")


class BadTag(DomainError):
    """The text is not a language tag."""


def normal_tag(text: str) -> str:
    """The tag in its canonical spelling: `es_ar` -> `es-AR`. Raises BadTag."""
    match = _TAG.fullmatch(text.strip())
    if match is None or len(text) > MAX_TAG:
        raise BadTag(f"{text[:40]!r} is no language tag; write it as in en, es-CO or zh-Hant-TW.")
    parts = [match["language"].lower()]
    parts += [match["script"].title()] if match["script"] else []
    parts += [match["region"].upper()] if match["region"] else []
    return "-".join(parts) + match["rest"].lower()


def is_tag(text: str) -> bool:
    try:
        normal_tag(text)
    except BadTag:
        return False
    return True


@lru_cache(maxsize=1_000)
def header_tag(header: str) -> str:
    """The tag that a column's name stands for, or nothing: a registered tag, or a language's name.

    `pt_BR`, `English`, `Deutsch`, `English(en)`, `Spanish (Mexico)`. Many registered tags are
    also words (`id`, `max`, `key`), so the cells below have to be looked at as well.
    """
    name = " ".join(header.split())
    if is_tag(name):
        tag = normal_tag(name)
        return tag if langcodes.tag_is_valid(tag) else ""
    found = _NAMED.fullmatch(name)
    if found is None:
        return _tag_of_name(name)
    base, inner = _tag_of_name(found["name"]), found["inner"]
    if not base:
        return ""
    if is_tag(inner) and langcodes.tag_is_valid(inner):
        tag = normal_tag(inner)
        return tag if tag.split("-")[0] == base.split("-")[0] else ""
    return _tag_of_region(base, inner)


def _tag_of_name(name: str) -> str:
    """Only a whole name counts: the library also finds languages in words that resemble one."""
    if not name or len(name) > MAX_NAME:
        return ""
    try:
        found = langcodes.find(name)
    except LookupError:
        return ""
    names = {found.display_name("en").casefold(), found.autonym().casefold()}
    is_whole = name.casefold() in names or found.territory or found.script
    return normal_tag(found.to_tag()) if is_whole and is_tag(found.to_tag()) else ""


def _tag_of_region(base: str, inner: str) -> str:
    """`Chinese (Simplified)`, `Spanish (Mexico)`, `English (US)`."""
    for kind in ("territory", "script"):
        try:
            found = langcodes.Language.find_name(kind, inner, "en")
        except LookupError:
            continue
        if code := found.territory or found.script:
            return normal_tag(f"{base}-{code}")
    is_region = is_tag(f"{base}-{inner}") and langcodes.tag_is_valid(f"{base}-{inner}")
    return normal_tag(f"{base}-{inner}") if is_region else ""
