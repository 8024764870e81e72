"""Errors that a person caused or can mend; their message is written for that person."""


class DomainError(Exception):
    """The act is not possible in the present state."""


class Invalid(DomainError):
    """The input is wrong: `errors` maps each field to what is wrong with it."""

    def __init__(self, errors: dict[str, str]) -> None:
        self.errors = errors
        super().__init__("; ".join(f"{field}: {message}" for field, message in errors.items()))


class Missing(DomainError):
    """The thing asked for does not exist, or is not the asker's to see."""


class Unavailable(DomainError):
    """A service that is needed cannot be reached; nothing was written."""
