"""States of runs and batches, derived from the takes in them and stored nowhere."""

from dataclasses import dataclass

from django.db import models
from django.db.models import Exists, OuterRef, Q

from apps.takes.models import Take


class State(models.TextChoices):
    PENDING = "pending", "Pending"
    PROCESSING = "processing", "Processing"
    COMPLETED = "completed", "Completed"
    PARTIAL_SUCCESS = "partial_success", "Partial success"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


@dataclass(frozen=True, slots=True)
class Progress:
    """How many takes are in which state."""

    pending: int = 0
    generating: int = 0
    complete: int = 0
    failed: int = 0
    cancelled: int = 0

    @property
    def total(self) -> int:
        return self.pending + self.generating + self.complete + self.failed + self.cancelled

    @property
    def done(self) -> int:
        return self.total - self.pending - self.generating

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 100

    @property
    def state(self) -> State:
        if self.done < self.total:
            return State.PROCESSING if self.done or self.generating else State.PENDING
        if self.cancelled:
            return State.CANCELLED
        if not self.failed:
            return State.COMPLETED
        return State.PARTIAL_SUCCESS if self.complete else State.FAILED


def in_state(state: str, *, link: str) -> Q:
    """A filter for runs (`link="run"`) or batches (`link="batch"`) in a derived state."""

    def some(*statuses: str) -> Exists:
        return Exists(Take.with_previews.filter(**{link: OuterRef("pk")}, status__in=statuses))

    unfinished = Q(some(*Take.UNFINISHED))
    started = Q(some("generating", "complete", "failed", "cancelled"))
    complete, failed, cancelled = Q(some("complete")), Q(some("failed")), Q(some("cancelled"))
    return {
        State.PENDING: unfinished & ~started,
        State.PROCESSING: unfinished & started,
        State.COMPLETED: ~unfinished & ~failed & ~cancelled,
        State.PARTIAL_SUCCESS: ~unfinished & complete & failed & ~cancelled,
        State.FAILED: ~unfinished & ~complete & failed & ~cancelled,
        State.CANCELLED: ~unfinished & cancelled,
    }[State(state)]
