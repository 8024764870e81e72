"""Review in the admin."""

from apps.review.admin.links import ReviewLinkAdmin

__all__ = ["ReviewLinkAdmin"]
