"""Who asks: a person, or VoiceCMS itself (a command, a migration)."""

from apps.accounts.models import User
from apps.audit.services import Actor

__all__ = ["Actor", "person"]


def person(by: Actor) -> User | None:
    return by if isinstance(by, User) else None
