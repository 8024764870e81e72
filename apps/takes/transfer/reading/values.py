"""Reads and checks single values of a foreign JSON document; collects faults, raises none."""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from apps.storage.keys import BadName

DEEPEST = 50  # objects and lists inside one another
YEARS = range(1970, 3000)  # beyond these, time zones and databases overflow
TYPES = {str: "a text", int: "a whole number", dict: "an object", list: "a list"}
HALF = re.compile("[\ud800-\udfff]")

T = TypeVar("T")


class Values:
    """The values of one JSON object; each wrong value adds a sentence to `faults`."""

    def __init__(self, values: Mapping[str, Any], where: str, faults: list[str]) -> None:
        self.values = values
        self.where = where
        self.faults = faults

    def fault(self, message: str) -> None:
        self.faults.append(f"{self.where}{message}")

    def optional(self, name: str, kind: type[T]) -> T | None:
        """The value; None for an absent, null or wrongly typed value."""
        found = self.values.get(name)
        if found is None or type(found) is kind:
            return found
        self.fault(f"{name} must be {TYPES[kind]}, not {found!r:.60}.")
        return None

    def needed(self, name: str, kind: type[T]) -> T:
        found = self.optional(name, kind)
        if self.values.get(name) is None:
            self.fault(f"{name} is missing.")
        return kind() if found is None else found

    def checked(self, name: str, check: Callable[[str], object]) -> str:
        """The text, if `check` accepts it without BadName."""
        text = self.needed(name, str)
        if isinstance(self.values.get(name), str):
            self.check(text, name, check)
        return text

    def check(self, text: str, name: str, check: Callable[[str], object]) -> None:
        try:
            check(text)
        except BadName as error:
            self.fault(f"{name}: {error}")

    def moment(self, name: str) -> datetime | None:
        """A time in ISO 8601; the default zone is UTC."""
        text = self.optional(name, str)
        if text is None:
            return None
        try:
            found = datetime.fromisoformat(text)
            if found.year not in YEARS:
                raise ValueError("out of range")
        except ValueError:
            self.fault(f"{name} must be a time such as 2025-04-17T00:08:37Z, not {text!r:.60}.")
            return None
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def unstorable(value: Any, depth: int = 0) -> str:
    """The reason for which a JSON value cannot be stored in every database; empty if it can."""
    if depth > DEEPEST:
        return f"It is nested deeper than {DEEPEST} levels."
    if isinstance(value, float) and not math.isfinite(value):
        return "It holds a number that is too large."
    if isinstance(value, str):
        return _text_fault(value)
    inner: Iterable[Any] = ()
    if isinstance(value, dict):
        inner = (part for pair in value.items() for part in pair)
    elif isinstance(value, list):
        inner = value
    return next(filter(None, (unstorable(part, depth + 1) for part in inner)), "")


def _text_fault(text: str) -> str:
    if "\0" in text:
        return f"It holds a text with a NUL character: {text!r:.60}."
    if HALF.search(text):
        return f"It holds a text with half a character: {text!r:.60}."
    return ""
