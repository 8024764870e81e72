"""Saving all winners of a batch as drafts: asked once, followed to the end."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from apps.audit.models import Event
from apps.audit.queries import events_of
from apps.core.access import visible_to
from apps.core.errors import DomainError
from apps.core.progress import progress_answer
from apps.review.drafts.saving import unsaved_winners
from apps.review.drafts.saving import winners as winners_of
from apps.review.drafts.services.winners import order_winners
from apps.takes.models import Batch
from apps.takes.progress.states import State

ORDERED, NOT_SAVED = "winners.ordered", "winners.not_saved"


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
    total, left = winners_of(batch).count(), unsaved_winners(batch).count()
    last = events_of(batch).filter(verb__in=[ORDERED, NOT_SAVED]).order_by("-pk").first()
    state, problem = state_of(left, last)
    failed = left if problem else 0
    return {
        "status": state,
        "message": problem,
        "total": total,
        "complete": total - left,
        "failed": failed,
        "pending": left - failed,
        "generating": 0,
        "cancelled": 0,
        "percent": 100 * (total - left) // total if total else 100,
    }


def state_of(left: int, last: Event | None) -> tuple[State, str]:
    """How far the saving is, and what held it up; `last` is what was said of it last."""
    if not left:
        return State.COMPLETED, ""
    if last is None:
        return State.PENDING, ""
    if last.verb == ORDERED:
        return State.PROCESSING, ""
    words = "Not saved: {problem} The others are drafts; save the rest again when that is mended."
    return State.FAILED, words.format(problem=last.data.get("problem", ""))


def _batch(request: HttpRequest, batch_id: str) -> Batch:
    batches = Batch.objects.select_related("series", "voice")
    allowed = visible_to(request.user, batches, "series", "review")
    return get_object_or_404(allowed, batch_id=batch_id)
