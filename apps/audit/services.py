"""Writing the record of what was done."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model

from apps.accounts.models import User
from apps.audit.models import Event

Actor = User | AnonymousUser | None

SYSTEM = "VoiceCMS"


def record(verb: str, target: Model, *, by: Actor, **data: Any) -> Event:
    """Write one Event in the caller's transaction; `by` is None for what VoiceCMS did itself."""
    actor = by if isinstance(by, User) else None
    return Event.objects.create(
        actor=actor,
        actor_name=actor.get_username() if actor else SYSTEM,
        verb=verb,
        target_type=target._meta.label_lower,
        target_id=str(target.pk),
        target_name=str(target)[:250],
        data=data,
    )
