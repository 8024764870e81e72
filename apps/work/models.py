"""WorkItem: the columns of a row that a worker claims, works on and ends."""

from collections.abc import Iterable
from typing import Any, ClassVar, TypeVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from apps.core.models import BaseModel

T = TypeVar("T", bound="WorkItem", covariant=True)


class WorkItemQuerySet(models.QuerySet[T]):
    """Rows of one kind of work, by status."""

    def pending(self) -> "WorkItemQuerySet[T]":
        return self.filter(status=self.model.PENDING)

    def working(self) -> "WorkItemQuerySet[T]":
        return self.filter(status=self.model.WORKING)

    def failed(self) -> "WorkItemQuerySet[T]":
        return self.filter(status=self.model.FAILED)

    def unfinished(self) -> "WorkItemQuerySet[T]":
        return self.filter(status__in=[self.model.PENDING, self.model.WORKING])

    def abandoned(self) -> "WorkItemQuerySet[T]":
        """Rows whose lease has expired."""
        return self.working().filter(lease_expires_at__lt=timezone.now())

    def ask_again(self, **facts: Any) -> int:
        """Make ended rows pending again, without attempts; returns their number."""
        ended = self.exclude(status__in=[self.model.PENDING, self.model.WORKING])
        fresh = {"status": self.model.PENDING, "attempts": 0, "error": "", "finished_at": None}
        return ended.update(**fresh, **facts)

    def withdraw(self, status: str) -> int:
        """End what has not ended, also what is worked on; how many rows those are.

        The worker of a row learns within a second that it has lost it.
        """
        lost = {"lease_token": None, "lease_expires_at": None}
        return self.unfinished().update(status=status, finished_at=timezone.now(), **lost)

    def fail(self, reason: str) -> int:
        """Make pending rows failed without a try; returns their number."""
        now = timezone.now()
        return self.pending().update(status=self.model.FAILED, error=reason, finished_at=now)


class WorkItem(BaseModel):
    """One piece of long work. A kind is a subclass with a status and its own word for WORKING.

    Every kind calls waiting rows `pending` and unsuccessful rows `failed`.
    """

    PENDING: ClassVar[str] = "pending"
    WORKING: ClassVar[str]
    FAILED: ClassVar[str] = "failed"

    status = models.CharField(max_length=20, default="pending")
    attempts = models.PositiveIntegerField(default=0)
    lease_token = models.UUIDField(null=True, editable=False)
    lease_expires_at = models.DateTimeField(null=True, editable=False)
    started_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)
    error = models.TextField(blank=True)

    class Meta:
        abstract = True


def rows_of(model: type[WorkItem]) -> WorkItemQuerySet[WorkItem]:
    """Every row of a kind; its default manager may hide rows."""
    return WorkItemQuerySet(model)


def pending_keys(model: type[WorkItem], pks: Iterable[int]) -> list[int]:
    """The keys of `pks` whose rows are still pending."""
    waiting = rows_of(model).pending().filter(pk__in=list(pks))
    return list(waiting.order_by("pk").values_list("pk", flat=True))


def lease_constraint(working: str, *, name: str) -> models.CheckConstraint:
    """The constraint that a row with the status `working` has a lease."""
    return models.CheckConstraint(
        name=name,
        condition=~Q(status=working) | Q(lease_token__isnull=False, lease_expires_at__isnull=False),
    )


def lease_index(working: str, *, name: str) -> models.Index:
    """The index of working rows by the end of their lease, for the sweeper's query."""
    return models.Index(fields=["lease_expires_at"], name=name, condition=Q(status=working))
