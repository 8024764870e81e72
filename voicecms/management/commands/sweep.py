"""`manage.py sweep`: pick up what dead workers left, once or every few seconds."""

import time
from argparse import ArgumentParser
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError, connection

from apps.core.errors import Unavailable
from apps.review.approvals.sweeping import sweep_review
from apps.storage.errors import StorageError
from apps.storage.places import get_place
from apps.takes.ordering.services.control import sweep

HOUR = 3600

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = (
        "Give takes of dead workers to living ones, queue what was forgotten, finish what is "
        "done, note approvals that are stale. Example: manage.py sweep --every 15"
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
                sweep_review()
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
            review = sweep_review()
            remove_leftovers()
        except (Unavailable, StorageError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{swept.checked} unfinished batches: {swept.released} takes released, "
            f"{swept.requeued} queued again, {swept.expired} previews expired. "
            f"{review.stale} approvals became stale, {review.deployed} lines were deployed anew."
        )


def remove_leftovers() -> None:
    """Delete what killed workers left half-written; it walks the whole tree, so not every time."""
    for alias in ("takes", "drafts"):
        get_place(alias).remove_leftovers(HOUR)
