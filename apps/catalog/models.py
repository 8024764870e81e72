"""What must be said: Series, their languages, scripts, lines and characters."""

from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from apps.catalog.texts import Readiness, ReadinessField, SaysText, SaysTextQuerySet
from apps.core.access import SERIES_PERMISSIONS
from apps.core.models import BaseModel
from apps.storage.keys import BadName, check_name


def validate_name(value: str) -> None:
    """Refuse what cannot be one segment of a path; names are never altered."""
    try:
        check_name(value)
    except BadName as error:
        raise ValidationError(str(error)) from error


class Series(BaseModel):
    """The root of everything; the only object that permissions are granted on."""

    class Kind(models.TextChoices):
        GAME = "game", "Game"
        ITEM_BANK = "item_bank", "Item bank"
        COURSE = "course", "Course"
        SHOW = "show", "Show"

    slug = models.CharField(
        max_length=100,
        validators=[validate_name],
        help_text="The folder of its audio; upper and lower case are kept.",
    )
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.GAME)
    default_language = models.CharField(max_length=35, default="en", help_text="As in en or es-CO.")

    class Meta:
        ordering = ["title", "id"]
        verbose_name_plural = "series"
        default_permissions = ("add", "change", "delete")
        permissions = [(f"{name}_series", label) for name, label in SERIES_PERMISSIONS.items()]
        constraints = [
            # Two folders that differ by case only would be one on some file systems.
            models.UniqueConstraint(Lower("slug"), name="series_slug_unique_any_case"),
        ]

    def __str__(self) -> str:
        return self.title


class SeriesUserPermission(UserObjectPermissionBase):
    """A grant to a person; a real foreign key keeps look-ups quick and grants whole."""

    content_object = models.ForeignKey(Series, models.CASCADE)

    class Meta(UserObjectPermissionBase.Meta):
        pass


class SeriesGroupPermission(GroupObjectPermissionBase):
    """A grant to everybody who has a role."""

    content_object = models.ForeignKey(Series, models.CASCADE)

    class Meta(GroupObjectPermissionBase.Meta):
        pass


class Language(BaseModel):
    """One language of a Series, as a BCP-47 tag."""

    series = models.ForeignKey(Series, models.CASCADE, related_name="languages")
    tag = models.CharField(max_length=35)

    class Meta:
        ordering = ["tag"]
        constraints = [
            models.UniqueConstraint(fields=["series", "tag"], name="language_once_per_series")
        ]

    def __str__(self) -> str:
        return self.tag


class SeriesPrefix(BaseModel):
    """Where the files of a Series lie in a place that it shares with others."""

    series = models.ForeignKey(Series, models.CASCADE, related_name="prefixes")
    alias = models.CharField(max_length=40)
    prefix = models.CharField(max_length=200, blank=True, help_text="Empty, or ends in a slash.")

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["series", "alias"], name="place_once_per_series"),
            models.UniqueConstraint(fields=["alias", "prefix"], name="place_prefix_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.alias}:{self.prefix}"


class Character(BaseModel):
    """A role inside a Series; which voice plays it is decided in casting."""

    series = models.ForeignKey(Series, models.CASCADE, related_name="characters")
    name = models.CharField(max_length=100)
    notes = models.TextField(blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["series", "name"], name="character_once_per_series")
        ]

    def __str__(self) -> str:
        return self.name


class Script(BaseModel):
    """One import: which file brought which lines, and when."""

    series = models.ForeignKey(Series, models.CASCADE, related_name="scripts")
    number = models.PositiveIntegerField(help_text="Rises by one per Series.")
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    languages = models.JSONField(default=list)
    lines_new = models.PositiveIntegerField(default=0)
    lines_changed = models.PositiveIntegerField(default=0)
    lines_unchanged = models.PositiveIntegerField(default=0)
    lines_missing = models.PositiveIntegerField(default=0)
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["series", "number"], name="script_number_unique")
        ]

    def __str__(self) -> str:
        return f"{self.file_name} (import {self.number})"


class LineQuerySet(SaysTextQuerySet["Line"]):
    def current(self) -> "LineQuerySet":
        """Lines that the newest script still holds."""
        return self.filter(retired_at=None)

    def speakable(self) -> "LineQuerySet":
        """Current lines whose text can be spoken."""
        return self.current().filter(readiness=Readiness.SPEAKABLE)


class Line(SaysText, BaseModel):
    """One text to be spoken in one language. Its key stays, its text may change."""

    series = models.ForeignKey(Series, models.CASCADE, related_name="lines")
    language = models.ForeignKey(Language, models.PROTECT, related_name="lines")
    key = models.CharField(max_length=200, validators=[validate_name])
    text = models.TextField(help_text="As imported; markup is left out only when it is spoken.")
    readiness = ReadinessField(max_length=11, choices=Readiness.choices, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    character = models.ForeignKey(
        Character, models.SET_NULL, null=True, blank=True, related_name="lines"
    )
    notes = models.TextField(blank=True, help_text="Direction for whoever speaks or listens.")
    labels = models.JSONField(default=list, blank=True)
    position = models.PositiveIntegerField(default=0)
    max_duration = models.FloatField(null=True, blank=True, help_text="Seconds.")
    script = models.ForeignKey(
        Script, models.SET_NULL, null=True, editable=False, related_name="lines"
    )
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = LineQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["language", "key"], name="line_key_unique"),
        ]
        indexes = [
            models.Index(fields=["series", "language", "position", "id"], name="line_in_order"),
            models.Index(fields=["series", "key"], name="line_by_key"),
        ]

    def __str__(self) -> str:
        return self.key


class LineVersion(BaseModel):
    """A text that a line had before; the present one stands on the line itself."""

    line = models.ForeignKey(Line, models.CASCADE, related_name="versions")
    version = models.PositiveIntegerField()
    text = models.TextField()
    replaced_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(fields=["line", "version"], name="line_version_unique")
        ]

    def __str__(self) -> str:
        return f"{self.line_id} v{self.version}"


class PendingImportQuerySet(models.QuerySet["PendingImport"]):
    def fresh(self) -> "PendingImportQuerySet":
        return self.filter(created_at__gt=timezone.now() - PENDING_FOR)

    def expired(self) -> "PendingImportQuerySet":
        return self.filter(created_at__lte=timezone.now() - PENDING_FOR)


PENDING_FOR = timedelta(hours=24)


class PendingImport(BaseModel):
    """An uploaded file that waits to be confirmed, where every web machine sees it."""

    series = models.ForeignKey(Series, models.CASCADE, related_name="pending_imports")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="pending_imports"
    )
    file_name = models.CharField(max_length=255)
    packed = models.BinaryField(help_text="The file's bytes, compressed by zlib.")
    options = models.JSONField(default=dict, help_text="The fields of ImportOptions.")

    objects = PendingImportQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["created_at"], name="pending_import_age")]

    def __str__(self) -> str:
        return self.file_name
