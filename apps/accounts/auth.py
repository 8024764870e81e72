"""Authenticates API callers by bearer token with a scope, or by session."""

import structlog
from django.conf import settings
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables
from ninja.errors import AuthenticationError, AuthorizationError
from ninja.security import APIKeyCookie, HttpBearer
from ninja.security.base import AuthBase
from ninja.utils import check_csrf

from apps.accounts.models import ApiToken, Scope, User
from apps.accounts.tokens import authenticate, why_refused


class TokenAuth(HttpBearer):
    """`Authorization: Bearer vcms_…`; the token must hold the scope and acts as its owner."""

    def __init__(self, needed: str) -> None:
        self.needed = Scope(needed)
        super().__init__()

    @sensitive_variables("token")
    def authenticate(self, request: HttpRequest, token: str) -> ApiToken:
        found = authenticate(token)
        if found is None:
            raise AuthenticationError(message=why_refused(token))
        structlog.contextvars.bind_contextvars(token_id=found.pk)
        if self.needed not in found.scopes:
            raise AuthorizationError(
                message=f"This needs the scope {self.needed.value}; "
                f"the API token “{found.name}” has {', '.join(found.scopes)}."
            )
        request.user = found.user
        return found


class BrowserAuth(APIKeyCookie):
    """The session of a logged-in person: every scope, with CSRF protection of unsafe methods."""

    param_name = settings.SESSION_COOKIE_NAME

    def _get_key(self, request: HttpRequest) -> str | None:
        """The session has no key of its own: Django's middleware has read it."""
        return None

    def authenticate(self, request: HttpRequest, key: str | None) -> User | None:
        if not isinstance(request.user, User):
            return None
        if check_csrf(request):
            raise AuthorizationError(
                message="The CSRF token is missing or wrong. Send the value of the csrftoken "
                "cookie as X-CSRFToken, or use an API token."
            )
        return request.user


def scope(needed: str) -> list[AuthBase]:
    """Value for `auth=` of an endpoint: the scope needed. Endpoints check Series permissions.

    Raises ValueError for an unknown scope.
    """
    return [TokenAuth(needed), BrowserAuth()]
