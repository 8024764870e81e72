"""Shows drafts, clips and review links in the admin."""

from apps.review.admin.clips import ClipAdmin
from apps.review.admin.drafts import DraftAdmin
from apps.review.admin.links import ReviewLinkAdmin

__all__ = ["ClipAdmin", "DraftAdmin", "ReviewLinkAdmin"]
