"""What a reviewer does on their page: listen, decide, comment, submit."""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.audit.services import Outsider, record
from apps.core.errors import DomainError, Invalid, Missing
from apps.review.listening import BadRanges, Heard, heard, merged
from apps.review.models import Approval, Comment, Draft, Listening, Reviewer, ReviewLink, Verdict
from apps.review.queries import drafts_of
from apps.review.services.approving import show, write_approvals
from apps.review.services.drafting import hide_drafts, restore_drafts

MOST_WORDS = 4000
Rights = ReviewLink.Rights
Decision = Verdict.Decision

RANKED = {Rights.LOOK: 0, Rights.COMMENT: 1, Rights.DECIDE: 2}


class NotAllowed(DomainError):
    """The link does not let this reviewer do that."""


class NotHeard(DomainError):
    """A decision without listening first."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """What a reviewer handed in."""

    approved: list[Approval]
    changes: int
    unsure: int
    undecided: int


def outsider(reviewer: Reviewer) -> Outsider:
    """How the record names them: who they say they are, and by which link."""
    return Outsider(f"{reviewer} ({reviewer.link.title})")


@transaction.atomic
def introduce(reviewer: Reviewer, name: str, *, page_language: str = "") -> None:
    """Who they say they are; the first time is when they opened the link. Raises Invalid."""
    _check_open(reviewer)
    said = " ".join(name.split())
    if not 1 <= len(said) <= 150 or not said.isprintable():
        raise Invalid({"name": _("Write your name.")})
    first = reviewer.first_opened_at is None
    reviewer.name, reviewer.page_language = said, page_language or reviewer.page_language
    reviewer.first_opened_at = reviewer.first_opened_at or timezone.now()
    reviewer.last_seen_at = timezone.now()
    reviewer.save(update_fields=["name", "page_language", "first_opened_at", "last_seen_at"])
    if first:
        record("link.opened", reviewer.link, by=outsider(reviewer), reviewer=reviewer.label)


def choose_page_language(reviewer: Reviewer, language: str) -> None:
    """The language of the page's own words, for this person. Raises Invalid."""
    _check_open(reviewer)
    if language not in dict(settings.LANGUAGES):
        raise Invalid({"language": "The page is not available in this language."})
    Reviewer.objects.filter(pk=reviewer.pk).update(page_language=language)


@transaction.atomic
def report_heard(reviewer: Reviewer, draft: Draft, ranges: object) -> Heard:
    """Add what was heard, as [[from, to], …] in seconds. Raises Invalid for what cannot be."""
    _check(reviewer, draft, Rights.LOOK)
    if not isinstance(ranges, list):
        raise Invalid({"ranges": "Send a list of pairs of seconds."})
    row, _made = Listening.objects.get_or_create(
        reviewer=reviewer, draft=draft, defaults={"updated_at": timezone.now()}
    )
    row = Listening.objects.select_for_update().get(pk=row.pk)
    try:
        row.ranges = merged([*row.ranges, *ranges], draft.duration)
    except BadRanges as error:
        raise Invalid({"ranges": str(error)}) from error
    row.updated_at = timezone.now()
    row.save(update_fields=["ranges", "updated_at"])
    Reviewer.objects.filter(pk=reviewer.pk).update(last_seen_at=timezone.now())
    return heard(row.ranges, draft.duration)


def heard_of(reviewer: Reviewer, draft: Draft) -> Heard:
    row = Listening.objects.filter(reviewer=reviewer, draft=draft).first()
    return heard(row.ranges if row else [], draft.duration)


@transaction.atomic
def decide(
    reviewer: Reviewer,
    draft: Draft,
    decision: str,
    *,
    reason: str = "",
    confirmed: bool = False,
) -> Verdict:
    """Say what one thinks of a draft; final when submitted.

    Raises NotHeard when too little was heard: all of it to approve, some 3 s to ask for a
    change. `confirmed` is the word of somebody whose browser cannot report.
    """
    _check(reviewer, draft, Rights.DECIDE)
    _check_words(decision, reason)
    if not confirmed:
        _check_heard(heard_of(reviewer, draft), decision)
    verdict, _made = Verdict.objects.update_or_create(
        reviewer=reviewer,
        draft=draft,
        defaults={
            "decision": decision,
            "reason": reason if decision == Decision.CHANGE else "",
            "confirmed": confirmed,
            "decided_at": timezone.now(),
            "submitted_at": None,
        },
    )
    return verdict


def undecide(reviewer: Reviewer, draft: Draft) -> bool:
    """Take a decision back that is not submitted; False when there was none."""
    _check(reviewer, draft, Rights.DECIDE)
    return bool(
        Verdict.objects.filter(reviewer=reviewer, draft=draft, submitted_at=None).delete()[0]
    )


@transaction.atomic
def comment(reviewer: Reviewer, draft: Draft, text: str, at: float | None = None) -> Comment:
    """Write about a draft, perhaps at a second of it. Raises Invalid."""
    _check(reviewer, draft, Rights.COMMENT)
    said = text.strip()
    if not said or len(said) > MOST_WORDS or "\0" in said:
        raise Invalid({"text": f"Write something, {MOST_WORDS} characters at most."})
    if at is not None and not 0 <= at <= draft.duration + 0.5:
        raise Invalid({"at": f"The clip is {draft.duration:.1f} seconds long."})
    written = Comment.objects.create(reviewer=reviewer, draft=draft, text=said, at=at)
    record("draft.commented", draft, by=outsider(reviewer), comment=written.pk, at=at)
    return written


