"""In which direction the text of a language runs, as HTML's `dir` says it."""

from django.utils.translation import get_language_info

RIGHT_TO_LEFT = frozenset(
    ["adlm", "arab", "aran", "hebr", "mand", "mend", "nkoo", "rohg", "samr", "syrc", "thaa", "yezi"]
)
"""Living scripts that run from right to left, by their codes in ISO 15924."""


def direction(tag: str) -> str:
    """`ltr` or `rtl`; `auto`, by the text's own letters, for a language that nothing is known of.

    A script that the BCP-47 tag names decides, else the language's usual one.
    """
    script = next((part.lower() for part in tag.split("-")[1:2] if len(part) == 4), "")
    if script and not script.isdecimal():
        return "rtl" if script in RIGHT_TO_LEFT else "ltr"
    try:
        return "rtl" if get_language_info(tag.lower())["bidi"] else "ltr"
    except KeyError:
        return "auto"
