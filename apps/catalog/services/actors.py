"""Who asks: a person, or VoiceCMS itself (a command, a migration)."""

from django.contrib.auth.models import AnonymousUser

from apps.accounts.models import User

Actor = User | AnonymousUser | None


def person(by: Actor) -> User | None:
    return by if isinstance(by, User) else None
