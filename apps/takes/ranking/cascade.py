"""The ranks of one line's takes: 1 is the best, five at most, each held once."""

from collections.abc import Mapping
from typing import Any

from apps.core.errors import DomainError, Unavailable
from apps.takes.models.ranking import RANKS


class NotShown(Unavailable):
    """The change is kept, but the batch's directory does not show it yet."""

    @property
    def details(self) -> dict[str, Any]:
        """`kept` says that what was asked is done all the same: it is not to be asked again."""
        return {"kept": True}


class Stale(DomainError):
    """Somebody else changed the line in the meantime; nothing was changed.

    `ranks` says how it is ranked now (file name: rank), `version` is to be named next time.
    """

    def __init__(self, message: str, ranks: Mapping[str, int], version: int) -> None:
        self.ranks = dict(ranks)
        self.version = version
        super().__init__(message)

    @property
    def details(self) -> dict[str, Any]:
        # The client is told of one line: this version must not pass for one of the whole batch.
        return {"current": {"version": f"{self.version}-line", "ranks": self.ranks}}


def cascade(held: Mapping[int, int], take: int, rank: int | None) -> dict[int, int | None]:
    """What changes when `take` is given `rank`, as {take: new rank}; empty when nothing does.

    `held` says which take holds each rank. Who held the rank moves down by one, and so does
    whoever is in the way there, until a slot is free; past the last rank it loses its own.
    The slot that the take leaves stays free.
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
