"""Authenticates API callers by bearer token with a scope, or by session."""

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_variables
from ninja.errors import AuthenticationError, AuthorizationError
from ninja.security import APIKeyCookie, HttpBearer

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

    def __call__(self, request: HttpRequest) -> User | None:
        """Without a key: Django's middleware has read the session."""
        return self.authenticate(request, None)

    def authenticate(self, request: HttpRequest, key: str | None) -> User | None:
        if not isinstance(request.user, User):
            return None
        if meant_by_user(request).status_code == 403:
            raise AuthorizationError(
                message="The CSRF token is missing or wrong. Send the value of the csrftoken "
                "cookie as X-CSRFToken, or use an API token."
            )
        return request.user


@csrf_protect
def meant_by_user(request: HttpRequest) -> HttpResponse:
    """403 where the request has no valid CSRF token, and its method needs one."""
    return HttpResponse()


def scope(needed: str) -> list[TokenAuth | BrowserAuth]:
    """Value for `auth=` of an endpoint: the scope needed. Endpoints check Series permissions.

    Raises ValueError for an unknown scope.
    """
    return [TokenAuth(needed), BrowserAuth()]
