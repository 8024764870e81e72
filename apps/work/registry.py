"""The registry of kinds of work and of periodic acts; apps register theirs in `work.py`."""

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
    """A periodic act of the sweeper: `act` does due work and returns its count."""

    name: str
    act: Callable[[], int]


_kinds: dict[str, Kind] = {}
_due: dict[str, Due] = {}


def register_kind(kind: Kind) -> None:
    """Let the sweeper requeue this kind's forgotten rows."""
    _kinds[kind.job.name] = kind


def register_due(name: str, act: Callable[[], int]) -> None:
    """Let the sweeper call `act` in each sweep; `name` labels the count in the log."""
    _due[name] = Due(name, act)


def kinds() -> list[Kind]:
    return list(_kinds.values())


def dues() -> list[Due]:
    return list(_due.values())
