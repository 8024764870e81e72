"""Pages that make and revoke API tokens, and the switch for keyboard shortcuts."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from apps.accounts import services
from apps.accounts.forms import TokenForm
from apps.accounts.models import ApiToken, User
from apps.accounts.services import create_token, revoke_token
from apps.core.errors import DomainError, Invalid
from apps.core.forms import number, take_errors

Person = User | AnonymousUser


def visible_tokens(user: Person) -> QuerySet[ApiToken]:
    """The person's own tokens; all tokens for holders of the permission to view them."""
    return _tokens(user, "accounts.view_apitoken")


def revocable_tokens(user: Person) -> QuerySet[ApiToken]:
    return _tokens(user, "accounts.change_apitoken").filter(revoked_at=None)


def _tokens(user: Person, permission: str) -> QuerySet[ApiToken]:
    tokens = ApiToken.objects.select_related("user")
    return tokens if user.has_perm(permission) else tokens.filter(user=user.pk)


def revoke_address(pks: list[int]) -> str:
    return f"{reverse('admin:accounts_apitoken_revoke')}?{urlencode({'pk': pks}, doseq=True)}"


@require_POST
def switch_keys(request: HttpRequest) -> HttpResponse:
    """Switch the keyboard shortcuts of pages `on` or `off` for the person."""
    wanted = request.POST.get("keys")
    if wanted not in ("on", "off"):
        return HttpResponse("Send keys=on or keys=off.", status=400, content_type="text/plain")
    if not isinstance(request.user, User):
        raise PermissionDenied
    services.switch_keys(request.user, on=wanted == "on")
    return HttpResponse(status=204)


@sensitive_variables("secret")
def make_token(request: HttpRequest) -> HttpResponse:
    """Make a token; the answer itself shows its secret, which no session or database stores."""
    form = TokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            token, secret = _create(request, form)
        except Invalid as error:
            take_errors(form, error)
        else:
            return _page(request, "created", title="API token made", token=token, secret=secret)
    return _page(request, "add", title="Make an API token", form=form)


def revoke_tokens(request: HttpRequest) -> HttpResponse:
    """GET asks, POST revokes the tokens named by `pk`, except those the person may not revoke."""
    pks = list(map(number, request.GET.getlist("pk")))
    tokens = list(revocable_tokens(request.user).filter(pk__in=pks))
    if tokens and request.method != "POST":
        return _page(request, "revoke", title="Revoke API tokens", tokens=tokens)
    if not tokens:
        messages.warning(request, "None of these tokens is left to revoke.")
    for token in tokens:
        _revoke(request, token)
    return redirect("admin:accounts_apitoken_changelist")


def _create(request: HttpRequest, form: TokenForm) -> tuple[ApiToken, str]:
    wanted = form.cleaned_data
    me = request.user
    if not isinstance(me, User):
        raise PermissionDenied
    return create_token(me, wanted["name"], wanted["scopes"], form.expires_at(), by=me)


def _revoke(request: HttpRequest, token: ApiToken) -> None:
    try:
        revoke_token(token, by=request.user)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{token} is revoked: whatever uses it is refused from now on.")


def _page(request: HttpRequest, name: str, **context: Any) -> HttpResponse:
    context = {**admin.site.each_context(request), **context}
    return TemplateResponse(request, f"admin/accounts/apitoken/{name}.html", context)
