"""Putting drafts aside, bringing them back, and deleting them for good."""

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
    """Put drafts aside as not good enough; how many. They can be restored.

    Raises DomainError, with nothing changed, for one whose approval stands.
    """
    return _mark(drafts, "rejected", by)


def hide_drafts(drafts: Iterable[Draft], *, by: Actor) -> int:
    """Take drafts out of sight; how many. They can be restored. Raises DomainError likewise."""
    return _mark(drafts, "hidden", by)


@transaction.atomic
def restore_drafts(drafts: Iterable[Draft], *, by: Actor) -> int:
    """Bring back what was hidden or rejected; how many."""
    found = [draft for draft in _held(drafts) if draft.hidden_at or draft.rejected_at]
    Draft.objects.filter(pk__in=[draft.pk for draft in found]).update(
        hidden_at=None,
        hidden_by_name="",
        hidden_by_reviewer=None,
        rejected_at=None,
        rejected_by_name="",
    )
    for draft in found:
        record("draft.restored", draft, by=by)
    return len(found)


def purge_drafts(drafts: Iterable[Draft], *, by: Actor) -> int:
    """Delete the files of drafts for good; how many. Their numbers stay taken.

    Raises DomainError for one whose approval stands (withdraw that first), and Unavailable when
    some files could not be deleted: those drafts stay as they are, to be purged again.
    """
    purged, kept = _purge(drafts, by)
    if kept:
        raise Unavailable(f"{purged} were purged, {len(kept)} were not: {kept[0]}")
    return purged


@transaction.atomic
def _purge(drafts: Iterable[Draft], by: Actor) -> tuple[int, list[str]]:
    found = _held(drafts)
    _check_not_approved(found)
    results = get_place(ALIAS).delete_many([draft.key for draft in found])
    gone = [draft for draft in found if results[draft.key] is None]
    Draft.objects.filter(pk__in=[draft.pk for draft in gone]).update(purged_at=timezone.now())
    for draft in gone:
        record("draft.purged", draft, by=by, key=draft.key)
    return len(gone), [str(error) for error in results.values() if error]


@transaction.atomic
def _mark(drafts: Iterable[Draft], what: str, by: Actor) -> int:
    found = [draft for draft in _held(drafts) if getattr(draft, f"{what}_at") is None]
    _check_not_approved(found)
    Draft.objects.filter(pk__in=[draft.pk for draft in found]).update(
        **{f"{what}_at": timezone.now(), f"{what}_by_name": name_of(by)}
    )
    for draft in found:
        record(f"draft.{what}", draft, by=by)
    return len(found)


def _check_not_approved(drafts: Sequence[Draft]) -> None:
    """What is approved is being shipped: that is taken back first, by who may."""
    in_force = Approval.objects.in_force().filter(draft__in=drafts).select_related("draft__line")
    if names := [approval.draft.name for approval in in_force.order_by("pk")]:
        more = f" (and {len(names) - 1} more)" if len(names) > 1 else ""
        words = _("%(draft)s is approved. That has to be taken back first; nothing was changed.")
        raise DomainError(words % {"draft": names[0] + more})


def _held(drafts: Iterable[Draft]) -> list[Draft]:
    """Their rows as they are now, locked until the transaction ends; purged ones left out."""
    pks = [draft.pk for draft in drafts]
    rows = Draft.objects.select_for_update(of=("self",)).select_related("line")
    return list(rows.filter(pk__in=pks, purged_at=None).order_by("pk"))
