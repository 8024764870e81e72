"""Reading across links: what they show, whose token it is, what was done on them."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from apps.audit.queries import events_of
from apps.catalog.models import Series
from apps.core.access import Person, visible_to
from apps.core.registry import Found, count
from apps.review.drafts.queries import waiting_drafts
from apps.review.models import Approval, Comment, Draft, Reviewer, ReviewLink, Verdict


def drafts_of(link: ReviewLink) -> QuerySet[Draft]:
    """The drafts that a link shows: the chosen ones, or whatever waits in its languages.

    Rejected ones, and lines that are gone, are no longer asked about. What the link's own
    reviewers have decided on stays, so that they find it again.
    """
    here = Draft.objects.filter(series=link.series_id, hidden_at=None, purged_at=None)
    decided = Verdict.objects.filter(reviewer__link=link).values("draft")
    if not link.everything:
        chosen = here.filter(pk__in=link.linked.values("draft"))
        asked = Q(rejected_at=None, line__retired_at=None)
        return chosen.filter(asked | Q(pk__in=decided))
    waiting = waiting_drafts(link.series).values("pk")
    return here.filter(
        Q(pk__in=waiting) | Q(pk__in=decided), line__language__in=link.languages.values("pk")
    )


@dataclass(frozen=True, slots=True)
class TokenLookup:
    """Whose token it is, and why it does not open: "", "unknown", "expired" or "revoked"."""

    reviewer: Reviewer | None
    why: str


def find_reviewer(token: str) -> TokenLookup:
    """Look a token up; nothing is changed by it."""
    hashed = hash_token(token)
    reviewer = Reviewer.objects.select_related("link__series").filter(token_hash=hashed).first()
    if reviewer is None:
        return TokenLookup(None, "unknown")
    if reviewer.revoked_at or reviewer.link.revoked_at:
        return TokenLookup(reviewer, "revoked")
    return TokenLookup(reviewer, "" if reviewer.link.is_open else "expired")


def hash_token(token: str) -> str:
    """SHA-256 in hex: a token has 256 random bits, so that nothing slower is needed."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Activity:
    """One thing that was done on a link: when, by whom, what, and what is known of it."""

    at: datetime
    who: str
    verb: str
    facts: dict[str, Any]


def activity_of(link: ReviewLink, most: int) -> list[Activity]:
    """What staff and reviewers did on a link, the newest first, `most` at most."""
    here = {"reviewer__link": link}
    events = [Activity(e.created_at, e.actor_name, e.verb, e.data) for e in events_of(link)[:most]]
    comments = Comment.objects.filter(**here).select_related("reviewer", "draft__line")
    verdicts = Verdict.objects.filter(**here).select_related("reviewer", "draft__line")
    hidden = Draft.objects.filter(hidden_by_reviewer__link=link, hidden_at__isnull=False)
    hidden = hidden.select_related("hidden_by_reviewer", "line")
    found = [
        *events,
        *(
            Activity(c.created_at, str(c.reviewer), "draft.commented", _at(c.draft, at=c.at))
            for c in comments.order_by("-created_at")[:most]
        ),
        *(
            Activity(v.decided_at, str(v.reviewer), f"draft.{v.decision}", _at(v.draft))
            for v in verdicts.order_by("-decided_at")[:most]
        ),
        *(
            Activity(d.hidden_at, str(d.hidden_by_reviewer), "draft.hidden", _at(d))
            for d in hidden.order_by("-hidden_at")[:most]
            if d.hidden_at
        ),
    ]
    return sorted(found, key=lambda one: one.at, reverse=True)[:most]


def _at(draft: Draft, **facts: Any) -> dict[str, Any]:
    known = {name: value for name, value in facts.items() if value is not None}
    return {"draft": draft.name, **known}


MOST_ROWS = 10


def answered_reviewers(person: Person) -> Found:
    """Reviewers who have submitted: the last ten of the last 14 days."""
    since = timezone.now() - timedelta(days=14)
    reviewers = Reviewer.objects.filter(submitted_at__isnull=False).select_related("link__series")
    answered = visible_to(person, reviewers, "link__series").order_by("-submitted_at")
    lately = answered.filter(submitted_at__gt=since)
    return Found(list(lately[:MOST_ROWS]), count(answered))


def stale_approvals(person: Person) -> Found:
    """Approvals that are no longer true, as (Series, number): the ten Series with most."""
    stale = visible_to(person, Approval.objects.outdated(), "series").order_by()
    numbers = list(stale.values_list("series").annotate(number=Count("pk")).order_by("-number"))
    found = Series.objects.in_bulk([pk for pk, _ in numbers[:MOST_ROWS]])
    return Found([(found[pk], number) for pk, number in numbers if pk in found], len(numbers))
