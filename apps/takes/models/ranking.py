"""RankingAct: one change on a batch's ranking board."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.catalog.models import Line
from apps.core.models import BaseModel
from apps.takes.models.runs import Batch
from apps.takes.models.takes import Take

RANKS = range(1, 6)  # 1 is the best; a rank is unique per line of a batch


class RankingAct(BaseModel):
    """One change of ranks, or of the lock. Acts of one batch are serialized: their primary
    keys rise in the order of the acts.
    """

    class Kind(models.TextChoices):
        RANK = "rank", "Ranked"
        UNDO = "undo", "Undone"
        LOCK = "lock", "Locked"
        UNLOCK = "unlock", "Unlocked"

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="acts")
    line = models.ForeignKey(Line, models.PROTECT, null=True, related_name="+")
    take = models.ForeignKey(Take, models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    rank = models.PositiveSmallIntegerField(null=True, help_text="What the take was given.")
    before = models.JSONField(
        default=list, help_text="The takes it changed as they were: [key, rank, ranked at]."
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="ranking_acts"
    )
    by_name = models.CharField(max_length=150)
    reason = models.TextField(blank=True)
    undone_by = models.OneToOneField("self", models.PROTECT, null=True, related_name="undoes")
    projected_at = models.DateTimeField(
        null=True, help_text="When the batch's directory showed it."
    )

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["batch", "line", "-id"], name="act_newest_of_line"),
            models.Index(fields=["batch", "by", "-id"], name="act_newest_of_person"),
            models.Index(
                fields=["created_at"],
                name="act_not_projected",
                condition=Q(projected_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} by {self.by_name}"
