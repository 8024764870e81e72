"""Claiming takes: one conditional UPDATE each, a lease that is renewed while work goes on."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, QuerySet
from django.utils import timezone

from apps.takes.models import Take


class Lease:
    """What one job holds on the takes that it is rendering."""

    def __init__(self) -> None:
        self.token = uuid.uuid4()

    def claim(self, pk: int) -> bool:
        """Take a pending take for this job; False when it is no longer to be had."""
        now = timezone.now()
        return bool(
            Take.with_previews.filter(pk=pk, status=Take.Status.PENDING).update(
                status=Take.Status.GENERATING,
                lease_token=self.token,
                lease_expires_at=self._end(now),
                started_at=now,
                attempts=F("attempts") + 1,
            )
        )

    def renew(self) -> int:
        """Keep all that this job is rendering for another lease; how many those are."""
        return self._held().update(lease_expires_at=self._end(timezone.now()))

    def hand_back(self, pk: int) -> None:
        """Make a claimed take pending again; a worker that stops costs no attempt."""
        self._return(self._held().filter(pk=pk))

    def hand_back_all(self) -> None:
        """Make everything pending again that this job still holds."""
        self._return(self._held())

    @staticmethod
    def _return(takes: QuerySet[Take]) -> None:
        takes.update(
            status=Take.Status.PENDING,
            lease_token=None,
            lease_expires_at=None,
            attempts=F("attempts") - 1,
        )

    def _held(self) -> QuerySet[Take]:
        return Take.with_previews.filter(status=Take.Status.GENERATING, lease_token=self.token)

    @staticmethod
    def _end(now: datetime) -> datetime:
        return now + timedelta(seconds=settings.TAKE_LEASE_SECONDS)


def release_abandoned() -> int:
    """Make takes pending again whose worker has died; how many those were."""
    return Take.with_previews.abandoned().update(
        status=Take.Status.PENDING, lease_token=None, lease_expires_at=None
    )
