"""Adds and deletes comments; hides and restores versions for a reviewer."""

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
    """Comment on a draft, `at` a second of it if given. Raises Invalid, NotAllowed, Missing."""
    check(reviewer, draft, Rights.COMMENT)
    body = text.replace("\r\n", "\n").strip()
    if not body or len(body) > MOST_WORDS or "\0" in body:
        words = _("Write something, %(most)d characters at most.")
        raise Invalid({"text": words % {"most": MOST_WORDS}})
    if at is not None and not 0 <= at <= draft.duration + 0.5:
        words = _("The recording is %(seconds)s seconds long.")
        raise Invalid({"at": words % {"seconds": number_format(draft.duration, 1)}})
    written = Comment.objects.create(reviewer=reviewer, draft=draft, text=body, at=at)
    record("draft.commented", draft, by=outsider(reviewer), comment=written.pk, at=at)
    return written


@transaction.atomic
def delete_comment(written: Comment, reviewer: Reviewer) -> bool:
    """Delete the reviewer's own comment; False when it was deleted. Raises NotAllowed, Missing."""
    check_open(reviewer)
    if written.reviewer_id != reviewer.pk:
        raise Missing(_("There is no such comment of yours."))
    present = Comment.objects.filter(pk=written.pk, deleted_at=None)
    if not present.update(deleted_at=timezone.now()):
        return False
    record("draft.comment_deleted", written.draft, by=outsider(reviewer), comment=written.pk)
    return True


@transaction.atomic
def hide_for_partner(reviewer: Reviewer, draft: Draft) -> bool:
    """Hide a draft; staff and this reviewer can restore it.

    False when the draft was hidden already. Raises NotAllowed, Missing, and DomainError for an
    approved draft.
    """
    check(reviewer, draft, Rights.DECIDE)
    if not hide_drafts([draft], by=outsider(reviewer)):
        # A draft that staff have hidden meanwhile is not the reviewer's to restore.
        return False
    Draft.objects.filter(pk=draft.pk).update(hidden_by_reviewer=reviewer)
    return True


def unhide_for_partner(reviewer: Reviewer, draft: Draft) -> bool:
    """Restore a draft that this reviewer has hidden. Raises NotAllowed and Missing."""
    check_open(reviewer)
    if draft.hidden_at is None or draft.hidden_by_reviewer_id != reviewer.pk:
        raise Missing(_("There is no such version that you deleted."))
    return bool(restore_drafts([draft], by=outsider(reviewer)))
