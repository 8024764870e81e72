"""Take: one recording of one line. Finding: the result of one check on a take."""

from django.db import models
from django.db.models import Q

from apps.catalog.models import Line, Series
from apps.core.models import BaseModel
from apps.takes.models.audio import MeasuredAudio, audio_index
from apps.takes.models.runs import Batch, KeptManager, Run
from apps.work.models import WorkItem, WorkItemQuerySet, lease_constraint, lease_index


class TakeQuerySet(WorkItemQuerySet["Take"]):
    def complete(self) -> "TakeQuerySet":
        return self.filter(status=Take.Status.COMPLETE)

    def paid(self) -> "TakeQuerySet":
        """Those with a recording: complete, or cancelled before their answer came."""
        answered = Q(status=Take.Status.CANCELLED) & ~Q(request_id="")
        return self.filter(Q(status=Take.Status.COMPLETE) | answered)

    def with_ranks(self) -> "TakeQuerySet":
        """Takes in the order of ranking acts, with only the columns that ranking reads."""
        return self.only("rank", "ranked_at", "status", "expires_at").order_by("pk")


KeptTakesManager = KeptManager.from_queryset(TakeQuerySet)


class Take(WorkItem, MeasuredAudio):
    """One recording of one line, with the spoken text, settings and cost."""

    class Status(models.TextChoices):
        PENDING = "pending", "Pending"
        GENERATING = "generating", "Generating"
        COMPLETE = "complete", "Complete"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    class Origin(models.TextChoices):
        RENDERED = "rendered", "Rendered"
        DERIVED = "derived", "Derived"
        IMPORTED = "imported", "Imported"
        MIXED = "mixed", "Mixed"

    WORKING = Status.GENERATING
    UNFINISHED = (Status.PENDING, Status.GENERATING)

    series = models.ForeignKey(Series, models.PROTECT, related_name="takes")
    run = models.ForeignKey(Run, models.PROTECT, related_name="takes")
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="takes")
    line = models.ForeignKey(Line, models.PROTECT, related_name="takes")
    take_number = models.PositiveIntegerField(help_text="From 1, per line and batch.")
    file_name = models.CharField(max_length=255)
    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.RENDERED)
    derived_from = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="derived"
    )

    text = models.TextField(help_text="The line's text when this take was ordered.")
    spoken_text = models.TextField(help_text="What the provider is given.")
    model = models.CharField(max_length=60, blank=True)
    settings = models.JSONField(default=dict)
    output_format = models.CharField(max_length=30, default="mp3_44100_128")
    seed = models.BigIntegerField(null=True)
    identity = models.CharField(
        max_length=64,
        blank=True,
        help_text="Hash of spoken text, voice, model, settings, format and seed.",
    )

    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    retries = models.PositiveIntegerField(default=0, help_text="How often a person asked again.")

    characters = models.PositiveIntegerField(default=0, help_text="Billed by the provider.")
    cost = models.DecimalField(max_digits=12, decimal_places=6, null=True, help_text="US dollars.")
    unusable_characters = models.PositiveIntegerField(
        default=0,
        db_default=0,
        help_text="What answers without a usable recording may have cost.",
    )
    request_id = models.CharField(max_length=120, blank=True)
    reused_from = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="reuses"
    )

    rank = models.PositiveSmallIntegerField(null=True, blank=True)
    ranked_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Set on previews only.")

    objects = KeptTakesManager()
    with_previews = TakeQuerySet.as_manager()

    class Meta:
        base_manager_name = "with_previews"
        ordering = ["batch", "line__position", "take_number"]
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "line", "take_number"], name="take_number_unique"
            ),
            models.UniqueConstraint(fields=["batch", "file_name"], name="take_file_unique"),
            models.UniqueConstraint(
                fields=["batch", "line", "rank"],
                name="take_rank_unique",
                condition=Q(rank__isnull=False),
            ),
            models.CheckConstraint(
                name="take_rank_1_to_5", condition=Q(rank=None) | Q(rank__range=(1, 5))
            ),
            models.CheckConstraint(
                name="take_complete_has_audio",
                condition=~Q(status="complete") | (~Q(sha256="") & Q(duration__isnull=False)),
            ),
            lease_constraint("generating", name="take_generating_has_lease"),
        ]
        indexes = [
            models.Index(fields=["run", "status"], name="take_states_of_run"),
            models.Index(fields=["batch", "status"], name="take_states_of_batch"),
            models.Index(fields=["series", "-created_at", "-id"], name="take_newest_of_series"),
            models.Index(fields=["-created_at", "-id"], name="take_newest"),
            models.Index(fields=["status", "-created_at", "-id"], name="take_newest_of_status"),
            lease_index("generating", name="take_leases"),
            audio_index("take_audio"),
            models.Index(
                fields=["expires_at"],
                name="take_previews",
                condition=Q(expires_at__isnull=False),
            ),
            models.Index(
                fields=["series", "identity"],
                name="take_identity",
                condition=Q(status__in=["complete", "cancelled"]),
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def key(self) -> str:
        """The key of the take's file, in the alias `takes`."""
        return f"{self.batch.path}/takes/{self.file_name}"


class Finding(BaseModel):
    """The result of one check on a take."""

    class Severity(models.TextChoices):
        INFO = "info", "Info"
        WARN = "warn", "Warning"
        FAIL = "fail", "Failure"

    take = models.ForeignKey(Take, models.CASCADE, related_name="findings")
    check_id = models.CharField(max_length=40)
    severity = models.CharField(max_length=4, choices=Severity.choices)
    value = models.FloatField()
    limit = models.FloatField()
    message = models.CharField(max_length=300)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["take", "check_id"], name="finding_once_per_check")
        ]
        indexes = [
            models.Index(fields=["take"], name="finding_failures", condition=Q(severity="fail"))
        ]

    def __str__(self) -> str:
        return f"{self.check_id} ({self.severity})"
