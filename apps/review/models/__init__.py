"""What is live, what is proposed, who is asked, what they said, and what is approved."""

from apps.review.models.approvals import Approval
from apps.review.models.clips import Draft, LiveClip
from apps.review.models.links import LinkedDraft, Reviewer, ReviewLink
from apps.review.models.verdicts import Comment, Listening, Verdict
from apps.review.models.winners import WinnerSave

__all__ = [
    "Approval",
    "Comment",
    "Draft",
    "LinkedDraft",
    "Listening",
    "LiveClip",
    "ReviewLink",
    "Reviewer",
    "Verdict",
    "WinnerSave",
]
