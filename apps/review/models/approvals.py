"""Approval: a receipt. This draft, these bytes, this text, by this person, then."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.catalog.models import Line, Series
from apps.catalog.texts import SaysText, SaysTextQuerySet
from apps.core.models import BaseModel
from apps.review.models.clips import Draft
from apps.review.models.links import Reviewer, ReviewLink
from apps.voices.models import Voice


class ApprovalQuerySet(SaysTextQuerySet["Approval"]):
    def standing(self) -> "ApprovalQuerySet":
        """Neither superseded nor withdrawn; perhaps stale."""
        return self.filter(superseded_at=None, withdrawn_at=None)

    def valid(self) -> "ApprovalQuerySet":
        """Standing, and true of the line and the file as they are now."""
        return self.standing().exclude(Approval.stale())

    def outdated(self) -> "ApprovalQuerySet":
        return self.standing().filter(Approval.stale())


class Approval(SaysText, BaseModel):
    """One per line stands at a time; a later one supersedes it. Rows are never deleted."""

    series = models.ForeignKey(Series, models.PROTECT, related_name="approvals")
    line = models.ForeignKey(Line, models.PROTECT, related_name="approvals")
    draft = models.ForeignKey(Draft, models.PROTECT, related_name="approvals")
    sha256 = models.CharField(max_length=64, help_text="Of the draft's file.")
    text = models.TextField(help_text="What the line said.")
    voice = models.ForeignKey(Voice, models.PROTECT, null=True, related_name="+")
    reviewer = models.ForeignKey(Reviewer, models.PROTECT, null=True, related_name="approvals")
    link = models.ForeignKey(ReviewLink, models.PROTECT, null=True, related_name="approvals")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    by_name = models.CharField(max_length=150, help_text="Who they said they are.")
    superseded_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by_name = models.CharField(max_length=150, blank=True)
    file_changed_at = models.DateTimeField(
        null=True, blank=True, help_text="When the draft's file was found to be another one."
    )
    verified_at = models.DateTimeField(
        null=True, help_text="When the draft's file was last compared with `sha256`."
    )
    stale_noted_at = models.DateTimeField(null=True, blank=True)
    deployed_at = models.DateTimeField(null=True, help_text="When its copy was in `deploy/`.")

    objects = ApprovalQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["line"],
                name="approval_one_standing",
                condition=Q(superseded_at=None, withdrawn_at=None),
            )
        ]
        indexes = [
            models.Index(fields=["series", "-created_at", "-id"], name="approval_newest_of_series")
        ]

    def __str__(self) -> str:
        return f"{self.draft.name} by {self.by_name}"

    @property
    def stale_because(self) -> str:
        """Why it is no longer true, in words; empty when it is."""
        if self.file_changed_at is not None:
            return "The file of the draft is another one, or gone."
        return "" if self.says(self.line.text) else "The text of the line was changed."

    @staticmethod
    def stale() -> Q:
        """The line's text, or the draft's file, is another one by now."""
        return ~Q(text_key=F("line__text_key")) | Q(file_changed_at__isnull=False)
