"""The run page: progress, failures with their reasons, and every take with a player."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.core.paginator import Page
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from apps.core.access import may, visible_to
from apps.core.admin import BoundedPaginator
from apps.core.errors import DomainError
from apps.core.forms import number
from apps.core.progress import progress_answer
from apps.core.registry import Shown, links_for, offers
from apps.takes.models import Batch, Finding, Run, Take
from apps.takes.ordering.services.control import cancel_run, retry_takes
from apps.takes.progress.queries import batches_with_progress, reasons_like, takes_of
from apps.takes.progress.reports import run_report
from apps.takes.progress.states import Progress

TAKES_PER_PAGE = 50


def runs_of(request: HttpRequest) -> QuerySet[Run]:
    """The runs that the person may view, also runs of previews, which no list shows."""
    runs = Run.with_previews.select_related("series", "language", "ordered_by")
    return visible_to(request.user, runs, "series")


@require_safe
def run_page(request: HttpRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(runs_of(request), pk=pk)
    state, batch = request.GET.get("state", ""), request.GET.get("batch", "")
    page = page_of_takes(run, state, batch, request.GET.get("page", "1"))
    add_links(request, list(page))
    shown = ",".join(str(take.pk) for take in page)
    progress_url = reverse("admin:takes_run_progress", args=[run.pk])
    report = run_report(run)
    may_generate = may(request.user, "generate", run.series)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": f"{run} of {run.series}",
        "run": run,
        "report": report,
        "progress_url": f"{progress_url}?takes={shown}",
        "batches": with_links(request, batches_with_progress(run)),
        "state": state,
        "batch": batch,
        "states": Take.Status.choices,
        "page": page,
        "may_generate": may_generate,
        "may_cancel": may_generate and bool(report["pending"] or report["generating"]),
    }
    return TemplateResponse(request, "admin/takes/run.html", context)


@require_safe
def run_progress(request: HttpRequest, pk: int) -> JsonResponse:
    """The run's report, with the states of the takes on the page (`?takes=1,2`)."""
    run = get_object_or_404(runs_of(request), pk=pk)
    shown = [number(part) for part in request.GET.get("takes", "").split(",")]
    states = takes_of(run).filter(pk__in=shown[:200]).order_by().values_list("pk", "status")
    report = run_report(run)
    report["rows"] = [{"id": take, "state": state} for take, state in states]
    return progress_answer(report)


@require_safe
def take_row(request: HttpRequest, pk: int) -> HttpResponse:
    """One row of the take list as HTML, to replace the row on an open page."""
    visible = visible_to(request.user, Take.with_previews.all(), "series")
    take = get_object_or_404(with_details(visible), pk=pk)
    add_links(request, [take])
    context = {"take": take, "may_generate": may(request.user, "generate", take.series)}
    return TemplateResponse(request, "admin/takes/take_row.html", context)


@require_POST
def run_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    run = _run_to_work_on(request, pk)
    try:
        cancelled = cancel_run(run, by=request.user)
        done = ngettext("%d take was cancelled.", "%d takes were cancelled.", cancelled) % cancelled
        messages.success(request, done)
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("admin:takes_run_change", pk)


@require_POST
def run_retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Retry failed takes: the takes with one reason, one take, or all takes."""
    run = _run_to_work_on(request, pk)
    takes = takes_of(run)
    if reason := request.POST.get("reason"):
        takes = takes.filter(error__in=reasons_like(run, reason))
    if take := request.POST.get("take", ""):
        takes = takes.filter(pk=number(take))
    try:
        retried = retry_takes(run, takes, by=request.user)
        done = ngettext("%d take is tried again.", "%d takes are tried again.", retried) % retried
        messages.success(request, done)
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("admin:takes_run_change", pk)


def _run_to_work_on(request: HttpRequest, pk: int) -> Run:
    return get_object_or_404(
        visible_to(request.user, Run.with_previews.select_related("series"), "series", "generate"),
        pk=pk,
    )


def page_of_takes(run: Run, state: str, batch: str, page: str) -> Page[Take]:
    takes = takes_of(run)
    if state in Take.Status.values:
        takes = takes.filter(status=state)
    if batch:
        takes = takes.filter(batch__batch_id=batch)
    ordered = with_details(takes).order_by("batch", "line__position", "line", "take_number")
    return BoundedPaginator(ordered, TAKES_PER_PAGE).get_page(page)


def add_links(request: HttpRequest, takes: Sequence[Take]) -> None:
    """Add to each take the links that the person may follow."""
    links = links_for(offers.take, request.user, takes)
    for take in takes:
        take.links = links[take.pk]  # type: ignore[attr-defined]


def with_links(
    request: HttpRequest, batches: list[tuple[Batch, Progress]]
) -> list[tuple[Batch, Progress, list[Shown]]]:
    links = links_for(offers.batch, request.user, [batch for batch, _ in batches])
    return [(batch, progress, links[batch.pk]) for batch, progress in batches]


def with_details(takes: QuerySet[Take]) -> QuerySet[Take]:
    """Takes with all data of a row, in two queries for any number of takes."""
    findings = Prefetch("findings", Finding.objects.exclude(severity="info"))
    related = ("line__language", "batch__voice", "series", "reused_from")
    return takes.select_related(*related).prefetch_related(findings)
