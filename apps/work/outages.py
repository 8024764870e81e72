"""Retries an act during an outage: a database that restarts, a disk that is full."""

import time
from collections.abc import Callable
from typing import TypeVar

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from apps.storage.errors import StorageError
from apps.work.stopping import Stop, Stopped

log = structlog.get_logger(__name__)

DATABASE_LOST = (OperationalError, InterfaceError)
LONGEST_PAUSE = 5.0
# How long a wait goes on at most after its work was stopped or withdrawn.
GLANCE_SECONDS = 0.25

T = TypeVar("T")


def through_database_loss(act: Callable[[], T], stop: Stop) -> T:
    """Do the act, and retry it while the database cannot be reached.

    Raises the database's error after an outage of more than STORAGE_OUTAGE_SECONDS, or when
    the worker is to stop; the leases expire then and another worker continues.
    """
    waited = 0.0
    while True:
        try:
            return act()
        except DATABASE_LOST as error:
            connection.close()
            pause = _next_pause(waited)
            if stop() or waited > settings.STORAGE_OUTAGE_SECONDS:
                raise
            log.warning("database.waiting", error=str(error), waited=round(waited, 1))
            sleep_until(time.monotonic() + pause, stop)
            waited += pause


def through_full_storage(act: Callable[[], T], note: Callable[[str], object], stop: Stop) -> T:
    """Do the act, and retry it while its storage fails for a temporary reason.

    The result stays in memory for STORAGE_OUTAGE_SECONDS. `note` is called with the storage's
    need, and with "" once the storage works again. Raises StorageError after that time or for a
    lasting reason, and Stopped when the worker is to stop.
    """
    waited = 0.0
    while True:
        try:
            done = act()
        except StorageError as error:
            if not error.temporary or waited > settings.STORAGE_OUTAGE_SECONDS:
                raise
            if stop():
                raise Stopped from error
            _note(note, str(error), stop)
            pause = _next_pause(waited)
            sleep_until(time.monotonic() + pause, stop)
            waited += pause
        else:
            if waited:
                _note(note, "", stop)
            return done


def sleep_until(moment: float, stop: Stop) -> None:
    """Sleep until a moment of `time.monotonic()`, or a little longer than until `stop` says yes."""
    while (left := moment - time.monotonic()) > 0 and not stop():
        time.sleep(min(left, GLANCE_SECONDS))


def _note(note: Callable[[str], object], reason: str, stop: Stop) -> None:
    through_database_loss(lambda: note(reason), stop)


def _next_pause(waited: float) -> float:
    return min(0.2 + waited / 2, LONGEST_PAUSE)
