"""Authenticates API tokens by their secrets."""

import hashlib
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from apps.accounts.models import ApiToken

USE_NOTED_EVERY = timedelta(minutes=1)


@sensitive_variables("bearer")
def authenticate(bearer: str) -> ApiToken | None:
    """The usable token with this secret, with its user, in one query; notes its use.

    The note is a second query, at most once a minute for each token.
    """
    tokens = ApiToken.objects.usable().select_related("user")
    token = tokens.filter(digest=digest_of(bearer)).first()
    if token is not None:
        _note_use(token)
    return token


@sensitive_variables("bearer")
def why_refused(bearer: str) -> str:
    """The reason why `authenticate` refused a token, in words for its owner."""
    token = ApiToken.objects.filter(digest=digest_of(bearer)).select_related("user").first()
    if token is None:
        return "This API token is not known. Check that it was copied whole, or make a new one."
    if token.state != "usable":
        word = {"revoked": "was revoked", "expired": "has expired"}[token.state]
        return f"The API token “{token.name}” {word}. Make a new one in the admin: API tokens."
    return f"The account that owns the API token “{token.name}” is deactivated."


def _note_use(token: ApiToken) -> None:
    now = timezone.now()
    if token.last_used_at and token.last_used_at > now - USE_NOTED_EVERY:
        return
    stale = Q(last_used_at=None) | Q(last_used_at__lte=now - USE_NOTED_EVERY)
    ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)


@sensitive_variables("secret")
def digest_of(secret: str) -> str:
    """SHA-256 in hex; a secret of 256 random bits needs no salt and no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()
