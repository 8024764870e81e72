"""Rejects, hides, restores and purges drafts."""

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.audit.services import Actor, name_of, record
from apps.core.errors import DomainError, Unavailable
from apps.review.models import Approval, Draft
from apps.review.naming import ALIAS
from apps.storage.places import get_place


def reject_drafts(drafts: Iterable[Draft], *, by: Actor) -> int:
    """Mark drafts as rejected; returns how many. They can be restored.

    Raises DomainError, with nothing changed, for a draft whose approval is in force.
    """
    return _mark(drafts, "rejected", by)


def hide_drafts(drafts: Iterable[Draft], *, by: Actor) -> int:
    """Mark drafts as hidden; returns how many. Raises DomainError as `reject_drafts` does."""
    return _mark(drafts, "hidden", by)


@transaction.atomic
def restore_drafts(drafts: Iterable[Draft], *, by: Actor) -> int:
    """Restore hidden and rejected drafts; returns how many."""
    restored = [draft for draft in _held(drafts) if draft.hidden_at or draft.rejected_at]
    Draft.objects.filter(pk__in=[draft.pk for draft in restored]).update(
        hidden_at=None,
        hidden_by_name="",
        hidden_by_reviewer=None,
        rejected_at=None,
        rejected_by_name="",
    )
    for draft in restored:
        record("draft.restored", draft, by=by)
    return len(restored)


def purge_drafts(drafts: Iterable[Draft], *, by: Actor) -> int:
    """Delete the files of drafts for good; returns how many. Their numbers stay taken.

    Raises DomainError for a draft whose approval is in force (withdraw it first), and Unavailable
    when some files could not be deleted: these drafts are unchanged and can be purged again.
    """
    purged, kept = _purge(drafts, by)
    if kept:
        raise Unavailable(f"{purged} were purged, {len(kept)} were not: {kept[0]}")
    return purged


@transaction.atomic
def _purge(drafts: Iterable[Draft], by: Actor) -> tuple[int, list[str]]:
    held = _held(drafts)
    _check_not_approved(held)
    results = get_place(ALIAS).delete_many([draft.key for draft in held])
    gone = [draft for draft in held if results[draft.key] is None]
    Draft.objects.filter(pk__in=[draft.pk for draft in gone]).update(purged_at=timezone.now())
    for draft in gone:
        record("draft.purged", draft, by=by, key=draft.key)
    return len(gone), [str(error) for error in results.values() if error]


@transaction.atomic
def _mark(drafts: Iterable[Draft], what: str, by: Actor) -> int:
    marked = [draft for draft in _held(drafts) if getattr(draft, f"{what}_at") is None]
    _check_not_approved(marked)
    Draft.objects.filter(pk__in=[draft.pk for draft in marked]).update(
        **{f"{what}_at": timezone.now(), f"{what}_by_name": name_of(by)}
    )
    for draft in marked:
        record(f"draft.{what}", draft, by=by)
    return len(marked)


def _check_not_approved(drafts: Sequence[Draft]) -> None:
    """An approved draft is being shipped: a person with the right withdraws the approval first."""
    in_force = Approval.objects.in_force().filter(draft__in=drafts).select_related("draft__line")
    if names := [approval.draft.name for approval in in_force.order_by("pk")]:
        more = f" (and {len(names) - 1} more)" if len(names) > 1 else ""
        words = _("%(draft)s is approved. That has to be taken back first; nothing was changed.")
        raise DomainError(words % {"draft": names[0] + more})


def _held(drafts: Iterable[Draft]) -> list[Draft]:
    """The drafts as they are now, without purged ones; locked until the transaction ends."""
    pks = [draft.pk for draft in drafts]
    rows = Draft.objects.select_for_update(of=("self",)).select_related("line")
    return list(rows.filter(pk__in=pks, purged_at=None).order_by("pk"))
