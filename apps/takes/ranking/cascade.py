"""Computes the ranks of one line's takes: 1 is the best, 5 the last, each rank unique."""

from collections.abc import Mapping
from typing import Any

from apps.core.errors import DomainError, Unavailable
from apps.takes.models.ranking import RANKS


class NotShown(Unavailable):
    """The change is stored, but the batch's directory does not show it yet."""

    @property
    def details(self) -> dict[str, Any]:
        """`kept` tells the client that the change is stored, and not to send it again."""
        return {"kept": True}


class Stale(DomainError):
    """Another person changed the line in the meantime; nothing was changed.

    `ranks` are the line's present ranks (file name: rank), `version` is the version to send next.
    """

    def __init__(self, message: str, ranks: Mapping[str, int], version: int) -> None:
        self.ranks = dict(ranks)
        self.version = version
        super().__init__(message)

    @property
    def details(self) -> dict[str, Any]:
        # The answer covers one line only: the suffix keeps its version from standing for the batch.
        return {"current": {"version": f"{self.version}-line", "ranks": self.ranks}}


def cascade(held: Mapping[int, int], take: int, rank: int | None) -> dict[int, int | None]:
    """The changes when `take` gets `rank`, as {take: new rank}; empty without changes.

    `held` maps each rank to its take. The take that held the rank moves down by one, and so
    does each following take, until a rank is free; past the last rank a take loses its rank.
    The old rank of `take` stays free.
    """
    if rank is None:
        return {take: None} if take in held.values() else {}
    if held.get(rank) == take:
        return {}
    changes: dict[int, int | None] = {take: rank}
    others = {slot: holder for slot, holder in held.items() if holder != take}
    slot = rank
    while (pushed := others.get(slot)) is not None:
        slot += 1
        if slot not in RANKS:
            changes[pushed] = None
            break
        changes[pushed] = slot
    return changes
