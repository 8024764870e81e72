"""Pages and acts of voices: play a sample, sync, record consent, link to a Series."""

from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.models import User
from apps.catalog.models import Series
from apps.core.access import visible_to
from apps.core.errors import DomainError, Invalid, Missing, Unavailable
from apps.storage.places import get_place
from apps.storage.serving import serve
from apps.voices.consent.forms import ConsentForm
from apps.voices.consent.queries import may_record_consent
from apps.voices.consent.services import record_consent
from apps.voices.library.forms import SeriesLinkForm
from apps.voices.library.queries import may_buy_sample
from apps.voices.library.samples import PLACE
from apps.voices.library.services import (
    hear_sample,
    link_voices,
    make_sample,
    sync_voices,
    unlink_voice,
)
from apps.voices.models import Voice

STATUSES: dict[type[DomainError], int] = {Invalid: 400, Missing: 404, Unavailable: 503}
MOST_SHOWN = 5


@require_http_methods(["GET", "HEAD", "POST"])
def sample(request: HttpRequest, pk: int) -> HttpResponseBase:
    """GET plays a sample that exists or is free; POST makes it."""
    voice = get_object_or_404(Voice, pk=pk)
    if request.method == "POST":
        return _make_sample(request, voice)
    try:
        found = hear_sample(voice, request.GET.get("language", ""))
    except DomainError as error:
        status = next((code for kind, code in STATUSES.items() if isinstance(error, kind)), 409)
        return HttpResponse(str(error), status=status, content_type="text/plain; charset=utf-8")
    return serve(request, get_place(PLACE), found.key, content_type="audio/mpeg")


@require_POST
def sync(request: HttpRequest, alias: str) -> HttpResponseRedirect:
    """Sync a provider's voices and show the result."""
    if not request.user.has_perm("voices.change_voice"):
        raise PermissionDenied
    try:
        result = sync_voices(alias, by=request.user)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{result}.")
        if result.unusable:
            messages.warning(request, _unusable(result.unusable))
    return redirect("admin:voices_voice_changelist")


@require_http_methods(["GET", "HEAD", "POST"])
def consent(request: HttpRequest, pk: int) -> HttpResponse:
    """Record a grant or a revocation."""
    voice = get_object_or_404(Voice, pk=pk)
    if not may_record_consent(request.user, voice):
        raise PermissionDenied
    form = ConsentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        record_consent(voice, by=_person(request), **form.cleaned_data)
        messages.success(request, f"Recorded for {voice}; it holds from now on.")
        return redirect(f"{_page_of(voice)}#consent")
    context = {"form": form, "voice": voice, "title": f"Record consent for {voice}"}
    context = {**admin.site.each_context(request), **context}
    return TemplateResponse(request, "admin/voices/consent.html", context)


@require_POST
def link(request: HttpRequest, pk: int) -> HttpResponseRedirect:
    """Let a Series use the voice."""
    voice = get_object_or_404(Voice, pk=pk)
    form = SeriesLinkForm(request.POST, series=editable_series(request))
    if form.is_valid():
        series = form.cleaned_data["series"]
        link_voices(series, [voice], by=request.user)
        messages.success(request, f"{series} uses {voice}.")
    else:
        messages.error(request, "Nothing was changed: choose a Series that you may edit.")
    return redirect(f"{_page_of(voice)}#series")


@require_POST
def unlink(request: HttpRequest, pk: int, series_pk: int) -> HttpResponseRedirect:
    """Take the voice from a Series."""
    voice = get_object_or_404(Voice, pk=pk)
    series = get_object_or_404(editable_series(request), pk=series_pk)
    try:
        unlink_voice(series, voice, by=request.user)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{series} no longer uses {voice}; its takes stay.")
    return redirect(f"{_page_of(voice)}#series")


def editable_series(request: HttpRequest) -> Any:
    """The Series that the person may edit."""
    return visible_to(request.user, Series.objects.all(), "pk", "edit")


def _make_sample(request: HttpRequest, voice: Voice) -> HttpResponseRedirect:
    if not voice.is_engine and not may_buy_sample(request.user):
        raise PermissionDenied
    try:
        made = make_sample(voice, request.POST.get("language", ""), by=request.user)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{voice} can be heard now in {made.language}.")
    return HttpResponseRedirect(_back(request, voice))


def _back(request: HttpRequest, voice: Voice) -> str:
    """The page that holds the button, if its address is on this site."""
    back = request.POST.get("back", "")
    own = url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return back if own else _page_of(voice)


def _page_of(voice: Voice) -> str:
    return reverse("admin:voices_voice_change", args=[voice.pk])


def _unusable(problems: tuple[str, ...]) -> str:
    more = len(problems) - MOST_SHOWN
    shown = " ".join(problems[:MOST_SHOWN])
    return f"Cannot be used: {shown}" + (f" And {more} more." if more > 0 else "")


def _person(request: HttpRequest) -> User:
    """The logged-in person; the admin's login guards these pages."""
    return cast(User, request.user)
