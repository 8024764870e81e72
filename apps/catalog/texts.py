"""What a text says: whether it can be spoken, and whether two texts say the same.

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
_SPACE = re.compile(r"[^\S\n]+")
_LINES = re.compile(r"\s*\n\s*")
_INVISIBLE = ("Cc", "Cf")  # control and format characters, such as a zero-width space


class Readiness(models.TextChoices):
    """Whether a text can be spoken. Only SPEAKABLE can."""

    SPEAKABLE = "speakable", "speakable"
    PLACEHOLDER = "placeholder", "placeholder"
    EMPTY = "empty", "empty"
    MARKUP = "markup", "markup only"


def spoken_text(text: str) -> str:
    """The text without markup: tags go, breaks become line breaks, entities are resolved.

    Only what looks like a tag goes: "2 < 3 and 5 > 4" is spoken whole. The line itself is
    never changed.
    """
    plain = _TAG.sub("", _BREAK.sub("\n", text))
    plain = html.unescape(plain).replace("\xa0", " ").replace("\x00", "")
    return _LINES.sub("\n", _SPACE.sub(" ", plain)).strip()


def is_empty(text: str) -> bool:
    """Whether there is nothing but blanks and characters that nobody sees."""
    return all(char.isspace() or unicodedata.category(char) in _INVISIBLE for char in text)


def readiness_of(text: str) -> Readiness:
    """A placeholder is one in any case, with blanks around it or markup in it."""
    if is_empty(text):
        return Readiness.EMPTY
    spoken = spoken_text(text)
    if is_empty(spoken):
        return Readiness.MARKUP
    if " ".join(spoken.split()).casefold() == PLACEHOLDER.casefold():
        return Readiness.PLACEHOLDER
    return Readiness.SPEAKABLE


def text_key(text: str) -> str:
    """Equal for texts that say the same: composed alike (NFC), but for blanks around them.

    64 hex digits; empty for a text that is empty.
    """
    composed = unicodedata.normalize("NFC", text).strip()
    return hashlib.sha256(composed.encode("utf-8", "surrogatepass")).hexdigest() if composed else ""


def says_same(one: str, other: str) -> bool:
    return one == other or text_key(one) == text_key(other)


class FromText(models.CharField[str, str]):
    """A column that is derived from the row's `text` when the row is written.

    A list of fields to update bypasses it, as it does `auto_now`: it names the column itself.
    """

    def derive(self, text: str) -> str:
        raise NotImplementedError

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = self.derive(model_instance.text)  # type: ignore[attr-defined]
        setattr(model_instance, self.attname, value)
        return value

    def deconstruct(self) -> Any:
        """Migrations see a plain column, so that they do not depend on this module."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


class TextKeyField(FromText):
    def derive(self, text: str) -> str:
        return text_key(text)


class ReadinessField(FromText):
    def derive(self, text: str) -> str:
        return readiness_of(text).value


class SaysTextQuerySet(models.QuerySet[_Row]):
    """Derived columns follow the text in an UPDATE, too."""

    def update(self, **kwargs: Any) -> int:
        """Raises TypeError for a text that only the database knows."""
        text = kwargs.get("text", "")
        if not isinstance(text, str):
            raise TypeError("An UPDATE sets a text as it is, not one computed in SQL.")
        derived = [one for one in self.model._meta.concrete_fields if isinstance(one, FromText)]
        if "text" in kwargs:
            kwargs |= {field.name: field.derive(text) for field in derived}
        return super().update(**kwargs)


class SaysText(models.Model):
    """A row with a `text`, and the column by which SQL knows whether two say the same."""

    text_key = TextKeyField(max_length=64, editable=False, help_text="Hash of what `text` says.")

    class Meta:
        abstract = True

    def says(self, text: str) -> bool:
        return says_same(self.text, text)  # type: ignore[attr-defined]
