"""The kinds of work there are, and what else falls due: apps register theirs in `work.py`."""

from collections.abc import Callable
from dataclasses import dataclass

from apps.work.models import WorkItem
from apps.work.queues import Job


@dataclass(frozen=True, slots=True)
class Kind:
    """Rows of one model and the job that works on them, a slice of one group at a time.

    `group` is the column of the group's key.
    """

    model: type[WorkItem]
    job: Job
    group: str


@dataclass(frozen=True, slots=True)
class Due:
    """Something to look for now and then: `act` does what has fallen due and says how many."""

    name: str
    act: Callable[[], int]


_kinds: dict[str, Kind] = {}
_due: dict[str, Due] = {}


def register_kind(kind: Kind) -> None:
    """Have the sweeper requeue this kind's forgotten rows."""
    _kinds[kind.job.name] = kind


def register_due(name: str, act: Callable[[], int]) -> None:
    """Have the sweeper do this each time; `name` says in the log what was counted."""
    _due[name] = Due(name, act)


def kinds() -> list[Kind]:
    return list(_kinds.values())


def dues() -> list[Due]:
    return list(_due.values())
