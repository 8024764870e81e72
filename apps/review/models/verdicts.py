"""Models of what reviewers heard, decided and wrote."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import BaseModel
from apps.review.models.clips import Draft
from apps.review.models.links import Reviewer


class Verdict(BaseModel):
    """One reviewer's decision on one draft; final when submitted."""

    class Decision(models.TextChoices):
        APPROVE = "approve", _("Use this one")
        CHANGE = "change", _("Needs change")
        UNSURE = "unsure", _("Not sure")

    class Reason(models.TextChoices):
        WORD = "word", _("Wrong word")
        PRONUNCIATION = "pronunciation", _("Pronunciation")
        TONE = "tone", _("Tone")
        NOISE = "noise", _("Noise")
        TIMING = "timing", _("Timing")
        OTHER = "other", _("Other")

    reviewer = models.ForeignKey(Reviewer, models.PROTECT, related_name="verdicts")
    draft = models.ForeignKey(Draft, models.PROTECT, related_name="verdicts")
    decision = models.CharField(max_length=7, choices=Decision.choices)
    reason = models.CharField(max_length=13, choices=Reason.choices, blank=True)
    confirmed = models.BooleanField(
        default=False, help_text="Without a report of listening: they said that they listened."
    )
    decided_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["reviewer", "draft"], name="verdict_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_decision_display()} ({self.reviewer})"


class Comment(BaseModel):
    """A reviewer's text about a draft, perhaps at a second of it."""

    reviewer = models.ForeignKey(Reviewer, models.PROTECT, related_name="comments")
    draft = models.ForeignKey(Draft, models.PROTECT, related_name="comments")
    text = models.TextField()
    at = models.FloatField(null=True, blank=True, help_text="Seconds from the beginning.")
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return self.text[:60]


class Listening(models.Model):
    """The ranges of a draft that a reviewer has heard, as the reviewer's page reported them."""

    reviewer = models.ForeignKey(Reviewer, models.CASCADE, related_name="listened")
    draft = models.ForeignKey(Draft, models.CASCADE, related_name="+")
    ranges = models.JSONField(default=list, help_text="[[from, to], …] in seconds, in order.")
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reviewer", "draft"], name="listening_once")]

    def __str__(self) -> str:
        return f"{self.reviewer_id} heard {self.draft_id}"
