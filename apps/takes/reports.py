"""How a run stands, as one document: read by the API and by the run page."""

from typing import Any

from apps.takes.models import Run
from apps.takes.queries import (
    batches_with_progress,
    failures_of,
    pace_of,
    progress_of,
    spent_on,
    waiting_for,
)


def run_report(run: Run) -> dict[str, Any]:
    """State, counts, per cent, seconds, cost and batches of a run, in seven queries."""
    progress = progress_of("run", [run.pk])[run.pk]
    pace = pace_of(run, progress)
    spent = spent_on(run)
    return {
        "task_id": str(run.task_id),
        "status": progress.state.value,
        "progress": progress.percent,
        "percent": progress.percent,
        "total": progress.total,
        "complete": progress.complete,
        "failed": progress.failed,
        "pending": progress.pending,
        "generating": progress.generating,
        "cancelled": progress.cancelled,
        "elapsed_seconds": round(pace.elapsed, 1),
        "remaining_seconds": None if pace.remaining is None else round(pace.remaining, 1),
        "cost": None if spent.cost is None else f"{spent.cost:.2f}",
        "cost_estimated": _dollars(run),
        "cost_characters": spent.characters,
        "audio_seconds": round(spent.audio_seconds, 1),
        "message": waiting_for(run) or None,
        "failures": [{"reason": why, "takes": number} for why, number in failures_of(run)],
        "batches": [
            {
                "id": batch.batch_id,
                "path": batch.path,
                "voice": batch.voice.address,
                "status": counts.state.value,
                "state": counts.state.value,
                "total": counts.total,
                "complete": counts.complete,
                "failed": counts.failed,
            }
            for batch, counts in batches_with_progress(run)
        ],
    }


def _dollars(run: Run) -> str | None:
    return None if run.cost_estimated is None else f"{run.cost_estimated:.2f}"
