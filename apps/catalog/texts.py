"""Derives from a text whether it can be spoken and whether it says the same as another.

Both rules need Unicode and regular expressions that SQLite and PostgreSQL understand differently.
They are computed here alone and kept in columns (`FromText`), which SQL only compares.
"""

import hashlib
import html
import re
import unicodedata
from typing import Any, TypeVar

from django.db import models

_Row = TypeVar("_Row", bound=models.Model, covariant=True)

PLACEHOLDER = "NO APPROVED TRANSLATION"

_BREAK = re.compile(r"<\s*(?:br|/p|/div|/li)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
PAUSE = re.compile(
    r"""<break\s+time\s*=\s*["'](?P<time>\d{1,3}(?:\.\d{1,3})?|\d{1,5}(?=ms))(?P<unit>m?s)["']\s*/?>""",
    re.IGNORECASE,
)
# Soft hyphens, zero-width characters, marks of direction. Joiners spell words in scripts such as
# Arabic and Devanagari and hold emoji together; beside Latin, Greek and Cyrillic they are remains.
_UNSPOKEN = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
    "|(?<![\u0590-\U0010ffff])[\u200c\u200d]"
)
_SPACE = re.compile(r"[^\S\n]+")
_LINES = re.compile(r"\s*\n\s*")
_INVISIBLE = ("Cc", "Cf")  # control and format characters, such as a zero-width space


class Readiness(models.TextChoices):
    """Whether a text can be spoken; only SPEAKABLE can."""

    SPEAKABLE = "speakable", "speakable"
    PLACEHOLDER = "placeholder", "placeholder"
    EMPTY = "empty", "empty"
    MARKUP = "markup", "markup only"


def spoken_text(text: str, *, with_pauses: bool = False) -> str:
    """The text without markup: tags go, breaks become line breaks, entities are resolved, what
    nobody sees goes.

    Only what looks like a tag goes: "2 < 3 and 5 > 4" is spoken whole. `with_pauses` keeps
    `<break time="1.5s" />`, for models that know it. The line itself is never changed.
    """
    plain = _TAG.sub(_pause if with_pauses else "", _BREAK.sub("\n", text))
    plain = html.unescape(plain).replace("\xa0", " ").replace("\x00", "")
    return _LINES.sub("\n", _SPACE.sub(" ", _UNSPOKEN.sub("", plain))).strip()


def _pause(tag: re.Match[str]) -> str:
    """A pause in the one spelling that providers document, in seconds; any other tag goes."""
    found = PAUSE.fullmatch(tag[0])
    if found is None:
        return ""
    seconds = float(found["time"]) / (1000 if found["unit"].lower() == "ms" else 1)
    return f'<break time="{seconds:g}s" />'


def has_invisible(text: str) -> bool:
    """Whether there are characters that nobody sees and that are not spoken."""
    return _UNSPOKEN.search(html.unescape(text)) is not None


def is_empty(text: str) -> bool:
    """Whether the text is nothing but blanks and invisible characters."""
    return all(char.isspace() or unicodedata.category(char) in _INVISIBLE for char in text)


def readiness_of(text: str) -> Readiness:
    """The readiness of a text; case, outer blanks and markup do not matter to a placeholder."""
    if is_empty(text):
        return Readiness.EMPTY
    spoken = spoken_text(text)
    if is_empty(spoken):
        return Readiness.MARKUP
    if " ".join(spoken.split()).casefold() == PLACEHOLDER.casefold():
        return Readiness.PLACEHOLDER
    return Readiness.SPEAKABLE


def text_key(text: str) -> str:
    """A key that is equal for texts that say the same: NFC, without outer blanks.

    64 hex digits; empty for a text that is empty.
    """
    composed = unicodedata.normalize("NFC", text).strip()
    return hashlib.sha256(composed.encode("utf-8", "surrogatepass")).hexdigest() if composed else ""


def says_same(one: str, other: str) -> bool:
    return one == other or text_key(one) == text_key(other)


class FromText(models.CharField[str, str]):
    """A column that is derived from the row's `text` when the row is written.

    An update with a list of fields bypasses it, as `auto_now`: such a list names the column.
    """

    def derive(self, text: str) -> str:
        raise NotImplementedError

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = self.derive(model_instance.text)  # type: ignore[attr-defined]
        setattr(model_instance, self.attname, value)
        return value

    def deconstruct(self) -> Any:
        """Migrations see a plain CharField, so that they do not depend on this module."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


class TextKeyField(FromText):
    def derive(self, text: str) -> str:
        return text_key(text)


class ReadinessField(FromText):
    def derive(self, text: str) -> str:
        return readiness_of(text).value


class SaysTextQuerySet(models.QuerySet[_Row]):
    """Updates the derived columns with the text."""

    def update(self, **kwargs: Any) -> int:
        """Raises TypeError when `text` is an SQL expression."""
        text = kwargs.get("text", "")
        if not isinstance(text, str):
            raise TypeError("An UPDATE sets a text as it is, not one computed in SQL.")
        derived = [one for one in self.model._meta.get_fields() if isinstance(one, FromText)]
        if "text" in kwargs:
            kwargs |= {field.name: field.derive(text) for field in derived}
        return super().update(**kwargs)


class SaysText(models.Model):
    """A row with a `text`, and the column by which SQL compares texts."""

    text_key = TextKeyField(max_length=64, editable=False, help_text="Hash of what `text` says.")

    class Meta:
        abstract = True

    def says(self, text: str) -> bool:
        return says_same(self.text, text)  # type: ignore[attr-defined]
