"""What a person can ask of runs, batches and takes."""

from apps.takes.services.control import Swept, cancel_run, retry_takes, sweep
from apps.takes.services.ordering import generate, order_run
from apps.takes.services.ranking import lock_batch, rank_take, undo_ranking, unlock_batch

__all__ = [
    "Swept",
    "cancel_run",
    "generate",
    "lock_batch",
    "order_run",
    "rank_take",
    "retry_takes",
    "sweep",
    "undo_ranking",
    "unlock_batch",
]
