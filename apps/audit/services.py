"""Writes Events."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model

from apps.accounts.models import User
from apps.audit.models import Event


@dataclass(frozen=True, slots=True)
class Outsider:
    """A person without an account, with the name that the person gave."""

    name: str


Actor = User | AnonymousUser | Outsider | None

SYSTEM = "VoiceCMS"


def name_of(actor: Actor) -> str:
    """The actor's name in the record; VoiceCMS for None."""
    if isinstance(actor, Outsider):
        return actor.name[:150]
    return actor.get_username() if isinstance(actor, User) else SYSTEM


def user_of(actor: Actor) -> User | None:
    """The actor's account; None for outsiders, and for VoiceCMS itself."""
    return actor if isinstance(actor, User) else None


def record(verb: str, target: Model, *, by: Actor, **data: Any) -> Event:
    """Write one Event in the caller's transaction; `by` is None for acts of VoiceCMS itself."""
    return Event.objects.create(
        actor=user_of(by),
        actor_name=name_of(by),
        verb=verb,
        target_type=target._meta.label_lower,
        target_id=str(target.pk),
        target_name=str(target)[:250],
        data=data,
    )
