"""Saving all winners of a batch as drafts: asked once, followed to the end."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.access import visible_to
from apps.core.errors import DomainError
from apps.core.progress import progress_answer
from apps.review.drafts.services.winners import order_winners
from apps.review.drafts.winners import unsaved_winners
from apps.review.drafts.winners import winners as winners_of
from apps.review.models import WinnerSave
from apps.takes.models import Batch
from apps.takes.progress.states import State
from apps.work.models import WorkItemQuerySet


@require_http_methods(["GET", "HEAD", "POST"])
def winners(request: HttpRequest, batch_id: str) -> HttpResponse:
    """GET says how many there are and how far it is; POST has them saved."""
    batch = _batch(request, batch_id)
    if request.method == "POST":
        try:
            number = order_winners(batch, by=request.user)
            said = ngettext("%d draft is being saved.", "%d drafts are being saved.", number)
            messages.success(request, said % number)
        except DomainError as refusal:
            messages.error(request, str(refusal))
        return redirect("admin:review_winners", batch_id)
    context = {
        **admin.site.each_context(request),
        "title": "Save winners as drafts",
        "batch": batch,
        "report": report(batch),
        "left": unsaved_winners(batch).count(),
        "drafts_url": reverse("admin:review_draft_changelist") + f"?series={batch.series_id}",
    }
    return TemplateResponse(request, "admin/review/winners.html", context)


@require_safe
def winners_progress(request: HttpRequest, batch_id: str) -> JsonResponse:
    """How many winners are drafts by now."""
    return progress_answer(report(_batch(request, batch_id)), noun="drafts")


def report(batch: Batch) -> dict[str, Any]:
    """Counts in the shape that the progress bar reads."""
    unsaved = unsaved_winners(batch)
    total, left = winners_of(batch).count(), unsaved.count()
    saves = WinnerSave.objects.filter(batch=batch, line__in=unsaved.values("line"))
    asked = Counter(dict(saves.order_by().values_list("status").annotate(Count("pk"))))
    state = state_of(left, asked)
    return {
        "status": state,
        "message": problem_of(saves) if state == State.FAILED else "",
        "total": total,
        "complete": total - left,
        "failed": asked["failed"],
        "pending": left - asked["failed"] - asked["saving"],
        "generating": asked["saving"],
        "cancelled": 0,
        "percent": 100 * (total - left) // total if total else 100,
    }


def state_of(left: int, asked: Mapping[str, int]) -> State:
    """How far the saving is: `asked` counts what was asked for and is no draft yet, by status."""
    if not left:
        return State.COMPLETED
    if asked["pending"] or asked["saving"]:
        return State.PROCESSING
    return State.FAILED if asked["failed"] else State.PENDING


def problem_of(saves: WorkItemQuerySet[WinnerSave]) -> str:
    words = "Not saved: {problem} The others are drafts; save the rest again when that is mended."
    first = saves.failed().order_by("line__position", "line").first()
    return words.format(problem=first.error if first else "")


def _batch(request: HttpRequest, batch_id: str) -> Batch:
    batches = Batch.objects.select_related("series", "voice")
    allowed = visible_to(request.user, batches, "series", "review")
    return get_object_or_404(allowed, batch_id=batch_id)
