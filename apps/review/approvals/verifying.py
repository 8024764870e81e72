"""Whether approvals are still true of what lies in the place, and noting those that are not."""

import hashlib
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.audit.services import record
from apps.review.models import Approval
from apps.review.naming import ALIAS, deploy_key
from apps.storage.errors import ObjectMissing
from apps.storage.places import get_place

VERIFIED_AT_ONCE = 20
VERIFY_EVERY = timedelta(hours=24)


def read_approved(approval: Approval) -> bytes | None:
    """The draft's file, if it is what was approved; else the approval is stale from now on.

    Raises StorageError when it cannot be read now.
    """
    try:
        data = get_place(ALIAS).read(approval.draft.key)
    except ObjectMissing:
        data = None
    same = data is not None and hashlib.sha256(data).hexdigest() == approval.sha256
    _note_verified(approval, same=same)
    return data if same else None


def verify_some() -> int:
    """Compare the files of some approved drafts with their receipts; how many are other ones."""
    before = timezone.now() - VERIFY_EVERY
    in_force = Approval.objects.in_force().filter(file_changed_at=None)
    unverified = Q(verified_at=None) | Q(verified_at__lt=before)
    old = in_force.filter(unverified).select_related("draft__line__language", "draft__line__series")
    chosen = list(old.order_by("verified_at", "pk")[:VERIFIED_AT_ONCE])
    for approval in chosen:
        _verify_copy(approval)
    return sum(not _verify(approval) for approval in chosen)


def note_stale() -> int:
    """Write `approval.stale` once for each that has become so; how many those are."""
    fresh = Approval.objects.outdated().filter(stale_noted_at=None)
    noted = [approval for approval in fresh.select_related("line", "draft") if _note(approval)]
    # A text that is changed back makes the approval true again, and a later change news again.
    Approval.objects.valid().filter(stale_noted_at__isnull=False).update(stale_noted_at=None)
    return len(noted)


def _verify(approval: Approval) -> bool:
    same = get_place(ALIAS).verify(approval.draft.key, approval.sha256)
    _note_verified(approval, same=same)
    return same


def _verify_copy(approval: Approval) -> None:
    """A copy in `deploy/` that somebody deleted or replaced is due to be written again."""
    copy = approval.deployed_sha256
    if copy and not get_place(ALIAS).verify(
        deploy_key(approval.draft.line, approval.variant), copy
    ):
        Approval.objects.filter(pk=approval.pk, deployed_sha256=copy).update(deployed_sha256="")


def _note_verified(approval: Approval, *, same: bool) -> None:
    now = timezone.now()
    facts = {"verified_at": now, "file_changed_at": None if same else now}
    Approval.objects.filter(pk=approval.pk).update(**facts)


@transaction.atomic
def _note(approval: Approval) -> bool:
    claimed = Approval.objects.filter(pk=approval.pk, stale_noted_at=None)
    if not claimed.update(stale_noted_at=timezone.now()):
        return False
    record("approval.stale", approval, by=None, because=approval.stale_because)
    return True
