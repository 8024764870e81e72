"""Live clip: what listeners hear today. Draft: a numbered version that is proposed instead."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.catalog.models import Line, Series
from apps.catalog.texts import SaysText, SaysTextQuerySet
from apps.core.models import BaseModel
from apps.review.naming import LONGEST_VARIANT, PLAIN, version_name
from apps.takes.models import MeasuredAudio, Take
from apps.takes.models.audio import audio_index
from apps.voices.models import Voice


class SoundKey(models.Model):
    """What a line sounds like in one variant."""

    line_id: int
    variant = models.CharField(
        max_length=LONGEST_VARIANT,
        blank=True,
        default=PLAIN,
        help_text="A background, say; empty for the plain voice.",
    )

    class Meta:
        abstract = True

    @property
    def sound(self) -> tuple[int, str]:
        """What the rows of one sound have in common: the line and the variant."""
        return (self.line_id, self.variant)


class Clip(SaysText, BaseModel, MeasuredAudio, SoundKey):
    """An MP3 in a place: where it lies, what was measured, and how it was spoken."""

    key = models.CharField(max_length=1000, help_text="Below the place's root.")
    # There is no clip before there is audio.
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    duration = models.FloatField(help_text="Seconds, of the decoded audio.")
    text = models.TextField(blank=True, help_text="What it says, as far as is known.")
    voice = models.ForeignKey(Voice, models.PROTECT, null=True, blank=True, related_name="+")
    service = models.CharField(max_length=40, blank=True, help_text="Who made it, as tagged.")
    voice_name = models.CharField(max_length=200, blank=True)
    model = models.CharField(max_length=60, blank=True)
    settings = models.JSONField(default=dict)

    class Meta:
        abstract = True


class LiveClipQuerySet(SaysTextQuerySet["LiveClip"]):
    def heard(self) -> "LiveClipQuerySet":
        """Where the present listeners are: at the destination that LIVE_ALIAS names."""
        return self.filter(alias=settings.LIVE_ALIAS)

    def plain(self) -> "LiveClipQuerySet":
        return self.filter(variant=PLAIN)


class LiveClip(Clip):
    """What listeners hear today for a line, in one variant and at one destination.

    Written when clips are adopted or published.
    """

    series = models.ForeignKey(Series, models.PROTECT, related_name="live_clips")
    line = models.ForeignKey(Line, models.PROTECT, related_name="live_clips")
    alias = models.CharField(max_length=40, help_text="Of the place where it lies.")
    tags = models.JSONField(default=dict, help_text="Its tags, as they were found.")
    etag = models.CharField(max_length=200, blank=True, help_text="Changes with the object.")

    objects = LiveClipQuerySet.as_manager()

    class Meta:
        verbose_name = "clip"
        ordering = ["line"]
        constraints = [
            models.UniqueConstraint(fields=["line", "variant", "alias"], name="live_clip_unique")
        ]
        indexes = [audio_index("live_clip_audio")]

    def __str__(self) -> str:
        return self.key


class DraftQuerySet(SaysTextQuerySet["Draft"]):
    def plain(self) -> "DraftQuerySet":
        return self.filter(variant=PLAIN)

    def shown(self) -> "DraftQuerySet":
        """Drafts that nobody has hidden, rejected or purged."""
        return self.filter(hidden_at=None, rejected_at=None, purged_at=None)


class Draft(Clip):
    """A numbered saved version of a line's audio in one variant. No number is given again."""

    series = models.ForeignKey(Series, models.PROTECT, related_name="drafts")
    line = models.ForeignKey(Line, models.PROTECT, related_name="drafts")
    version = models.PositiveIntegerField(help_text="From 1, per line and variant.")
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
            models.UniqueConstraint(
                fields=["line", "variant", "version"], name="draft_version_unique"
            ),
        ]
        indexes = [
            audio_index("draft_audio"),
            models.Index(fields=["series", "-created_at", "-id"], name="draft_newest_of_series"),
            models.Index(
                fields=["series", "line"],
                name="draft_shown",
                condition=Q(hidden_at=None, rejected_at=None, purged_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def with_audio(cls) -> models.QuerySet[Any]:
        """Drafts that are not purged."""
        return super().with_audio().filter(purged_at=None)

    @property
    def name(self) -> str:
        """`general-intro1_v003`, or `ocean/general-intro1_v003`."""
        return version_name(self.line.key, self.version, self.variant)

    @property
    def is_stale(self) -> bool:
        """Whether the line says something else by now."""
        return not self.says(self.line.text)

    @staticmethod
    def stale() -> Q:
        return ~Q(text_key=F("line__text_key"))
