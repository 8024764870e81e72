"""How long work learns that its worker is to end."""

from collections.abc import Callable

Stop = Callable[[], bool]


class Stopped(Exception):
    """The worker was asked to stop while something waited."""


def never() -> bool:
    """The stop sign of work that nobody can ask to stop."""
    return False
