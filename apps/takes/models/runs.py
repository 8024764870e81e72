"""Run: one press of “generate”. Batch: its takes for one voice, and their directory."""

import uuid
from typing import TypeVar

from django.conf import settings
from django.db import models

from apps.catalog.models import Language, Series
from apps.core.models import BaseModel
from apps.voices.models import Voice

Kept = TypeVar("Kept", bound=models.Model, covariant=True)


class KeptManager(models.Manager[Kept]):
    """Rows that are no previews; lists, pages and documents show only these rows."""

    def get_queryset(self) -> models.QuerySet[Kept]:
        return super().get_queryset().filter(expires_at=None)


class Run(BaseModel):
    """One order: its parameters, person and estimated cost. The takes determine its state."""

    class Kind(models.TextChoices):
        ORDER = "order", "Lines × voices"
        PREVIEW = "preview", "Preview"
        MORE_TAKES = "more_takes", "More takes of a line"
        TRIM = "trim", "Part of a take"
        IMPORT = "import", "Imported batch"

    task_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    series = models.ForeignKey(Series, models.PROTECT, related_name="runs")
    language = models.ForeignKey(Language, models.PROTECT, null=True, related_name="+")
    ordered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="runs"
    )
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.ORDER, editable=False)
    params = models.JSONField(default=dict)
    left_out = models.TextField(blank=True, help_text="Lines that could not be spoken, in words.")
    reuse_identical = models.BooleanField(default=True)
    characters_estimated = models.PositiveBigIntegerField(default=0)
    cost_estimated = models.DecimalField(
        max_digits=12, decimal_places=6, null=True, help_text="US dollars, when known."
    )
    finished_at = models.DateTimeField(null=True, editable=False)
    cancelled_at = models.DateTimeField(null=True, editable=False)
    expires_at = models.DateTimeField(null=True, editable=False, help_text="Set on previews only.")

    objects = KeptManager()
    with_previews = models.Manager()

    class Meta:
        base_manager_name = "with_previews"
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="run_newest"),
            models.Index(fields=["series", "-created_at", "-id"], name="run_newest_of_series"),
            models.Index(
                fields=["created_at"],
                name="run_unfinished",
                condition=models.Q(finished_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"Run {self.pk}"


class Batch(BaseModel):
    """The takes of one Run for one voice: `<series>/<voice>/<batch>/` below the audio root."""

    series = models.ForeignKey(Series, models.PROTECT, related_name="batches")
    run = models.ForeignKey(Run, models.PROTECT, related_name="batches")
    voice = models.ForeignKey(Voice, models.PROTECT, related_name="batches")
    batch_id = models.CharField(max_length=120, unique=True)
    path = models.CharField(max_length=700, unique=True, help_text="Below the audio root.")
    params = models.JSONField(default=dict)
    generated_at = models.DateTimeField(null=True, editable=False)
    ranked_at = models.DateTimeField(null=True, editable=False)
    locked_at = models.DateTimeField(null=True, editable=False)
    stopped_reason = models.TextField(
        blank=True, help_text="Why the provider refused to go on, in its own words."
    )
    waiting_reason = models.TextField(
        blank=True, help_text="What it needs to go on, such as space on a disk."
    )
    waiting_since = models.DateTimeField(null=True, editable=False)
    expires_at = models.DateTimeField(null=True, editable=False, help_text="Set on previews only.")

    objects = KeptManager()
    with_previews = models.Manager()

    class Meta:
        base_manager_name = "with_previews"
        ordering = ["-created_at", "-id"]
        verbose_name_plural = "batches"
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="batch_newest"),
            models.Index(fields=["series", "-created_at", "-id"], name="batch_newest_of_series"),
        ]

    def __str__(self) -> str:
        return self.batch_id

    @property
    def is_locked(self) -> bool:
        return self.locked_at is not None
