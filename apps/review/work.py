"""What the sweeper does for review."""

from apps.review.approvals.deploying import note_stale, project_due, verify_some
from apps.review.drafts.jobs import SAVE_WINNERS
from apps.review.models import WinnerSave
from apps.work.registry import Kind, register_due, register_kind

register_kind(Kind(WinnerSave, SAVE_WINNERS, group="batch_id"))

# What is found to be another file makes an approval stale, and that takes it out of `deploy/`.
register_due("files changed", verify_some)
register_due("approvals stale", note_stale)
register_due("lines deployed", project_due)
