"""`deploy/<lang>/<key>.mp3`: exactly the drafts whose approval is valid, byte for byte.

Approvals are committed first. What is missing in `deploy/`, or should not be there any more, can
be read from the rows at any time, so a killed process loses nothing.
"""

from collections.abc import Iterable
from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.audit.services import record
from apps.catalog.models import Line
from apps.review.drafts.naming import PLACE, deploy_key
from apps.review.models import Approval
from apps.storage.classes import AssetClass
from apps.storage.errors import StorageError
from apps.storage.places import get_place

VERIFIED_AT_ONCE = 20
VERIFY_EVERY = timedelta(hours=24)

log = structlog.get_logger(__name__)


@transaction.atomic
def project_line(line_pk: int) -> None:
    """Make `deploy/` hold what is approved for this line, or nothing.

    Raises StorageError when that cannot be done now.
    """
    lines = Line.objects.select_for_update(of=("self",)).select_related("series", "language")
    line = lines.get(pk=line_pk)
    place, key = get_place(PLACE), deploy_key(line)
    valid = Approval.objects.valid().filter(line=line).select_related("draft").first()
    if valid and not verify(valid):
        # It is stale from now on: what nobody has heard is not shipped.
        valid = None
    if valid is None:
        place.delete(key)
    else:
        copied = place.copy_from(place, [(valid.draft.key, key)], asset_class=AssetClass.DRAFT)[0]
        if copied.error:
            raise copied.error
        Approval.objects.filter(pk=valid.pk).update(deployed_at=timezone.now())
    shown = Approval.objects.filter(line=line, deployed_at__isnull=False)
    shown.exclude(pk__in=[valid.pk] if valid else []).update(deployed_at=None)


def due() -> QuerySet[Approval]:
    """Approvals that `deploy/` does not show as it should."""
    invalid = Q(superseded_at__isnull=False) | Q(withdrawn_at__isnull=False) | Approval.stale()
    valid = Q(superseded_at=None, withdrawn_at=None) & ~Approval.stale()
    return Approval.objects.filter(
        (valid & Q(deployed_at=None)) | (invalid & Q(deployed_at__isnull=False))
    )


def project_due() -> int:
    """Project every line that needs it; how many could be."""
    lines = set(due().order_by().values_list("line_id", flat=True))
    failed = try_to_project(lines)
    for problem in failed:
        log.warning("deploy.not_written", error=problem)
    return len(lines) - len(failed)


def note_stale() -> int:
    """Write `approval.stale` once for each that has become so; how many those are."""
    fresh = Approval.objects.outdated().filter(stale_noted_at=None)
    noted = [approval for approval in fresh.select_related("line", "draft") if _note(approval)]
    # A text that is changed back makes the approval true again, and a later change news again.
    Approval.objects.valid().filter(stale_noted_at__isnull=False).update(stale_noted_at=None)
    return len(noted)


def verify_some() -> int:
    """Compare the files of some approved drafts with their receipts; how many are other ones."""
    before = timezone.now() - VERIFY_EVERY
    standing = Approval.objects.standing().filter(file_changed_at=None)
    unverified = Q(verified_at=None) | Q(verified_at__lt=before)
    old = standing.filter(unverified).select_related("draft__line__language", "draft__line__series")
    chosen = list(old.order_by("verified_at", "pk")[:VERIFIED_AT_ONCE])
    for approval in chosen:
        _verify_copy(approval)
    return sum(not verify(approval) for approval in chosen)


def _verify_copy(approval: Approval) -> None:
    """A copy in `deploy/` that somebody deleted or replaced is written again by the sweeper."""
    line = approval.draft.line
    if approval.deployed_at and not get_place(PLACE).verify(deploy_key(line), approval.sha256):
        Approval.objects.filter(pk=approval.pk).update(deployed_at=None)


def verify(approval: Approval) -> bool:
    """Whether the draft's file is what was approved. Raises StorageError when it cannot tell."""
    same = get_place(PLACE).verify(approval.draft.key, approval.sha256)
    changed = None if same else timezone.now()
    Approval.objects.filter(pk=approval.pk).update(
        verified_at=timezone.now(), file_changed_at=changed
    )
    return same


def try_to_project(line_pks: Iterable[int]) -> list[str]:
    """Project these lines; what could not be written, in words. It follows by itself later."""
    failed = []
    for pk in line_pks:
        try:
            project_line(pk)
        except StorageError as error:
            failed.append(str(error))
    return failed


@transaction.atomic
def _note(approval: Approval) -> bool:
    claimed = Approval.objects.filter(pk=approval.pk, stale_noted_at=None)
    if not claimed.update(stale_noted_at=timezone.now()):
        return False
    record("approval.stale", approval, by=None, because=approval.stale_because)
    return True
