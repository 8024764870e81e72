"""The API of takes: order a run, follow its progress, rank its takes."""

from apps.takes.api.batches import router as batches
from apps.takes.api.runs import router as runs

__all__ = ["batches", "runs"]
