"""Who may speak: voices of providers, who plays whom, and consent."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Cast
from django.utils import timezone

from apps.catalog.models import Character, Language, Series
from apps.core.models import BaseModel
from apps.storage.keys import BadName, check_name

MOST_WORDS = 10  # of a search; each adds a condition to the query


class VoiceQuerySet(models.QuerySet["Voice"]):
    def present(self) -> "VoiceQuerySet":
        """Voices that their provider still lists."""
        return self.filter(gone_at=None)

    def matching(self, words: str) -> "VoiceQuerySet":
        """Voices with every word in their name, id, category or labels."""
        found = self.alias(label_text=Cast("labels", models.TextField()))
        columns = ("name", "provider_voice_id", "category", "label_text")
        # PostgreSQL takes no NUL in a text.
        for word in words.replace("\0", " ").split()[:MOST_WORDS]:
            anywhere = [Q(**{f"{column}__icontains": word}) for column in columns]
            found = found.filter(Q(*anywhere, _connector=Q.OR))
        return found

    def speaking(self, tag: str) -> "VoiceQuerySet":
        """Voices that name the language itself, its wider or a narrower form, or no language.

        For `es-CO` that is `es-CO` and `es`; for `es` also `es-419`. A provider that names no
        languages lets every voice try every one.
        """
        base = tag.partition("-")[0]
        wanted = {f'"{tag}"', f'"{base}"', f'"{tag}-'}
        names = [Q(language_text__icontains=text.replace("\0", "")) for text in sorted(wanted)]
        listed = self.alias(language_text=Cast("languages", models.TextField()))
        return listed.filter(Q(*names, Q(languages=[]), _connector=Q.OR))


class Voice(BaseModel):
    """One provider's voice. Voices belong to no Series; Series reach them through a link."""

    provider = models.CharField(max_length=30, help_text="Alias in TTS_PROVIDERS.")
    provider_voice_id = models.CharField(max_length=100)
    name = models.CharField(max_length=100)
    category = models.CharField(max_length=30, blank=True)
    is_engine = models.BooleanField(default=False, help_text="A machine's own voice: no person.")
    languages = models.JSONField(default=list, blank=True)
    labels = models.JSONField(default=dict, blank=True)
    default_model = models.CharField(max_length=60, blank=True)
    default_settings = models.JSONField(default=dict, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="voices"
    )
    synced_at = models.DateTimeField(default=timezone.now, editable=False)
    gone_at = models.DateTimeField(null=True, blank=True, editable=False)
    series = models.ManyToManyField(Series, through="SeriesVoice", related_name="voices")

    objects = VoiceQuerySet.as_manager()

    class Meta:
        ordering = ["provider", "name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "provider_voice_id"], name="voice_once_per_provider"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def address(self) -> str:
        """How commands and the API name it: `espeak:Annie`."""
        return f"{self.provider}:{self.provider_voice_id}"

    @property
    def directory(self) -> str:
        """Its folder inside a Series: `<VoiceName-VoiceID>`."""
        return f"{self.name}-{self.provider_voice_id}"

    @property
    def fault(self) -> str:
        """Why no batch can be made with it, or '': its name and id are the name of a folder."""
        try:
            check_name(self.directory)
        except BadName as error:
            return str(error)
        return ""


class Credential(BaseModel):
    """Somebody's own key for a provider, used for the runs that they order."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="credentials")
    provider = models.CharField(max_length=30, help_text="Alias in TTS_PROVIDERS, or playht.")
    sealed = models.TextField(editable=False, help_text="The key, encrypted.")
    tested_at = models.DateTimeField(null=True, editable=False)
    is_good = models.BooleanField(null=True, editable=False)
    answer = models.TextField(blank=True, editable=False, help_text="Of the provider, to a test.")

    class Meta:
        ordering = ["provider", "user_id"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "provider"], name="credential_once")]

    def __str__(self) -> str:
        return f"{self.provider} key of {self.user}"


class SeriesVoice(BaseModel):
    """A Series may use this voice."""

    series = models.ForeignKey(Series, models.CASCADE)
    voice = models.ForeignKey(Voice, models.CASCADE)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["series", "voice"], name="voice_once_per_series")
        ]

    def __str__(self) -> str:
        return f"{self.voice_id} in {self.series_id}"


class Casting(BaseModel):
    """Which voice plays a character, in one language or (language empty) in all."""

    series = models.ForeignKey(Series, models.CASCADE, related_name="castings")
    character = models.ForeignKey(Character, models.CASCADE, related_name="castings")
    language = models.ForeignKey(Language, models.CASCADE, null=True, blank=True)
    voice = models.ForeignKey(Voice, models.PROTECT, related_name="castings")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["character", "language"], name="casting_once_per_language"
            ),
            models.UniqueConstraint(
                fields=["character"],
                condition=models.Q(language=None),
                name="casting_once_for_all_languages",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.character_id} by {self.voice_id}"


class Consent(BaseModel):
    """A grant or a revocation; rows are only added, the present state is the newest row."""

    class Act(models.TextChoices):
        GRANT = "grant", "Grant"
        REVOCATION = "revocation", "Revocation"

    class Audience(models.TextChoices):
        OWNER = "owner", "Owner only"
        FRIENDS = "friends", "People with a grant on the Series"
        INTERNAL = "internal", "Signed-in staff"
        PUBLIC = "public", "Review links and destinations"

    voice = models.ForeignKey(Voice, models.PROTECT, related_name="consents")
    act = models.CharField(max_length=10, choices=Act.choices)
    audience = models.CharField(max_length=10, choices=Audience.choices, default=Audience.OWNER)
    basis = models.TextField(help_text="What it rests on: contract, mail, licence; where it lies.")
    expires_at = models.DateTimeField(null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    by_name = models.CharField(max_length=150, help_text="Who recorded it.")

    class Meta:
        ordering = ["-created_at", "-id"]
        default_permissions = ("add", "view")
        indexes = [models.Index(fields=["voice", "-created_at", "-id"], name="consent_newest")]

    def __str__(self) -> str:
        return f"{self.act} ({self.audience}) for {self.voice_id}"
