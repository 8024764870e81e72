"""What a person can ask of runs, batches and takes."""

from apps.takes.services.control import Swept, cancel_run, retry_takes, sweep
from apps.takes.services.deriving import order_more, trim_take
from apps.takes.services.ordering import generate, order_run
from apps.takes.services.previews import expire_previews, keep_preview, order_preview
from apps.takes.services.ranking import lock_batch, rank_take, undo_ranking, unlock_batch

__all__ = [
    "Swept",
    "cancel_run",
    "expire_previews",
    "generate",
    "keep_preview",
    "lock_batch",
    "order_more",
    "order_preview",
    "order_run",
    "rank_take",
    "retry_takes",
    "sweep",
    "trim_take",
    "undo_ranking",
    "unlock_batch",
]
