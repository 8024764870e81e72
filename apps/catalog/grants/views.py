"""Pages that show and change the grants on one Series."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode

from apps.catalog.grants.forms import GrantForm, find_subject
from apps.catalog.grants.queries import (
    GRANTING,
    Subject,
    address_of,
    grants_of,
    held_by,
    holders_everywhere,
    in_order,
)
from apps.catalog.grants.services import grant_series, named, set_grants, with_view, would_lose
from apps.catalog.models import Series
from apps.core.access import SERIES_PERMISSIONS
from apps.core.errors import Invalid
from apps.core.forms import take_errors

MOST_NAMED = 20


def series_grants(request: HttpRequest, pk: int) -> HttpResponse:
    """The table of grants with a form: a new grant, or with `?subject=user:5` an existing one."""
    if not request.user.has_perm(GRANTING):
        raise PermissionDenied
    series = get_object_or_404(Series, pk=pk)
    if "subject" in request.GET:
        return _edit(request, series, _subject(request.GET["subject"]))
    form = GrantForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        subject = _subject(form.cleaned_data["subject"])
        try:
            added = grant_series(series, subject, form.wanted(), by=request.user)
        except Invalid as error:
            take_errors(form, error)
        else:
            messages.success(request, _said(subject, added, []))
            return redirect(_address(series))
    return _table(request, series, form)


def _edit(request: HttpRequest, series: Series, subject: Subject) -> HttpResponse:
    """Change one subject's permissions; permissions to be removed are confirmed first."""
    held = held_by(series, subject)
    form = GrantForm(request.POST or None, subject=subject, initial={"permissions": in_order(held)})
    if request.method != "POST" or not form.is_valid():
        return _table(request, series, form, subject)
    wanted = set() if "nothing" in request.POST else form.wanted()
    excess = held - with_view(wanted)
    if excess and "confirmed" not in request.POST:
        return _confirm(request, series, subject, wanted, would_lose(held, excess))
    try:
        added, removed = set_grants(series, subject, wanted, by=request.user)
    except Invalid as error:
        take_errors(form, error)
        return _table(request, series, form, subject)
    messages.success(request, _said(subject, added, removed))
    return redirect(_address(series))


def _subject(address: str) -> Subject:
    subject = find_subject(address)
    if subject is None:
        raise Http404("There is no such person or group.")
    return subject


def _table(
    request: HttpRequest, series: Series, form: GrantForm, subject: Subject | None = None
) -> HttpResponse:
    everywhere = list(holders_everywhere()[: MOST_NAMED + 1])
    return _page(
        request,
        "grants",
        series,
        form=form,
        subject=subject,
        labels=SERIES_PERMISSIONS,
        grants=grants_of(series),
        everywhere=everywhere[:MOST_NAMED],
        more_everywhere=len(everywhere) > MOST_NAMED,
    )


def _confirm(
    request: HttpRequest, series: Series, subject: Subject, wanted: set[str], losing: list[str]
) -> HttpResponse:
    fields = [("permissions", key) for key in in_order(wanted)] or [("nothing", "1")]
    return _page(
        request,
        "grants_confirm",
        series,
        heading=f"Take {len(losing)} permission{'s' * (len(losing) != 1)} from {named(subject)}?",
        losing=_labels(losing),
        keeping=_labels(in_order(with_view(wanted))),
        fields=[*fields, ("confirmed", "1")],
        back=f"{_address(series)}?{urlencode({'subject': address_of(subject)})}",
    )


def _page(request: HttpRequest, name: str, series: Series, **context: Any) -> HttpResponse:
    context |= {**admin.site.each_context(request), "title": "Grants", "series": series}
    context["grants_url"] = _address(series)
    return TemplateResponse(request, f"admin/catalog/{name}.html", context)


def _address(series: Series) -> str:
    return reverse("series_grants", args=[series.pk])


def _labels(permissions: list[str]) -> list[str]:
    return [SERIES_PERMISSIONS[permission] for permission in permissions]


def _said(subject: Subject, added: list[str], removed: list[str]) -> str:
    parts = [
        f"{verb}: {', '.join(_labels(permissions)).lower()}"
        for verb, permissions in (("granted", added), ("taken away", removed))
        if permissions
    ]
    return f"{named(subject).capitalize()} – {'; '.join(parts) or 'nothing changed'}."
