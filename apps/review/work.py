"""What the sweeper does for review."""

from apps.review.approvals.deploying import note_stale, project_due, verify_some
from apps.work.registry import register_due

# What is found to be another file makes an approval stale, and that takes it out of `deploy/`.
register_due("files changed", verify_some)
register_due("approvals stale", note_stale)
register_due("lines deployed", project_due)
