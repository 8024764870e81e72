"""Event: one act of the record. Rows are only added."""

from django.conf import settings
from django.db import models

from apps.core.models import BaseModel


class Event(BaseModel):
    """One act. `verb` is dotted (`run.ordered`), the target is `app.model` and its key."""

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="events"
    )
    actor_name = models.CharField(max_length=200, help_text="Kept when the account is deleted.")
    verb = models.CharField(max_length=60)
    target_type = models.CharField(max_length=60)
    target_id = models.CharField(max_length=60)
    target_name = models.CharField(max_length=250)
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ["-created_at", "-id"]
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="event_newest"),
            models.Index(fields=["target_type", "target_id", "-created_at"], name="event_target"),
            models.Index(fields=["verb", "-created_at", "-id"], name="event_verb"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_name}: {self.verb} {self.target_name}"
