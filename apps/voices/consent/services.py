"""Recording consent: rows are only ever added."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.services import name_of, record
from apps.core.errors import Invalid
from apps.voices.models import Consent, Voice


@transaction.atomic
def record_consent(
    voice: Voice,
    act: str,
    audience: str,
    basis: str,
    expires_at: datetime | None = None,
    *,
    by: User | None,
) -> Consent:
    """Add a grant or a revocation, from now on the voice's state. Raises Invalid."""
    check_consent(act, audience, basis, expires_at)
    consent = Consent.objects.create(
        voice=voice,
        act=act,
        audience=audience,
        basis=basis.strip(),
        expires_at=expires_at,
        recorded_by=by,
        by_name=name_of(by),
    )
    record("voice.consent_recorded", voice, by=by, act=act, audience=audience, basis=basis.strip())
    return consent


def check_consent(act: str, audience: str, basis: str, expires_at: datetime | None) -> None:
    """Raise Invalid with everything that is wrong, by field."""
    errors = {}
    if act not in Consent.Act.values:
        errors["act"] = f"Choose one of {', '.join(Consent.Act.values)}."
    if audience not in Consent.Audience.values:
        errors["audience"] = f"Choose one of {', '.join(Consent.Audience.values)}."
    if not basis.strip():
        errors["basis"] = "Say what it rests on and where that can be found."
    if expires_at and act == Consent.Act.REVOCATION:
        errors["expires_at"] = "A revocation has no end; record a new grant instead."
    elif expires_at and expires_at <= timezone.now():
        errors["expires_at"] = "This moment has passed."
    if errors:
        raise Invalid(errors)
