"""What a progress bar on a page asks for while it follows some work."""

from typing import Any

from django.http import JsonResponse
from django.template.loader import render_to_string


def progress_answer(report: dict[str, Any], noun: str = "takes") -> JsonResponse:
    """The report, and how its bar and the counts of its batches are drawn now."""
    drawn = render_to_string("pieces/progress.html", {"progress": report, "noun": noun})
    batches = [
        {**batch, "counts": render_to_string("pieces/progress_cell.html", {"progress": batch})}
        for batch in report.get("batches", [])
    ]
    response = JsonResponse({**report, "html": drawn, "batches": batches})
    response["Cache-Control"] = "no-store"
    return response
