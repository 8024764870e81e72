"""`manage.py sweep`: pick up what dead workers left, once or every few seconds."""

import time
from argparse import ArgumentParser
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError, connection

from apps.core.errors import Unavailable
from apps.storage.errors import StorageError
from apps.storage.places import get_place
from apps.takes.rendering.keeping import forget_waveforms
from apps.work.sweeping import Swept, sweep

HOUR = 3600

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = (
        "Give the work of dead workers to living ones, queue what was forgotten, do what is "
        "due. Example: manage.py sweep --every 15"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--every", type=float, metavar="SECONDS", help="Go on until stopped, at this pace."
        )

    def handle(self, *args: Any, every: float | None, **options: Any) -> None:
        if every is None:
            self._once()
            return
        tidied = time.monotonic()
        while True:
            try:
                sweep()
                if time.monotonic() - tidied > HOUR:
                    remove_leftovers()
                    tidied = time.monotonic()
            except (Unavailable, StorageError, OperationalError, InterfaceError) as error:
                connection.close()
                log.warning("sweep.waiting", error=str(error))
            time.sleep(every)

    def _once(self) -> None:
        try:
            swept = sweep()
            remove_leftovers()
        except (Unavailable, StorageError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write("\n".join(lines_about(swept)))


def lines_about(swept: Swept) -> list[str]:
    """One line for each kind of work and for each thing that was due."""
    kinds = [
        f"{name}: {released} released, {swept.requeued[name]} queued again"
        for name, released in swept.released.items()
    ]
    return [*kinds, *(f"{name}: {number}" for name, number in swept.done.items())]


def remove_leftovers() -> None:
    """Delete what killed workers left half-written, and waveforms of audio that is gone.

    It walks the whole tree, so not every time.
    """
    for alias in ("takes", "drafts"):
        get_place(alias).remove_leftovers(HOUR)
    forget_waveforms()
