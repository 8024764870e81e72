"""Reads the RankingActs of a batch.

The primary keys of a batch's acts rise in the order of the acts, and no act is deleted: the key
of the newest act that a client knows is the client's version.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from apps.accounts.models import User
from apps.audit.services import Actor, user_of
from apps.catalog.models import Line
from apps.takes.models import Batch, RankingAct

MOST_ACTS = 20

Kind = RankingAct.Kind


def version_of(batch: Batch, line_pk: int | None = None) -> int:
    """The key of the newest act on a line, or in the whole batch; 0 without acts."""
    acts = batch.acts.all() if line_pk is None else batch.acts.filter(line=line_pk)
    return acts.order_by("-pk").values_list("pk", flat=True).first() or 0


def follows(act: RankingAct, version: int | None) -> bool:
    """Whether the batch had no other act between this version and the act.

    A client with that version then knows the whole batch up to the act.
    """
    before = RankingAct.objects.filter(batch=act.batch_id, pk__lt=act.pk).order_by("-pk")
    return (before.values_list("pk", flat=True).first() or 0) == version


@dataclass(frozen=True, slots=True)
class History:
    """The acts on a line: its version, the persons who ranked it, and who ranked each take."""

    version: int
    people: frozenset[int | None]
    ranked_by: Mapping[int | None, str]


def history_of(batch: Batch, line: Line) -> History:
    """The history of a line. Undone acts count for the version only."""
    acts = list(batch.acts.filter(line=line).order_by("pk"))
    in_force = [act for act in acts if act.kind == Kind.RANK and not act.undone_by_id]
    return History(
        version=acts[-1].pk if acts else 0,
        people=frozenset(act.by_id for act in in_force),
        ranked_by={act.take_id: act.by_name for act in in_force},
    )


def has_ranked(batch: Batch, line_pk: int, by: Actor) -> bool:
    """Whether the line has a ranking act of this person that is not undone."""
    acts = batch.acts.filter(line=line_pk, by=user_of(by), kind=Kind.RANK, undone_by=None)
    return acts.exists()


def newest_act(batch: Batch) -> RankingAct | None:
    return batch.acts.order_by("-pk").first()


def changed_lines(batch: Batch, since: int) -> set[int]:
    """The keys of all lines with acts after the act `since`."""
    acts = batch.acts.filter(pk__gt=since, line__isnull=False).order_by()
    return set(acts.values_list("line", flat=True).distinct())


def acts_of_others(batch: Batch, since: int, person: User) -> QuerySet[RankingAct]:
    """The newest 20 acts of other persons after the act `since`."""
    others = batch.acts.filter(pk__gt=since).exclude(by=person)
    return others.select_related("line", "take").order_by("-pk")[:MOST_ACTS]


def act_to_undo(batch: Batch, by: Actor, act_pk: int | None = None) -> RankingAct | None:
    """The person's ranking act `act_pk`, else the person's newest act that can be undone."""
    if not isinstance(by, User):
        return None
    acts = batch.acts.filter(by=by, kind=Kind.RANK)
    if act_pk is not None:
        return acts.filter(pk=act_pk).first()
    return acts.filter(~Exists(later_than(OuterRef)), undone_by=None).order_by("-pk").first()


def later_than(field: Callable[[str], Any]) -> QuerySet[RankingAct]:
    """The ranking acts after a given act on the same line, without undone acts.

    `field` returns a field of the given act: its value, or OuterRef for a subquery.
    """
    return RankingAct.objects.filter(
        batch=field("batch_id"),
        line=field("line_id"),
        pk__gt=field("pk"),
        kind=Kind.RANK,
        undone_by=None,
    )
