"""Saving all winners of a batch as drafts: asked once, followed to the end."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.access import visible_to
from apps.core.errors import DomainError
from apps.review.saving import unsaved_winners
from apps.review.saving import winners as winners_of
from apps.review.services import order_winners
from apps.takes.models import Batch
from apps.takes.progress import State


@require_http_methods(["GET", "HEAD", "POST"])
def winners(request: HttpRequest, batch_id: str) -> HttpResponse:
    """GET says how many there are and how far it is; POST has them saved."""
    batch = _batch(request, batch_id)
    if request.method == "POST":
        try:
            number = order_winners(batch, by=request.user)
            messages.success(request, f"{number} drafts are being saved.")
        except DomainError as refusal:
            messages.error(request, str(refusal))
        return redirect("admin:review_winners", batch_id)
    context = {
        **admin.site.each_context(request),
        "title": "Save winners as drafts",
        "batch": batch,
        "report": report(batch),
        "drafts_url": reverse("admin:review_draft_changelist") + f"?series={batch.series_id}",
    }
    return TemplateResponse(request, "admin/review/winners.html", context)


@require_safe
def winners_progress(request: HttpRequest, batch_id: str) -> JsonResponse:
    """How many winners are drafts by now."""
    response = JsonResponse(report(_batch(request, batch_id)))
    response["Cache-Control"] = "no-store"
    return response


def report(batch: Batch) -> dict[str, Any]:
    """Counts in the shape that the progress bar reads."""
    total, left = winners_of(batch).count(), unsaved_winners(batch).count()
    return {
        "status": State.PROCESSING if left else State.COMPLETED,
        "total": total,
        "complete": total - left,
        "failed": 0,
        "pending": left,
        "generating": 0,
        "cancelled": 0,
        "percent": 100 * (total - left) // total if total else 100,
    }


def _batch(request: HttpRequest, batch_id: str) -> Batch:
    batches = Batch.objects.select_related("series", "voice")
    allowed = visible_to(request.user, batches, "series", "review")
    return get_object_or_404(allowed, batch_id=batch_id)
