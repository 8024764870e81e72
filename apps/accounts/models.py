"""Models of people and of API tokens."""

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db import models
from django.utils import timezone

from apps.core.models import BaseModel


class User(AbstractUser):
    """A person's account. Roles are groups; permissions on Series are grants."""

    keys_off = models.BooleanField(
        default=False, editable=False, help_text="Whether they have switched single keys off."
    )


class Scope(models.TextChoices):
    READ_JOB = "read:job", "Read: runs, batches, takes, voices"
    EDIT_JOB = "edit:job", "Edit: generate, retry, cancel, rank, lock"


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def usable(self) -> "ApiTokenQuerySet":
        return self.filter(revoked_at=None, expires_at__gt=timezone.now(), user__is_active=True)


class ApiToken(BaseModel):
    """A bearer token; only its SHA-256 is stored, so it is shown once."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100, help_text="What uses it, such as “build server”.")
    prefix = models.CharField(max_length=12, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(default=list)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = "API token"

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def state(self) -> str:
        """`usable`, `revoked` or `expired`."""
        if self.revoked_at:
            return "revoked"
        return "expired" if self.expires_at <= timezone.now() else "usable"


Asker = User | AnonymousUser
