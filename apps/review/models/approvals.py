"""Approval: a receipt. This draft, these bytes, this text, by this person, then."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.catalog.models import Line, Series
from apps.catalog.texts import SaysText, SaysTextQuerySet
from apps.core.models import BaseModel
from apps.review.models.clips import Draft, SoundKey
from apps.review.models.links import Reviewer, ReviewLink
from apps.review.naming import PLAIN
from apps.voices.models import Voice


class ApprovalQuerySet(SaysTextQuerySet["Approval"]):
    def in_force(self) -> "ApprovalQuerySet":
        """Neither superseded nor withdrawn; perhaps stale."""
        return self.filter(superseded_at=None, withdrawn_at=None)

    def plain(self) -> "ApprovalQuerySet":
        return self.filter(variant=PLAIN)

    def valid(self) -> "ApprovalQuerySet":
        """Standing, and true of the line and the file as they are now."""
        return self.in_force().exclude(Approval.stale())

    def outdated(self) -> "ApprovalQuerySet":
        return self.in_force().filter(Approval.stale())


class Approval(SaysText, BaseModel, SoundKey):
    """One per line and variant stands; a later one supersedes it. Rows are never deleted."""

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
    deployed_at = models.DateTimeField(
        null=True, help_text="When its copy in `deploy/` was begun; empty once that is gone."
    )
    deployed_sha256 = models.CharField(
        max_length=64, blank=True, help_text="Of the copy, which carries the approval's tags."
    )
    deploy_error = models.TextField(
        blank=True, help_text="Why `deploy/` could not be written last time, in words."
    )

    objects = ApprovalQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["line", "variant"],
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
    def is_in_force(self) -> bool:
        return self.superseded_at is None and self.withdrawn_at is None

    @property
    def stale_because(self) -> str:
        """Why it is no longer true, in words; empty when it is."""
        if self.file_changed_at is not None:
            return "The file of the draft is another one, or gone."
        return "" if self.says(self.line.text) else "The text of the line was changed."

    @property
    def delivery(self) -> str:
        """What `deploy/` still lacks of it, in words; empty when nothing."""
        if self.is_in_force and not self.stale_because:
            return "" if self.deployed_sha256 else "on its way to deploy/"
        return "on its way out of deploy/" if self.deployed_at else ""

    @staticmethod
    def stale() -> Q:
        """The line's text, or the draft's file, is another one by now."""
        return ~Q(text_key=F("line__text_key")) | Q(file_changed_at__isnull=False)
