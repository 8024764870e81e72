"""What a reviewer heard, and what they think of it."""

from collections.abc import Callable, Sequence

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from apps.core.errors import DomainError, Invalid
from apps.review.approvals.services import problem_of
from apps.review.links.listening import BadRanges, Heard, heard, merged
from apps.review.links.queries import drafts_of
from apps.review.links.rights import check, check_rights
from apps.review.links.services.comments import comment
from apps.review.models import Comment, Draft, Listening, Reviewer, ReviewLink, Verdict

Rights = ReviewLink.Rights
Decision = Verdict.Decision


class NotHeard(DomainError):
    """A decision without listening first."""


@transaction.atomic
def report_heard(reviewer: Reviewer, draft: Draft, ranges: object) -> Heard:
    """Add what was heard, as [[from, to], …] in seconds. Raises Invalid for what cannot be."""
    check(reviewer, draft, Rights.LOOK)
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
    words: str = "",
    at: float | None = None,
    confirmed: bool = False,
) -> Verdict:
    """Say what one thinks of a draft, perhaps with a comment; final when submitted.

    One version of a line can be used: to choose it takes the choice of another one back.
    Raises NotHeard when too little was heard: all of it to approve, some 3 s to ask for a
    change; DomainError when the version cannot be used any more. `confirmed` is the word of
    somebody whose browser cannot report.
    """
    check(reviewer, draft, Rights.DECIDE)
    _check_answer(reviewer, draft, decision, reason, words)
    what = heard_of(reviewer, draft)
    if not confirmed:
        _check_heard(what, decision)
    if decision == Decision.APPROVE:
        _choose(reviewer, draft)
    if words.strip():
        comment(reviewer, draft, words, at)
    is_on_trust = confirmed and not _is_enough(what, decision)
    return _write(reviewer, draft, decision, reason, confirmed=is_on_trust)


@transaction.atomic
def undecide(reviewer: Reviewer, drafts: Sequence[Draft]) -> int:
    """Take decisions back that are not submitted; how many those were."""
    check_rights(reviewer, Rights.DECIDE)
    own = Verdict.objects.filter(reviewer=reviewer, draft__in=drafts, submitted_at=None)
    return own.delete()[0]


@transaction.atomic
def choose_heard(reviewer: Reviewer) -> list[Draft]:
    """Use what was heard to its end, wherever there is no answer yet; the drafts that are used.

    A line and variant with several versions that were heard is left to the reviewer.
    """
    check_rights(reviewer, Rights.DECIDE)
    heard_ones: dict[tuple[int, str], list[Draft]] = {}
    for draft, what in _unanswered(reviewer):
        if what.enough_to_approve:
            heard_ones.setdefault(draft.sound, []).append(draft)
    chosen = [drafts[0] for drafts in heard_ones.values() if len(drafts) == 1]
    approve = {"decision": Decision.APPROVE, "decided_at": timezone.now()}
    Verdict.objects.bulk_create(
        [Verdict(reviewer=reviewer, draft=one, **approve) for one in chosen]
    )
    return chosen


def _write(
    reviewer: Reviewer, draft: Draft, decision: str, reason: str, *, confirmed: bool
) -> Verdict:
    verdict = Verdict(
        reviewer=reviewer,
        draft=draft,
        decision=decision,
        reason=reason if decision == Decision.CHANGE else "",
        confirmed=confirmed,
        decided_at=timezone.now(),
    )
    [written] = Verdict.objects.bulk_create(
        [verdict],
        update_conflicts=True,
        unique_fields=["reviewer", "draft"],
        update_fields=["decision", "reason", "confirmed", "decided_at", "submitted_at"],
    )
    return written


def _choose(reviewer: Reviewer, draft: Draft) -> None:
    """Take back what was chosen among the others. Raises DomainError when it cannot be used."""
    if said := problem_of(draft):
        raise DomainError(said)
    chosen = Verdict.objects.filter(reviewer=reviewer, decision=Decision.APPROVE)
    of_sound = chosen.filter(draft__line=draft.line_id, draft__variant=draft.variant)
    of_sound.exclude(draft=draft).delete()


def _unanswered(reviewer: Reviewer) -> list[tuple[Draft, Heard]]:
    """The versions of all lines on which nothing is said, and how far each was heard."""
    answered = Verdict.objects.filter(
        reviewer=reviewer, draft__line=OuterRef("line"), draft__variant=OuterRef("variant")
    )
    shown = drafts_of(reviewer.link).filter(~Exists(answered)).exclude(Draft.stale())
    drafts = {draft.pk: draft for draft in shown.select_related("line")}
    told = Listening.objects.filter(reviewer=reviewer, draft__in=drafts)
    ranges = ((drafts[one.draft_id], one.ranges) for one in told)
    return [(draft, heard(played, draft.duration)) for draft, played in ranges]


def _check_answer(reviewer: Reviewer, draft: Draft, decision: str, reason: str, words: str) -> None:
    """Only another reason than those that are offered has to be put into words."""
    _check_words(decision, reason)
    if decision != Decision.CHANGE or reason != Verdict.Reason.OTHER or words.strip():
        return
    written = Comment.objects.filter(reviewer=reviewer, draft=draft, deleted_at=None)
    if not written.exists():
        raise Invalid({"text": _("Write what needs change.")})


def _check_words(decision: str, reason: str) -> None:
    errors = {}
    if decision not in Decision.values:
        errors["decision"] = _("Choose one of the answers.")
    if decision == Decision.CHANGE and reason not in Verdict.Reason.values:
        errors["reason"] = _("Say what needs change.")
    if errors:
        raise Invalid(errors)


def _is_enough(what: Heard, decision: str) -> bool:
    enough: dict[str, Callable[[], bool]] = {
        Decision.APPROVE: lambda: what.enough_to_approve,
        Decision.CHANGE: lambda: what.enough_to_reject,
    }
    return decision not in enough or enough[decision]()


def _check_heard(what: Heard, decision: str) -> None:
    if not _is_enough(what, decision):
        words = {
            Decision.APPROVE: _("Listen to the end first; you have heard %(heard)s s of it."),
            Decision.CHANGE: _(
                "Listen for about 3 seconds first; you have heard %(heard)s s of it."
            ),
        }
        raise NotHeard(words[Decision(decision)] % {"heard": number_format(what.seconds, 1)})
