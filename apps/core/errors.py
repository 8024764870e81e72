"""Errors that a person caused or can correct; the message is written for that person.

`status` is the HTTP status of the answer.
"""

from typing import Any


class DomainError(Exception):
    """The act is not possible in the present state."""

    status = 409

    @property
    def words(self) -> str:
        """The message for a reader who sees no names of fields."""
        return str(self)

    @property
    def details(self) -> dict[str, Any]:
        """Fields of the JSON answer beside the message."""
        return {}


class Invalid(DomainError):
    """The input is wrong: `errors` maps each field to what is wrong with it."""

    status = 400

    def __init__(self, errors: dict[str, str]) -> None:
        self.errors = errors
        super().__init__("; ".join(f"{field}: {message}" for field, message in errors.items()))

    @property
    def words(self) -> str:
        return "; ".join(self.errors.values())

    @property
    def details(self) -> dict[str, Any]:
        return {"errors": self.errors}


class Forbidden(DomainError):
    """The caller may see the object, but not do the act."""

    status = 403


class Missing(DomainError):
    """The object does not exist, or the caller may not see it."""

    status = 404


class Unavailable(DomainError):
    """A needed service cannot be reached; nothing was written."""

    status = 503
