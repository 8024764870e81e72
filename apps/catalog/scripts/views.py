"""Pages that import a script: upload, plan, confirm."""

from typing import Any, cast

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.models import User
from apps.catalog.models import PendingImport, Series
from apps.catalog.scripts.forms import UploadForm
from apps.catalog.scripts.plan_pages import confirm_label, plan_page
from apps.catalog.scripts.planning import plan_import
from apps.catalog.scripts.reports import bad_rows_csv, notices
from apps.catalog.scripts.services import (
    PlanOutdated,
    check_plan,
    confirm_import,
    discard_upload,
    hold_upload,
    plan_pending,
)
from apps.catalog.scripts.sheets import read_bounded
from apps.core.access import visible_to
from apps.core.errors import DomainError


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest, series_pk: int) -> HttpResponse:
    """Store an uploaded file and, if it can be read as a script, go to its plan."""
    series = _series(request, series_pk)
    is_sent = request.method == "POST"
    form = UploadForm(request.POST, request.FILES) if is_sent else UploadForm()
    if form.is_valid():
        try:
            pending = _hold(request, series, form)
        except DomainError as error:
            form.add_error("file", str(error))
        else:
            return redirect("admin:catalog_import_preview", series.pk, pending.pk)
    context = {"form": form, "series": series, "title": f"Import a script into {series}"}
    return _page(request, "admin/catalog/import_upload.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, series_pk: int, pending_pk: int) -> HttpResponse:
    """GET shows the plan; POST imports it if it is still the plan that was shown."""
    series = _series(request, series_pk)
    pending = _pending(request, series, pending_pk)
    if pending is None:
        return _gone(request, series)
    try:
        if request.method == "POST":
            return _confirm(request, pending)
        plan = plan_pending(pending)
    except PlanOutdated as error:
        messages.warning(request, str(error))
        plan = error.plan
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("admin:catalog_import", series.pk)
    context = {
        "series": series,
        "pending": pending,
        "plan": plan,
        "preview": plan_page(plan, request.GET.dict()),
        "notices": notices(plan),
        "confirm_label": confirm_label(plan),
        "title": f"Import {pending.file_name} into {series}",
    }
    return _page(request, "admin/catalog/import_preview.html", context)


@require_POST
def discard(request: HttpRequest, series_pk: int, pending_pk: int) -> HttpResponse:
    """Delete the upload; nothing was imported."""
    series = _series(request, series_pk)
    pending = _pending(request, series, pending_pk)
    if pending is not None:
        discard_upload(pending)
        messages.info(request, f"{pending.file_name} was not imported.")
    return redirect("admin:catalog_series_change", series.pk)


@require_safe
def bad_rows(request: HttpRequest, series_pk: int, pending_pk: int) -> HttpResponse:
    """All refused rows of an upload as a CSV file."""
    series = _series(request, series_pk)
    pending = _pending(request, series, pending_pk)
    if pending is None:
        return _gone(request, series)
    answer = HttpResponse(bad_rows_csv(plan_pending(pending).bad), content_type="text/csv")
    answer["Content-Disposition"] = 'attachment; filename="bad-rows.csv"'
    return answer


def _hold(request: HttpRequest, series: Series, form: UploadForm) -> PendingImport:
    file = form.cleaned_data["file"]
    data = read_bounded(file, file.size)
    check_plan(plan_import(series, data, options=form.options()))
    return hold_upload(
        series, data, file_name=file.name, options=form.options(), by=_person(request)
    )


def _confirm(request: HttpRequest, pending: PendingImport) -> HttpResponseRedirect:
    series = pending.series
    expected = request.POST.get("fingerprint", "") or "none"
    script, plan = confirm_import(pending, expected=expected, by=_person(request))
    messages.success(
        request,
        f"Imported {script.file_name}: {script.lines_new} new, {script.lines_changed} changed, "
        f"{script.lines_unchanged} unchanged lines; {len(plan.bad)} bad rows left out.",
    )
    lines = reverse("admin:catalog_line_changelist")
    return HttpResponseRedirect(f"{lines}?series={series.pk}")


def _series(request: HttpRequest, pk: int) -> Series:
    """The Series. Raises Http404 for people who may not edit it."""
    return get_object_or_404(visible_to(request.user, Series.objects.all(), "pk", "edit"), pk=pk)


def _person(request: HttpRequest) -> User:
    """The logged-in person; the admin's login guards these pages."""
    return cast(User, request.user)


def _pending(request: HttpRequest, series: Series, pk: int) -> PendingImport | None:
    uploads = PendingImport.objects.fresh().filter(series=series, owner=_person(request))
    return uploads.select_related("series").filter(pk=pk).first()


def _gone(request: HttpRequest, series: Series) -> HttpResponse:
    messages.warning(
        request,
        "This upload is no longer there: it was imported or discarded, or is older than a day. "
        "Upload the file again.",
    )
    return redirect("admin:catalog_import", series.pk)


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> TemplateResponse:
    return TemplateResponse(request, template, {**admin.site.each_context(request), **context})
