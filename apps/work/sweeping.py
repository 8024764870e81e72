"""Picking up what dead workers and lost jobs have left, for every kind that apps register."""

from dataclasses import dataclass

import structlog

from apps.core.errors import Unavailable
from apps.storage.errors import StorageError
from apps.work.leases import release_abandoned
from apps.work.models import rows_of
from apps.work.registry import Kind, dues, kinds

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep found and mended: rows by the name of their job, the rest by its name."""

    released: dict[str, int]
    requeued: dict[str, int]
    done: dict[str, int]


def sweep() -> Swept:
    """Release rows of dead workers, queue what no job works for, do what has fallen due.

    Safe to run at any time and on several machines. Raises Unavailable without a queue.
    """
    for kind in kinds():
        kind.job.check_queue()
    released = {kind.job.name: release_abandoned(kind.model) for kind in kinds()}
    requeued = {kind.job.name: requeue_forgotten(kind) for kind in kinds()}
    swept = Swept(released, requeued, do_what_is_due())
    _log(swept)
    return swept


def requeue_forgotten(kind: Kind) -> int:
    """Queue pending rows of groups that no job waits for or works on; how many rows."""
    rows = rows_of(kind.model).order_by()
    groups = set(rows.pending().values_list(kind.group, flat=True).distinct())
    if not groups:
        return 0
    # A job that runs holds leases; one that died holds none any more.
    busy = set(rows.working().values_list(kind.group, flat=True).distinct())
    forgotten = groups - busy - kind.job.queued_groups()
    chosen = rows.pending().filter(**{f"{kind.group}__in": forgotten})
    pairs = list(chosen.values_list(kind.group, "pk"))
    kind.job.enqueue(pairs)
    return len(pairs)


def do_what_is_due() -> dict[str, int]:
    """Do everything that apps have registered; a place that cannot be reached stops only its own.

    Counts by name; what could not be done now is left out.
    """
    done = {}
    for due in dues():
        try:
            done[due.name] = due.act()
        except (StorageError, Unavailable) as error:
            log.warning("sweep.not_done", due=due.name, error=str(error))
    return done


def _log(swept: Swept) -> None:
    found = {
        "released": {name: number for name, number in swept.released.items() if number},
        "requeued": {name: number for name, number in swept.requeued.items() if number},
        **{name: number for name, number in swept.done.items() if number},
    }
    if any(found.values()):
        log.info("work.swept", **found)
