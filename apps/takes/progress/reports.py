"""The report of a run, as one document for the API and the run page."""

from decimal import Decimal
from typing import Any

from apps.takes.models import Batch, Run
from apps.takes.progress.queries import (
    batches_with_progress,
    failures_of,
    pace_of,
    progress_of,
    spent_on,
    waiting_for,
)
from apps.takes.progress.states import Progress


def run_report(run: Run) -> dict[str, Any]:
    """State, counts, per cent, seconds, cost and batches of a run, in seven queries."""
    progress = progress_of("run", [run.pk])[run.pk]
    pace = pace_of(run, progress)
    spent = spent_on(run)
    return {
        "task_id": str(run.task_id),
        "progress": progress.percent,
        **_counts(progress),
        "percent": progress.percent,
        "elapsed_seconds": round(pace.elapsed, 1),
        "remaining_seconds": None if pace.remaining is None else round(pace.remaining, 1),
        "cost": _dollars(spent.cost),
        "cost_estimated": _dollars(run.cost_estimated),
        "cost_characters": spent.characters,
        "unusable_characters": spent.unusable_characters,
        "audio_seconds": round(spent.audio_seconds, 1),
        "left_out": run.left_out,
        "message": waiting_for(run) or None,
        "failures": [{"reason": why, "takes": number} for why, number in failures_of(run)],
        "batches": [_batch(*found) for found in batches_with_progress(run)],
    }


def _batch(batch: Batch, counts: Progress) -> dict[str, Any]:
    return {
        "id": batch.batch_id,
        "path": batch.path,
        "voice": batch.voice.address,
        "state": counts.state.value,
        **_counts(counts),
    }


def _counts(progress: Progress) -> dict[str, int | str]:
    return {
        "status": progress.state.value,
        "total": progress.total,
        "complete": progress.complete,
        "failed": progress.failed,
        "pending": progress.pending,
        "generating": progress.generating,
        "cancelled": progress.cancelled,
    }


def _dollars(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.2f}"
