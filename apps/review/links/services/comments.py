"""What reviewers write about versions, and which they take out of sight."""

from django.db import transaction
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from apps.audit.services import record
from apps.core.errors import Invalid, Missing
from apps.review.drafts.services.hiding import hide_drafts, restore_drafts
from apps.review.links.rights import check, check_open, outsider
from apps.review.models import Comment, Draft, Reviewer, ReviewLink

MOST_WORDS = 4000
Rights = ReviewLink.Rights


@transaction.atomic
def comment(reviewer: Reviewer, draft: Draft, text: str, at: float | None = None) -> Comment:
    """Write about a draft, perhaps at a second of it. Raises Invalid, NotAllowed, Missing."""
    check(reviewer, draft, Rights.COMMENT)
    said = text.replace("\r\n", "\n").strip()
    if not said or len(said) > MOST_WORDS or "\0" in said:
        words = _("Write something, %(most)d characters at most.")
        raise Invalid({"text": words % {"most": MOST_WORDS}})
    if at is not None and not 0 <= at <= draft.duration + 0.5:
        words = _("The recording is %(seconds)s seconds long.")
        raise Invalid({"at": words % {"seconds": number_format(draft.duration, 1)}})
    written = Comment.objects.create(reviewer=reviewer, draft=draft, text=said, at=at)
    record("draft.commented", draft, by=outsider(reviewer), comment=written.pk, at=at)
    return written


@transaction.atomic
def delete_comment(written: Comment, reviewer: Reviewer) -> bool:
    """Take back a comment of one's own; False when it was gone. Raises NotAllowed and Missing."""
    check_open(reviewer)
    if written.reviewer_id != reviewer.pk:
        raise Missing(_("There is no such comment of yours."))
    own = Comment.objects.filter(pk=written.pk, deleted_at=None)
    if not own.update(deleted_at=timezone.now()):
        return False
    record("draft.comment_deleted", written.draft, by=outsider(reviewer), comment=written.pk)
    return True


@transaction.atomic
def hide_for_partner(reviewer: Reviewer, draft: Draft) -> bool:
    """Delete a version from sight; staff can bring it back, and so can the reviewer.

    False when somebody had deleted it. Raises NotAllowed, Missing, and DomainError when it is
    approved.
    """
    check(reviewer, draft, Rights.DECIDE)
    if not hide_drafts([draft], by=outsider(reviewer)):
        # Staff was quicker: what they have deleted is not the reviewer's to bring back.
        return False
    Draft.objects.filter(pk=draft.pk).update(hidden_by_reviewer=reviewer)
    return True


def unhide_for_partner(reviewer: Reviewer, draft: Draft) -> bool:
    """Bring a version back that this reviewer has deleted. Raises NotAllowed and Missing."""
    check_open(reviewer)
    if draft.hidden_at is None or draft.hidden_by_reviewer_id != reviewer.pk:
        raise Missing(_("There is no such version that you deleted."))
    return bool(restore_drafts([draft], by=outsider(reviewer)))
