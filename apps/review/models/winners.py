"""WinnerSave: that the winner of a line in a batch is to be saved as a draft."""

from django.conf import settings
from django.db import models

from apps.catalog.models import Line
from apps.review.models.clips import Draft
from apps.takes.models import Batch
from apps.work.models import WorkItem, WorkItemQuerySet, lease_constraint, lease_index


class WinnerSave(WorkItem):
    """One line of a batch whose winner somebody wants as a draft.

    Which take that is, is read when it is saved: the line may be ranked anew meanwhile.
    """

    class Status(models.TextChoices):
        PENDING = "pending", "Pending"
        SAVING = "saving", "Saving"
        SAVED = "saved", "Saved"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    WORKING = Status.SAVING

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="winner_saves")
    line = models.ForeignKey(Line, models.PROTECT, related_name="+")
    draft = models.ForeignKey(Draft, models.PROTECT, null=True, related_name="+")
    ordered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)

    objects = WorkItemQuerySet["WinnerSave"].as_manager()

    class Meta:
        ordering = ["batch", "line"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "line"], name="winner_save_unique"),
            models.CheckConstraint(
                name="winner_saved_has_draft",
                condition=~models.Q(status="saved") | models.Q(draft__isnull=False),
            ),
            lease_constraint("saving", name="winner_saving_has_lease"),
        ]
        indexes = [lease_index("saving", name="winner_save_leases")]

    def __str__(self) -> str:
        return f"Winner of {self.line} in {self.batch}"
