"""Claims rows by one conditional UPDATE each, and renews their leases while work goes on."""

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
    """The workers of this row died more often than allowed."""


class Lease:
    """The lease of one job on its rows of one kind."""

    def __init__(self, model: type[WorkItem]) -> None:
        self.model = model
        self.token = uuid.uuid4()

    def claim(self, pk: int) -> bool:
        """Claim a pending row for this job; False when the row is no longer pending."""
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
        """Extend the lease of every row that this job works on; returns the number of rows."""
        return self._held().update(lease_expires_at=self._expiry(timezone.now()))

    def lost(self, pks: Iterable[int]) -> frozenset[int]:
        """Those of these claimed rows that this job no longer holds: withdrawn, or ended."""
        asked = set(pks)
        held = self._held().filter(pk__in=asked).order_by().values_list("pk", flat=True)
        return frozenset(asked.difference(held)) if asked else frozenset()

    def end(self, pk: int, *, status: str, **facts: Any) -> bool:
        """Write a row's result if this job still holds its lease; False when another job does."""
        held = self._held().filter(pk=pk)
        return bool(held.update(status=status, finished_at=timezone.now(), **NO_LEASE, **facts))

    def hand_back(self, pk: int) -> None:
        """Make a claimed row pending again; a worker's stop does not count as an attempt."""
        self._return(self._held().filter(pk=pk))

    def hand_back_all(self) -> None:
        """Make every row pending again that this job still holds."""
        self._return(self._held())

    def _return(self, rows: WorkItemQuerySet[WorkItem]) -> None:
        rows.update(status=self.model.PENDING, attempts=F("attempts") - 1, **NO_LEASE)

    def _held(self) -> WorkItemQuerySet[WorkItem]:
        return rows_of(self.model).working().filter(lease_token=self.token)

    @staticmethod
    def _expiry(now: datetime) -> datetime:
        return now + timedelta(seconds=settings.LEASE_SECONDS)


def release_abandoned(model: type[WorkItem]) -> int:
    """Make rows of dead workers pending again; returns their number. Each lost an attempt."""
    return rows_of(model).abandoned().update(status=model.PENDING, **NO_LEASE)


def check_attempts(item: WorkItem, most: int) -> None:
    """Raise WorkersDied for a claimed row that was claimed more than `most` times."""
    if item.attempts > most:
        raise WorkersDied(f"Its worker died {item.attempts - 1} times.")
