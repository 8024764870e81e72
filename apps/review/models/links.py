"""ReviewLink: a partner's access to some drafts. Reviewer: a person with a token for it."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from apps.catalog.models import Language, Series
from apps.core.models import BaseModel
from apps.review.models.clips import Draft


class ReviewLinkQuerySet(models.QuerySet["ReviewLink"]):
    def open(self) -> "ReviewLinkQuerySet":
        return self.filter(revoked_at=None, expires_at__gt=timezone.now())


class ReviewLink(BaseModel):
    """Drafts to listen to, a time limit, and the rights of the link's reviewers."""

    class Rights(models.TextChoices):
        LOOK = "look", "Listen"
        COMMENT = "comment", "Listen and comment"
        DECIDE = "decide", "Listen, comment and decide"

    series = models.ForeignKey(Series, models.PROTECT, related_name="review_links")
    title = models.CharField(max_length=200)
    message = models.TextField(blank=True, help_text="Shown at the top of the page.")
    languages = models.ManyToManyField(Language, related_name="+")
    everything = models.BooleanField(
        default=False, help_text="Whatever waits in these languages, also what is saved later."
    )
    drafts = models.ManyToManyField(Draft, through="LinkedDraft", related_name="links")
    rights = models.CharField(max_length=7, choices=Rights.choices, default=Rights.DECIDE)
    passcode = models.CharField(max_length=200, blank=True, help_text="Hashed.")
    contact = models.CharField(max_length=200, help_text="Whom partners ask.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ReviewLinkQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["series", "-created_at", "-id"], name="link_newest_of_series")
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def state(self) -> str:
        """`open`, `expired` or `revoked`."""
        if self.revoked_at:
            return "revoked"
        return "open" if self.expires_at > timezone.now() else "expired"

    @property
    def is_open(self) -> bool:
        return self.state == "open"


class LinkedDraft(models.Model):
    """A draft that a link was made for."""

    link = models.ForeignKey(ReviewLink, models.CASCADE, related_name="linked")
    draft = models.ForeignKey(Draft, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["link", "draft"], name="draft_once_per_link")
        ]

    def __str__(self) -> str:
        return f"{self.draft_id} for {self.link_id}"


class Reviewer(BaseModel):
    """A person with a token for a link; only the token's hash is kept."""

    link = models.ForeignKey(ReviewLink, models.CASCADE, related_name="reviewers")
    label = models.CharField(max_length=150, help_text="For whom staff made it.")
    token_hash = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the token.")
    name = models.CharField(max_length=150, blank=True, help_text="Who they said they are.")
    page_language = models.CharField(max_length=10, blank=True)
    first_opened_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name or self.label
