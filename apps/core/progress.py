"""Answers the polling of a progress bar."""

from typing import Any

from django.http import JsonResponse
from django.template.loader import render_to_string

from apps.core.answers import answer


def progress_answer(report: dict[str, Any], noun: str = "takes") -> JsonResponse:
    """The report as JSON, with the rendered HTML of the bar and of the batches' counts."""
    drawn = render_to_string("pieces/progress.html", {"progress": report, "noun": noun})
    batches = [
        {**batch, "counts": render_to_string("pieces/progress_cell.html", {"progress": batch})}
        for batch in report.get("batches", [])
    ]
    return answer({**report, "html": drawn, "batches": batches})
