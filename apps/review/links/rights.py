"""Checks what a link lets its reviewer do."""

from django.utils.translation import gettext as _

from apps.audit.services import Outsider
from apps.core.errors import Forbidden, Missing
from apps.review.links.queries import drafts_of
from apps.review.models import Draft, Reviewer, ReviewLink

Rights = ReviewLink.Rights

RANKED = {Rights.LOOK: 0, Rights.COMMENT: 1, Rights.DECIDE: 2}


class NotAllowed(Forbidden):
    """The link does not let this reviewer do that."""


def outsider(reviewer: Reviewer) -> Outsider:
    """The reviewer as the actor of an Event: the name given, and the link."""
    return Outsider(f"{reviewer} ({reviewer.link.title})")


def check_open(reviewer: Reviewer) -> None:
    """Raise NotAllowed when the link is closed."""
    if reviewer.revoked_at or not reviewer.link.is_open:
        words = _("This link is closed. Ask %(contact)s.")
        raise NotAllowed(words % {"contact": reviewer.link.contact})


def check_rights(reviewer: Reviewer, right: str) -> None:
    """Raise NotAllowed when the link is closed, or lacks the right."""
    check_open(reviewer)
    if RANKED[Rights(reviewer.link.rights)] < RANKED[Rights(right)]:
        words = _("This link does not let you do that. Ask %(contact)s.")
        raise NotAllowed(words % {"contact": reviewer.link.contact})


def check(reviewer: Reviewer, draft: Draft, right: str) -> None:
    """As `check_rights`, and raise Missing for a draft that the link does not show."""
    check_rights(reviewer, right)
    if not drafts_of(reviewer.link).filter(pk=draft.pk).exists():
        raise Missing(_("There is no such version on this page."))
