"""Reads about voices: which there are, and what consent they have."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.contrib.auth.models import AnonymousUser
from django.db.models import (
    Case,
    Exists,
    IntegerField,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.utils import timezone

from apps.accounts.models import User
from apps.catalog.models import Series
from apps.core.access import may, permitted_series
from apps.core.forms import number
from apps.providers.registry import aliases, provider_class
from apps.voices.models import Consent, SeriesVoice, Voice, VoiceQuerySet

Asker = User | AnonymousUser

MOST_OFFERED = 300

# From the narrowest to the widest; who may hear more may hear less.
AUDIENCES = tuple(Consent.Audience.values)


class Standing(StrEnum):
    """`none`: nobody ever recorded anything, which is a no."""

    NONE = "none"
    GRANTED = "granted"
    REVOKED = "revoked"
    EXPIRED = "expired"


@dataclass(frozen=True)
class ConsentState:
    """What may be done with a voice now. Only `granted` permits anything at all."""

    standing: Standing = Standing.NONE
    audience: str = ""
    basis: str = ""
    expires_at: datetime | None = None

    def covers(self, audience: str) -> bool:
        """Whether this audience may hear it: a grant covers its own audience and narrower ones."""
        if self.standing != Standing.GRANTED:
            return False
        return AUDIENCES.index(audience) <= AUDIENCES.index(self.audience)

    def __str__(self) -> str:
        return f"{self.standing}: {self.audience}" if self.audience else "no consent"


def consent_of(voice: Voice) -> ConsentState:
    """The present state: what the newest row says, and nothing without one."""
    return consents_of([voice])[voice.pk]


def consents_of(voices: Iterable[Voice]) -> dict[int, ConsentState]:
    """The present state of many voices, by primary key, in one query."""
    keys = [voice.pk for voice in voices]
    newest = Consent.objects.filter(voice=OuterRef("voice")).order_by("-created_at", "-id")
    rows = Consent.objects.filter(voice__in=keys, pk=Subquery(newest.values("pk")[:1]))
    found = {row.voice_id: derived(row, timezone.now()) for row in rows}
    return {key: found.get(key, ConsentState()) for key in keys}


def derived(consent: Consent, now: datetime) -> ConsentState:
    """What a newest row means at a moment. A grant ends at `expires_at` itself."""
    standing = Standing.GRANTED
    if consent.act != Consent.Act.GRANT:
        standing = Standing.REVOKED
    elif consent.expires_at and consent.expires_at <= now:
        standing = Standing.EXPIRED
    return ConsentState(standing, consent.audience, consent.basis, consent.expires_at)


def voices_for(
    user: Asker,
    search: str = "",
    provider: str = "",
    language: str = "",
    series: Series | None = None,
) -> VoiceQuerySet:
    """Voices that their providers listed at the last sync; for signed-in staff only.

    `language` is a BCP-47 tag. With a Series, those that it uses, for whoever may see it.
    """
    voices = Voice.objects.present().matching(search)
    if not (user.is_active and user.is_staff):
        return voices.none()
    if provider:
        voices = voices.filter(provider=provider)
    if language:
        voices = voices.speaking(language)
    if series is not None:
        linked = voices.filter(series=series)
        voices = linked if may(user, "view", series) else voices.none()
    return voices


def offered_to(series: Series, chosen: Iterable[object] = ()) -> QuerySet[Voice]:
    """To choose from: the first 300 present voices, those of the Series first, and the chosen.

    `chosen` are keys as they came from a form; what is no key is left out.
    """
    linked = SeriesVoice.objects.filter(series=series, voice=OuterRef("pk"))
    order = Case(When(Exists(linked), then=Value(0)), default=Value(1), output_field=IntegerField())
    first = Voice.objects.present().order_by(order, "provider", "name")
    shown = list(first.values_list("pk", flat=True)[:MOST_OFFERED])
    shown += filter(None, map(number, chosen))
    return Voice.objects.filter(pk__in=shown).order_by(order, "provider", "name")


def may_record_consent(user: Asker, voice: Voice) -> bool:
    """Its owner, or an administrator."""
    if not (user.is_active and user.is_staff):
        return False
    return voice.owner_id == user.pk or user.has_perm("voices.add_consent")


def may_buy_preview(user: Asker) -> bool:
    """Whoever looks after voices, or may spend on takes anywhere."""
    if not (user.is_active and user.is_staff):
        return False
    return user.has_perm("voices.change_voice") or permitted_series(user, "generate").exists()


def provider_labels() -> dict[str, str]:
    """Alias -> name for people, of each configured provider."""
    return {alias: provider_class(alias).label for alias in aliases()}
