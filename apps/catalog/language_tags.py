"""Parses language tags: BCP-47 as far as spoken languages need it."""

import re

from apps.core.errors import DomainError

MAX_TAG = 35
# RFC 5646 §2.1: language, script, region, variants, private use. Extended languages and
# extensions are left out: no voice provider takes them. An underscore (POSIX) is accepted
# before script and region only: `en_approved` is a column about English, not a language.
_TAG = re.compile(
    r"(?P<language>[a-z]{2,3})(?:[-_](?P<script>[a-z]{4}))?(?:[-_](?P<region>[a-z]{2}|[0-9]{3}))?"
    r"(?P<rest>(?:-(?:[0-9a-z]{5,8}|[0-9][0-9a-z]{3}))*(?:-x(?:-[0-9a-z]{1,8})+)?)",
    re.IGNORECASE | re.ASCII,
)


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
