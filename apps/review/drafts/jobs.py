"""What workers run for drafts. Jobs are handed keys only, and may run twice."""

from apps.review.drafts.winners import save_slice
from apps.work.queues import Job, job_in_log, stop_sign


def save_winners(batch_pk: int, save_pks: list[int]) -> None:
    """Save winners of one batch; what a stopping worker leaves is queued for the next."""
    with job_in_log():
        left = save_slice(save_pks, stop_sign())
        SAVE_WINNERS.enqueue_now((batch_pk, save_pk) for save_pk in left)


SAVE_WINNERS = Job("winners", save_winners)
