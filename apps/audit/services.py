"""Writing the record of what was done."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model

from apps.accounts.models import User
from apps.audit.models import Event


@dataclass(frozen=True, slots=True)
class Outsider:
    """Somebody without an account, by the name that they gave."""

    name: str


Actor = User | AnonymousUser | Outsider | None

SYSTEM = "VoiceCMS"


def name_of(actor: Actor) -> str:
    """What the record calls somebody; VoiceCMS itself for nobody."""
    if isinstance(actor, Outsider):
        return actor.name[:150]
    return actor.get_username() if isinstance(actor, User) else SYSTEM


def user_of(actor: Actor) -> User | None:
    """Somebody's account; None for outsiders, and for VoiceCMS itself."""
    return actor if isinstance(actor, User) else None


def record(verb: str, target: Model, *, by: Actor, **data: Any) -> Event:
    """Write one Event in the caller's transaction; `by` is None for what VoiceCMS did itself."""
    return Event.objects.create(
        actor=user_of(by),
        actor_name=name_of(by),
        verb=verb,
        target_type=target._meta.label_lower,
        target_id=str(target.pk),
        target_name=str(target)[:250],
        data=data,
    )
