"""Approves drafts, withdraws approvals, and keeps `deploy/` in step with them."""
