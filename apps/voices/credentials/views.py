"""The page of a person's own keys for providers: enter, replace, test, delete."""

from dataclasses import dataclass

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.models import User
from apps.core.errors import DomainError, Invalid
from apps.voices.credentials import services
from apps.voices.credentials.keys import PLAYHT, kept_for
from apps.voices.models import Credential

MOST_OTHERS = 200
PAGE = "admin:voices_credential_changelist"


@dataclass(frozen=True)
class Keyring:
    """A provider, and the person's key for it; `ended`: the provider's service has ended."""

    alias: str
    label: str
    credential: Credential | None
    ended: bool


@require_safe
def credentials(request: HttpRequest) -> HttpResponse:
    """The person's own keys, never in clear; superusers see who else has keys."""
    person = _person(request)
    own = {found.provider: found for found in Credential.objects.filter(user=person)}
    keyrings = [
        Keyring(alias, label, own.get(alias), ended=alias == PLAYHT)
        for alias, label in kept_for().items()
    ]
    others = Credential.objects.exclude(user=person).select_related("user")
    context = {
        **admin.site.each_context(request),
        "title": "Credentials",
        "keyrings": keyrings,
        "others": others[:MOST_OTHERS] if person.is_superuser else [],
    }
    return TemplateResponse(request, "admin/voices/credentials.html", context)


@require_POST
@sensitive_post_parameters("key")
@sensitive_variables("key")
def save(request: HttpRequest, alias: str) -> HttpResponseRedirect:
    """Save the key, and test it at the provider."""
    key = request.POST.get("key", "")
    try:
        credential = services.save_credential(alias, key, by=_person(request))
    except Invalid as error:
        messages.error(request, f"Nothing was saved. {' '.join(error.errors.values())}")
        return redirect(PAGE)
    messages.success(request, "The key is saved. It is not shown again.")
    return _tested(request, credential)


@require_POST
def test(request: HttpRequest, alias: str) -> HttpResponseRedirect:
    """Test the key at the provider."""
    return _tested(request, _own(request, alias))


def _tested(request: HttpRequest, credential: Credential) -> HttpResponseRedirect:
    label = kept_for().get(credential.provider, credential.provider)
    try:
        services.test_credential(credential, by=_person(request))
    except DomainError as error:
        messages.error(request, str(error))
    else:
        say = messages.success if credential.is_good else messages.warning
        say(request, f"{label} said: “{credential.answer}”")
    return redirect(PAGE)


@require_POST
def delete(request: HttpRequest, alias: str) -> HttpResponseRedirect:
    """Delete the key; the person's runs use the installation's key again."""
    services.delete_credential(_own(request, alias), by=_person(request))
    messages.success(request, "The key is deleted.")
    return redirect(PAGE)


def _own(request: HttpRequest, alias: str) -> Credential:
    return get_object_or_404(Credential, user=_person(request), provider=alias)


def _person(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
