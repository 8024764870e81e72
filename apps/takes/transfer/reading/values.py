"""Values out of a foreign JSON document, checked one by one; faults are collected, not raised."""

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
    """The values of one object of the document; what is wrong with them goes to `faults`."""

    def __init__(self, values: Mapping[str, Any], where: str, faults: list[str]) -> None:
        self.values = values
        self.where = where
        self.faults = faults

    def fault(self, message: str) -> None:
        self.faults.append(f"{self.where}{message}")

    def optional(self, name: str, kind: type[T]) -> T | None:
        """The value; None where it is absent or null, and where it is of another kind."""
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
        """A text that `check` takes without BadName."""
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
        """ISO 8601; in UTC where no zone is named."""
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
    """Why a value out of JSON cannot be kept in every database and file; empty when it can."""
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
