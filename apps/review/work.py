"""What the sweeper does for review."""

from apps.review.approvals.jobs import enqueue_due
from apps.review.approvals.verifying import note_stale, verify_some
from apps.review.drafts.jobs import SAVE_WINNERS
from apps.review.models import WinnerSave
from apps.work.registry import Kind, register_due, register_kind

register_kind(Kind(WinnerSave, SAVE_WINNERS, group="batch_id"))

# What is found to be another file makes an approval stale, and that takes it out of `deploy/`.
register_due("files changed", verify_some)
register_due("approvals stale", note_stale)
register_due("approvals queued for deploy/", enqueue_due)
