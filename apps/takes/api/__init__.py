"""The API of takes: order them, follow a run, rank what it made."""

from apps.takes.api.batches import router as batches
from apps.takes.api.runs import router as runs

__all__ = ["batches", "runs"]
