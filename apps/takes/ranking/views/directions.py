"""The text direction of a language, as a value of HTML's `dir`."""

from django.utils.translation import get_language_info

RIGHT_TO_LEFT = frozenset(
    ["adlm", "arab", "aran", "hebr", "mand", "mend", "nkoo", "rohg", "samr", "syrc", "thaa", "yezi"]
)
"""Living scripts with the direction right to left, by their codes in ISO 15924."""


def direction(tag: str) -> str:
    """`ltr` or `rtl`; `auto` (by the letters of the text) for an unknown language.

    The script in the BCP-47 tag decides, else the language's usual script.
    """
    script = next((part.lower() for part in tag.split("-")[1:2] if len(part) == 4), "")
    if script and not script.isdecimal():
        return "rtl" if script in RIGHT_TO_LEFT else "ltr"
    try:
        return "rtl" if get_language_info(tag.lower())["bidi"] else "ltr"
    except KeyError:
        return "auto"
