"""Reading across drafts, links and approvals."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from apps.catalog.models import Series
from apps.core.access import visible_to
from apps.review.models import Approval, Draft, Reviewer, ReviewLink, Verdict


def waiting_drafts(series: Series) -> QuerySet[Draft]:
    """Drafts to decide on: shown, of current lines, newer than what is approved there."""
    decided = Approval.objects.standing().filter(
        line=OuterRef("line"), draft__version__gte=OuterRef("version")
    )
    return Draft.objects.shown().filter(~Exists(decided), series=series, line__retired_at=None)


def drafts_of(link: ReviewLink) -> QuerySet[Draft]:
    """The drafts that a link shows: the chosen ones, or whatever waits in its languages.

    Rejected ones are no longer asked about. What the link's own reviewers have decided on stays,
    so that they find it again.
    """
    here = Draft.objects.filter(series=link.series_id, hidden_at=None, purged_at=None)
    decided = Verdict.objects.filter(reviewer__link=link).values("draft")
    if not link.everything:
        chosen = here.filter(pk__in=link.linked.values("draft"))
        return chosen.filter(Q(rejected_at=None) | Q(pk__in=decided))
    waiting = waiting_drafts(link.series).values("pk")
    return here.filter(
        Q(pk__in=waiting) | Q(pk__in=decided), line__language__in=link.languages.values("pk")
    )


@dataclass(frozen=True, slots=True)
class Found:
    """Whose token it is, and why it does not open: "", "unknown", "expired" or "revoked"."""

    reviewer: Reviewer | None
    why: str


def find_reviewer(token: str) -> Found:
    """Look a token up; nothing is changed by it."""
    hashed = hash_token(token)
    reviewer = Reviewer.objects.select_related("link__series").filter(token_hash=hashed).first()
    if reviewer is None or not constant_time_compare(reviewer.token_hash, hashed):
        return Found(None, "unknown")
    if reviewer.revoked_at or reviewer.link.revoked_at:
        return Found(reviewer, "revoked")
    return Found(reviewer, "" if reviewer.link.is_open else "expired")


def hash_token(token: str) -> str:
    """SHA-256 in hex: a token has 256 random bits, so that nothing slower is needed."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class ReviewOverview:
    """What partners have answered lately, and approvals that are no longer true, by Series."""

    answered: list[Reviewer]
    stale: list[tuple[Series, int]]


def review_overview(user: Any) -> ReviewOverview:
    """Of the Series that the user sees; ten of each at most."""
    since = timezone.now() - timedelta(days=14)
    reviewers = Reviewer.objects.filter(submitted_at__gt=since).select_related("link__series")
    answered = visible_to(user, reviewers, "link__series").order_by("-submitted_at")
    standing = visible_to(user, Approval.objects.outdated(), "series").order_by()
    numbers = standing.values_list("series").annotate(number=Count("pk")).order_by("-number")[:10]
    found = Series.objects.in_bulk([pk for pk, _ in numbers])
    return ReviewOverview(list(answered[:10]), [(found[pk], number) for pk, number in numbers])
