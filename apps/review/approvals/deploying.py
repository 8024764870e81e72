"""`deploy/<lang>/<key>.mp3`: exactly the drafts whose approval is valid, with the approval's tags.

Approvals are committed first. What is missing in `deploy/`, or should not be there any more, can
be read from the rows at any time (`due`), so a killed process loses nothing. The network is never
waited for in a transaction. `deployed_at` is written before the copy and `deployed_sha256` after
it: whatever may lie in `deploy/` is known from the moment when it may.

Two processes may write the same copy: its bytes follow from the draft and the receipt, so that they
write the same. A process that is overtaken by another approval sees that after its write, and what
is approved then is due again.
"""

import hashlib
import random
from collections.abc import Iterable
from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.audio.errors import AudioError
from apps.audio.tagging import add_texts, frames_sha256
from apps.catalog.models import Line
from apps.core.errors import DomainError
from apps.review.approvals.verifying import read_approved
from apps.review.models import Approval
from apps.review.naming import ALIAS, deploy_key
from apps.storage.classes import AssetClass
from apps.storage.errors import StorageError
from apps.storage.places import get_place
from apps.work.stopping import Stop, never

MOST_TRIES = 5  # of one line at a time, where others approve at the same moment
LONGEST_WRITE = timedelta(minutes=1)
"""A copy that was begun later than that and not finished may still come: it stays due."""

log = structlog.get_logger(__name__)


class AudioChanged(DomainError):
    """Tags could not be written without changing the audio that was heard."""


def due() -> QuerySet[Approval]:
    """Approvals that `deploy/` does not show as it should."""
    over = Q(superseded_at__isnull=False) | Q(withdrawn_at__isnull=False) | Approval.stale()
    valid = Q(superseded_at=None, withdrawn_at=None) & ~Approval.stale()
    return Approval.objects.filter(
        (valid & Q(deployed_sha256="")) | (over & Q(deployed_at__isnull=False))
    )


def deploy_approvals(approval_pks: Iterable[int], asked_to_stop: Stop = never) -> list[int]:
    """Deploy the lines of these approvals, as far as that is due; those that a stop has left.

    Why one could not be deployed stands at its approval, and it stays due.
    """
    rows = Approval.objects.filter(pk__in=list(approval_pks)).only("line_id", "variant")
    sounds = {approval.pk: approval.sound for approval in rows}
    waiting = sorted(set(sounds.values()), key=lambda _: random.random())
    while waiting and not asked_to_stop():
        _try(*waiting.pop())
    left = set(waiting)
    return [pk for pk, sound in sounds.items() if sound in left]


def _try(line_pk: int, variant: str) -> None:
    try:
        deploy_sound(line_pk, variant)
    except (StorageError, AudioError, DomainError) as error:
        due().filter(line=line_pk, variant=variant).update(deploy_error=str(error))
        log.warning("deploy.not_written", line=line_pk, variant=variant, error=str(error))


def deploy_sound(line_pk: int, variant: str) -> None:
    """Make `deploy/` hold what is approved for a line and variant, or nothing; safe to run twice.

    Raises StorageError and AudioChanged when that cannot be done now.
    """
    line = Line.objects.select_related("series", "language").get(pk=line_pk)
    for _ in range(MOST_TRIES):
        if not due().filter(line=line, variant=variant).exists():
            return
        key, approval = deploy_key(line, variant), _valid(line, variant)
        written = _write(approval, key) if approval else _remove(key)
        if written is not None and _settle(line, variant, approval, written):
            return


def _valid(line: Line, variant: str) -> Approval | None:
    valid = Approval.objects.valid().filter(line=line, variant=variant)
    return valid.select_related("draft").first()


def _write(approval: Approval, key: str) -> str | None:
    """The SHA-256 of the copy; None, and nothing written, when it is not valid any more."""
    data = read_approved(approval)
    if data is None:
        return None
    tagged = _tagged(data, approval)
    in_force = Approval.objects.in_force().filter(pk=approval.pk)
    if not in_force.update(deployed_at=timezone.now(), deployed_sha256=""):
        return None
    get_place(ALIAS).put(key, tagged, asset_class=AssetClass.DRAFT)
    return hashlib.sha256(tagged).hexdigest()


def _remove(key: str) -> str:
    get_place(ALIAS).delete(key)
    return ""


def _tagged(data: bytes, approval: Approval) -> bytes:
    """The draft with who approved it, and when; the audio frames are those that were heard."""
    approved_at = approval.created_at.isoformat(timespec="seconds")
    tagged = add_texts(data, {"approved_by": approval.by_name, "approved_at": approved_at})
    if frames_sha256(tagged) != approval.draft.frames_sha256:
        raise AudioChanged(f"{approval.draft.key} was not deployed: its audio would be changed.")
    return tagged


@transaction.atomic
def _settle(line: Line, variant: str, approval: Approval | None, sha256: str) -> bool:
    """Note what lies in `deploy/` now; False when something else is approved by now."""
    Line.objects.select_for_update(of=("self",)).get(pk=line.pk)
    all_of_it = Approval.objects.filter(line=line, variant=variant)
    valid = _valid(line, variant)
    own = all_of_it.filter(pk=approval.pk) if approval else all_of_it.none()
    if valid != approval:
        # What was written may lie over what another process wrote: both are due again.
        all_of_it.valid().update(deployed_sha256="")
        own.update(deployed_at=timezone.now())
        return False
    own.update(deployed_sha256=sha256, deploy_error="")
    others = all_of_it.exclude(pk=approval.pk) if approval else all_of_it
    over = Q(deployed_at__lt=timezone.now() - LONGEST_WRITE) | ~Q(deployed_sha256="")
    others.filter(over, deployed_at__isnull=False).update(
        deployed_at=None, deployed_sha256="", deploy_error=""
    )
    return True
