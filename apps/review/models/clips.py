"""Live clip: what listeners hear today. Draft: a numbered version that is proposed instead."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.catalog.models import Line, Series
from apps.catalog.texts import SaysText, SaysTextQuerySet
from apps.core.models import BaseModel
from apps.takes.models import Take
from apps.voices.models import Voice


class Clip(SaysText, BaseModel):
    """An MP3 in a place: where it lies, what was measured, and how it was spoken."""

    key = models.CharField(max_length=1000, help_text="Below the place's root.")
    sha256 = models.CharField(max_length=64, help_text="Of the stored file.")
    frames_sha256 = models.CharField(max_length=64, help_text="Of the audio alone.")
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    duration = models.FloatField(help_text="Seconds, of the decoded audio.")
    loudness = models.FloatField(null=True, help_text="Integrated, LUFS; empty when too short.")
    peaks = models.BinaryField(null=True, help_text="Signed bytes: minimum, maximum, minimum…")
    peaks_rate = models.FloatField(default=0, help_text="Pairs of peaks per second.")
    text = models.TextField(blank=True, help_text="What it says, as far as is known.")
    voice = models.ForeignKey(Voice, models.PROTECT, null=True, blank=True, related_name="+")
    service = models.CharField(max_length=40, blank=True, help_text="Who made it, as tagged.")
    voice_name = models.CharField(max_length=200, blank=True)
    model = models.CharField(max_length=60, blank=True)
    settings = models.JSONField(default=dict)

    class Meta:
        abstract = True


class LiveClip(Clip):
    """What listeners hear today for a line; written when clips are adopted or published."""

    series = models.ForeignKey(Series, models.PROTECT, related_name="live_clips")
    line = models.OneToOneField(Line, models.PROTECT, related_name="live_clip")
    place = models.CharField(max_length=40, help_text="Alias of the place it was read from.")
    tags = models.JSONField(default=dict, help_text="Its tags, as they were found.")
    etag = models.CharField(max_length=200, blank=True, help_text="Changes with the object.")
    modified_at = models.DateTimeField(null=True, help_text="Of the object.")
    seen_at = models.DateTimeField(help_text="When it was last read.")

    objects = SaysTextQuerySet.as_manager()

    class Meta:
        verbose_name = "clip"
        ordering = ["line"]

    def __str__(self) -> str:
        return self.key


class DraftQuerySet(SaysTextQuerySet["Draft"]):
    def shown(self) -> "DraftQuerySet":
        """Drafts that nobody has hidden, rejected or purged."""
        return self.filter(hidden_at=None, rejected_at=None, purged_at=None)


class Draft(Clip):
    """A numbered saved version of a line's audio. Its number is never given again."""

    series = models.ForeignKey(Series, models.PROTECT, related_name="drafts")
    line = models.ForeignKey(Line, models.PROTECT, related_name="drafts")
    version = models.PositiveIntegerField(help_text="From 1, per line.")
    take = models.ForeignKey(Take, models.PROTECT, null=True, related_name="drafts")
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    saved_by_name = models.CharField(max_length=150)
    rejected_at = models.DateTimeField(null=True, blank=True)
    rejected_by_name = models.CharField(max_length=150, blank=True)
    hidden_at = models.DateTimeField(null=True, blank=True)
    hidden_by_name = models.CharField(max_length=150, blank=True)
    hidden_by_reviewer = models.ForeignKey(
        "review.Reviewer", models.SET_NULL, null=True, blank=True, related_name="hidden_drafts"
    )
    purged_at = models.DateTimeField(null=True, blank=True, help_text="Its file is gone for good.")

    objects = DraftQuerySet.as_manager()

    class Meta:
        ordering = ["line__position", "line", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["line", "version"], name="draft_version_unique"),
        ]
        indexes = [
            models.Index(fields=["series", "-created_at", "-id"], name="draft_newest_of_series"),
            models.Index(
                fields=["series", "line"],
                name="draft_shown",
                condition=Q(hidden_at=None, rejected_at=None, purged_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """`general-intro1_v003`: the key of the line, `_v` and three digits or more."""
        return f"{self.line.key}_v{self.version:03}"

    @property
    def is_stale(self) -> bool:
        """Whether the line says something else by now."""
        return not self.says(self.line.text)

    @staticmethod
    def stale() -> Q:
        return ~Q(text_key=F("line__text_key"))
