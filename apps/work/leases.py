"""Claiming rows: one conditional UPDATE each, a lease that is renewed while work goes on."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from apps.work.models import WorkItem, WorkItemQuerySet, rows_of

NO_LEASE = {"lease_token": None, "lease_expires_at": None}


class WorkersDied(Exception):
    """The row has ended more workers than it may have."""


class Lease:
    """What one job holds on the rows of one kind."""

    def __init__(self, model: type[WorkItem]) -> None:
        self.model = model
        self.token = uuid.uuid4()

    def claim(self, pk: int) -> bool:
        """Take a pending row for this job; False when it is no longer to be had."""
        now = timezone.now()
        return bool(
            rows_of(self.model)
            .pending()
            .filter(pk=pk)
            .update(
                status=self.model.WORKING,
                lease_token=self.token,
                lease_expires_at=self._expiry(now),
                started_at=now,
                attempts=F("attempts") + 1,
            )
        )

    def renew(self) -> int:
        """Keep all that this job works on for another lease; how many those are."""
        return self._held().update(lease_expires_at=self._expiry(timezone.now()))

    def lost(self, pks: Iterable[int]) -> frozenset[int]:
        """Those of these claimed rows that this job no longer holds: withdrawn, or ended."""
        asked = set(pks)
        held = self._held().filter(pk__in=asked).order_by().values_list("pk", flat=True)
        return frozenset(asked.difference(held)) if asked else frozenset()

    def end(self, pk: int, *, status: str, **facts: Any) -> bool:
        """Write what came of a row if this job still holds it; False when another has it now."""
        held = self._held().filter(pk=pk)
        return bool(held.update(status=status, finished_at=timezone.now(), **NO_LEASE, **facts))

    def hand_back(self, pk: int) -> None:
        """Make a claimed row pending again; a worker that stops costs no attempt."""
        self._return(self._held().filter(pk=pk))

    def hand_back_all(self) -> None:
        """Make everything pending again that this job still holds."""
        self._return(self._held())

    def _return(self, rows: WorkItemQuerySet[WorkItem]) -> None:
        rows.update(status=self.model.PENDING, attempts=F("attempts") - 1, **NO_LEASE)

    def _held(self) -> WorkItemQuerySet[WorkItem]:
        return rows_of(self.model).working().filter(lease_token=self.token)

    @staticmethod
    def _expiry(now: datetime) -> datetime:
        return now + timedelta(seconds=settings.LEASE_SECONDS)


def release_abandoned(model: type[WorkItem]) -> int:
    """Make rows pending again whose worker has died; how many those were. It cost an attempt."""
    return rows_of(model).abandoned().update(status=model.PENDING, **NO_LEASE)


def check_attempts(item: WorkItem, most: int) -> None:
    """Raise WorkersDied for a claimed row that was claimed more often than it may be."""
    if item.attempts > most:
        raise WorkersDied(f"Its worker died {item.attempts - 1} times.")