@transaction.atomic
def delete_comment(written: Comment, reviewer: Reviewer) -> bool:
    """Take back a comment of one's own; False when it was gone."""
    _check_open(reviewer)
    if written.reviewer_id != reviewer.pk:
        raise Missing("There is no such comment of yours.")
    own = Comment.objects.filter(pk=written.pk, deleted_at=None)
    if not own.update(deleted_at=timezone.now()):
        return False
    record("draft.comment_deleted", written.draft, by=outsider(reviewer), comment=written.pk)
    return True


def hide_for_partner(reviewer: Reviewer, draft: Draft) -> bool:
    """Delete a version from sight; staff can bring it back, and so can the reviewer."""
    _check(reviewer, draft, Rights.DECIDE)
    return bool(hide_drafts([draft], by=outsider(reviewer)))


def unhide_for_partner(reviewer: Reviewer, draft: Draft) -> bool:
    """Bring a version back that this reviewer has deleted."""
    _check_open(reviewer)
    here = reviewer.link.series_id == draft.series_id
    if not here or draft.hidden_by_name != outsider(reviewer).name[:150]:
        raise Missing("There is no such version that you deleted.")
    return bool(restore_drafts([draft], by=outsider(reviewer)))


def submit(reviewer: Reviewer) -> Submitted:
    """Hand in all decisions: approvals are made of them. Can be repeated while the link is open.

    Raises Invalid, with nothing handed in, when two versions of one line are approved or a line
    has changed meanwhile, and Unavailable when all is kept but `deploy/` follows later.
    """
    submitted = _submit(reviewer)
    show([approval.line_id for approval in submitted.approved], "Your answers are kept")
    return submitted


@transaction.atomic
def _submit(reviewer: Reviewer) -> Submitted:
    _check_rights(reviewer, Rights.DECIDE)
    shown = {draft.pk: draft for draft in drafts_of(reviewer.link)}
    open_verdicts = list(
        reviewer.verdicts.select_for_update(of=("self",)).filter(draft__in=shown, submitted_at=None)
    )
    approved = [shown[one.draft_id] for one in open_verdicts if one.decision == Decision.APPROVE]
    by = outsider(reviewer)
    approvals = write_approvals(approved, by=by, reviewer=reviewer) if approved else []
    _hand_in(reviewer, open_verdicts)
    decided = Verdict.objects.filter(reviewer=reviewer, draft__in=shown).values_list("draft")
    return Submitted(
        approvals,
        _number(open_verdicts, Decision.CHANGE),
        _number(open_verdicts, Decision.UNSURE),
        len(shown) - decided.count(),
    )


def _hand_in(reviewer: Reviewer, verdicts: list[Verdict]) -> None:
    now = timezone.now()
    Verdict.objects.filter(pk__in=[one.pk for one in verdicts]).update(submitted_at=now)
    Reviewer.objects.filter(pk=reviewer.pk).update(submitted_at=now, last_seen_at=now)
    counted = {decision.value: _number(verdicts, decision) for decision in Decision}
    record("link.submitted", reviewer.link, by=outsider(reviewer), **counted)


def _number(verdicts: list[Verdict], decision: str) -> int:
    return sum(one.decision == decision for one in verdicts)


def _check(reviewer: Reviewer, draft: Draft, right: str) -> None:
    _check_rights(reviewer, right)
    if not drafts_of(reviewer.link).filter(pk=draft.pk).exists():
        raise Missing("There is no such version on this page.")


def _check_rights(reviewer: Reviewer, right: str) -> None:
    _check_open(reviewer)
    if RANKED[Rights(reviewer.link.rights)] < RANKED[Rights(right)]:
        words = _("This link does not let you do that. Ask %(contact)s.")
        raise NotAllowed(words % {"contact": reviewer.link.contact})


def _check_open(reviewer: Reviewer) -> None:
    if reviewer.revoked_at or not reviewer.link.is_open:
        words = _("This link is closed. Ask %(contact)s.")
        raise NotAllowed(words % {"contact": reviewer.link.contact})


def _check_words(decision: str, reason: str) -> None:
    errors = {}
    if decision not in Decision.values:
        errors["decision"] = "Choose one of the answers."
    if decision == Decision.CHANGE and reason not in Verdict.Reason.values:
        errors["reason"] = _("Say what needs change.")
    if errors:
        raise Invalid(errors)


def _check_heard(what: Heard, decision: str) -> None:
    enough: dict[str, Callable[[], bool]] = {
        Decision.APPROVE: lambda: what.enough_to_approve,
        Decision.CHANGE: lambda: what.enough_to_reject,
    }
    if decision in enough and not enough[decision]():
        words = {
            Decision.APPROVE: _("Listen to the end first; you have heard %(heard).1f s of it."),
            Decision.CHANGE: _(
                "Listen for about 3 seconds first; you have heard %(heard).1f s of it."
            ),
        }
        raise NotHeard(words[Decision(decision)] % {"heard": what.seconds})
