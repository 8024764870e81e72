"""The stop sign of a worker, and the error of work that a stop interrupts."""

from collections.abc import Callable

Stop = Callable[[], bool]


class Stopped(Exception):
    """The worker was asked to stop during a wait."""


def never() -> bool:
    """The stop sign of work that cannot be stopped."""
    return False
