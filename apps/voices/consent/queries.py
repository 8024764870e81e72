"""What consent a voice has: the newest grant or revocation counts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from apps.accounts.models import Asker
from apps.voices.models import Consent, Voice


class ConsentStatus(StrEnum):
    """`none`: nobody ever recorded anything, which is a no."""

    NONE = "none"
    GRANTED = "granted"
    REVOKED = "revoked"
    EXPIRED = "expired"


@dataclass(frozen=True)
class ConsentState:
    """What may be done with a voice now. Only `granted` permits anything at all."""

    status: ConsentStatus = ConsentStatus.NONE
    audience: str = ""
    basis: str = ""
    expires_at: datetime | None = None

    def __str__(self) -> str:
        return f"{self.status}: {self.audience}" if self.audience else "no consent"


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
    status = ConsentStatus.GRANTED
    if consent.act != Consent.Act.GRANT:
        status = ConsentStatus.REVOKED
    elif consent.expires_at and consent.expires_at <= now:
        status = ConsentStatus.EXPIRED
    return ConsentState(status, consent.audience, consent.basis, consent.expires_at)


def may_record_consent(user: Asker, voice: Voice) -> bool:
    """Its owner, or an administrator."""
    if not (user.is_active and user.is_staff):
        return False
    return voice.owner_id == user.pk or user.has_perm("voices.add_consent")
