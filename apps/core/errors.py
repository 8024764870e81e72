"""Errors that a person caused or can mend; their message is written for that person.

`status` is the HTTP status by which interfaces answer them.
"""

from typing import Any


class DomainError(Exception):
    """The act is not possible in the present state."""

    status = 409

    @property
    def words(self) -> str:
        """The message for somebody who sees no names of fields."""
        return str(self)

    @property
    def details(self) -> dict[str, Any]:
        """What a program is told beside the message."""
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
    """The asker may know of this, but not do it."""

    status = 403


class Missing(DomainError):
    """The thing asked for does not exist, or is not the asker's to see."""

    status = 404


class Unavailable(DomainError):
    """A service that is needed cannot be reached; nothing was written."""

    status = 503
