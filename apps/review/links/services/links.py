"""Makes, extends and revokes review links and their reviewers' tokens."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils import timezone

from apps.audit.services import Actor, name_of, record, user_of
from apps.catalog.models import Language, Series
from apps.core.errors import Invalid
from apps.review.links.queries import hash_token
from apps.review.models import Draft, LinkedDraft, Reviewer, ReviewLink

TOKEN_BYTES = 32
MOST_DAYS = 365
LONGEST_LABEL = 150  # characters


@dataclass(frozen=True, slots=True)
class Created:
    """A new link and each reviewer's token, which is shown once and not stored."""

    link: ReviewLink
    tokens: dict[str, str]


@transaction.atomic
def create_link(
    series: Series,
    *,
    title: str,
    languages: Iterable[Language],
    reviewers: Sequence[str],
    by: Actor,
    drafts: Iterable[Draft] | None = None,
    everything: bool = False,
    rights: str = ReviewLink.Rights.DECIDE,
    passcode: str = "",
    days: int = 14,
    contact: str = "",
    message: str = "",
) -> Created:
    """Make a link for chosen drafts, or for all that wait in some languages. Raises Invalid."""
    chosen, spoken = list(drafts or ()), list(languages)
    _check(series, title, spoken, chosen, everything, reviewers, rights, days)
    link = ReviewLink(
        series=series,
        title=title,
        message=message,
        everything=everything,
        rights=rights,
        passcode=make_password(passcode) if passcode else "",
        contact=contact or name_of(by),
        created_by=user_of(by),
        expires_at=timezone.now() + timedelta(days=days),
    )
    return Created(link, _write(link, spoken, chosen, reviewers, by))


def _write(
    link: ReviewLink,
    languages: Sequence[Language],
    drafts: Sequence[Draft],
    reviewers: Sequence[str],
    by: Actor,
) -> dict[str, str]:
    link.save(force_insert=True)
    link.languages.set(languages)
    LinkedDraft.objects.bulk_create([LinkedDraft(link=link, draft=draft) for draft in drafts])
    shown = {"drafts": len(drafts), "everything": link.everything}
    record("link.created", link, by=by, rights=link.rights, **shown)
    return {label: _add(link, label)[1] for label in reviewers}


@transaction.atomic
def add_reviewer(link: ReviewLink, label: str, *, by: Actor) -> tuple[Reviewer, str]:
    """Add a reviewer to a link; returns the reviewer and the token."""
    if not label.strip() or link.reviewers.filter(label=label, revoked_at=None).exists():
        raise Invalid({"reviewers": "Name somebody who does not have this link yet."})
    reviewer, token = _add(link, label)
    record("link.reviewer_added", link, by=by, reviewer=label)
    return reviewer, token


@transaction.atomic
def new_token(reviewer: Reviewer, *, by: Actor) -> str:
    """Replace a reviewer's token; returns the new one. The old token opens nothing any more."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    reviewer.token_hash = hash_token(token)
    reviewer.save(update_fields=["token_hash"])
    record("link.token_replaced", reviewer.link, by=by, reviewer=reviewer.label)
    return token


@transaction.atomic
def extend_link(link: ReviewLink, days: int, *, by: Actor) -> None:
    """Let the link end `days` from now, also when it has expired.

    Raises Invalid when the link is revoked or already ends later.
    """
    _check_days(days)
    until = timezone.now() + timedelta(days=days)
    if link.revoked_at:
        raise Invalid({"days": "The link was closed. Make a new one."})
    if until <= link.expires_at:
        raise Invalid({"days": "The link is open longer than that already."})
    link.expires_at = until
    link.save(update_fields=["expires_at"])
    record("link.extended", link, by=by, days=days)


@transaction.atomic
def revoke_link(link: ReviewLink, *, by: Actor) -> bool:
    """Revoke the link for all its reviewers; False when it was revoked."""
    open_still = ReviewLink.objects.filter(pk=link.pk, revoked_at=None)
    if not open_still.update(revoked_at=timezone.now()):
        return False
    record("link.revoked", link, by=by)
    return True


@transaction.atomic
def revoke_reviewer(reviewer: Reviewer, *, by: Actor) -> bool:
    """Revoke the token of one reviewer; False when it was revoked."""
    open_still = Reviewer.objects.filter(pk=reviewer.pk, revoked_at=None)
    if not open_still.update(revoked_at=timezone.now()):
        return False
    record("link.reviewer_revoked", reviewer.link, by=by, reviewer=reviewer.label)
    return True


def passcode_fits(link: ReviewLink, passcode: str) -> bool:
    """Whether the passcode is right; True for a link without a passcode."""
    return not link.passcode or check_password(passcode, link.passcode)


def _add(link: ReviewLink, label: str) -> tuple[Reviewer, str]:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    reviewer = Reviewer.objects.create(link=link, label=label, token_hash=hash_token(token))
    return reviewer, token


def _check(
    series: Series,
    title: str,
    languages: Sequence[Language],
    drafts: Sequence[Draft],
    everything: bool,
    reviewers: Sequence[str],
    rights: str,
    days: int,
) -> None:
    errors = {}
    if not title.strip():
        errors["title"] = "Give the link a title; reviewers see it."
    if rights not in ReviewLink.Rights.values:
        errors["rights"] = "Choose what reviewers may do."
    errors.update(_wrong_content(series, languages, drafts, everything))
    labels = [label.strip() for label in reviewers]
    if not all(0 < len(label) <= LONGEST_LABEL for label in labels or [""]):
        errors["reviewers"] = f"Name each reviewer, in {LONGEST_LABEL} characters at most."
    elif len(set(labels)) < len(labels):
        errors["reviewers"] = "Name each reviewer once."
    try:
        _check_days(days)
    except Invalid as error:
        errors.update(error.errors)
    if errors:
        raise Invalid(errors)


def _wrong_content(
    series: Series, languages: Sequence[Language], drafts: Sequence[Draft], everything: bool
) -> dict[str, str]:
    errors = {}
    if not languages or any(one.series_id != series.pk for one in languages):
        errors["languages"] = "Choose languages of this Series."
    if everything == bool(drafts):
        errors["drafts"] = "Choose drafts, or everything that waits."
    elif any(draft.series_id != series.pk for draft in drafts):
        errors["drafts"] = "Choose drafts of this Series."
    elif {draft.line.language_id for draft in drafts} - {one.pk for one in languages}:
        errors["languages"] = "Some of the drafts are in another language; choose that one too."
    return errors


def _check_days(days: int) -> None:
    if not 1 <= days <= MOST_DAYS:
        raise Invalid({"days": f"A link holds for 1 to {MOST_DAYS} days."})
