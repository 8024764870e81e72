"""Reading what was done on a ranking board, act by act.

Keys of a batch's acts rise in the order in which they took effect, and no act is deleted: the key
of the newest one that somebody knows is the version that they know.
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
    """The key of the last act on a line, or in the whole batch; 0 when there was none."""
    acts = batch.acts.all() if line_pk is None else batch.acts.filter(line=line_pk)
    return acts.order_by("-pk").values_list("pk", flat=True).first() or 0


def follows(act: RankingAct, version: int | None) -> bool:
    """Whether nobody did anything in the batch between this version and the act.

    Whoever knew that version then knows all of the batch after the act, whenever one asks.
    """
    before = RankingAct.objects.filter(batch=act.batch_id, pk__lt=act.pk).order_by("-pk")
    return (before.values_list("pk", flat=True).first() or 0) == version


@dataclass(frozen=True, slots=True)
class History:
    """What was done on a line: its version, who has ranked there, and who ranked each take."""

    version: int
    people: frozenset[int | None]
    ranked_by: Mapping[int | None, str]


def history_of(batch: Batch, line: Line) -> History:
    """Acts that were undone count for the version only."""
    acts = list(batch.acts.filter(line=line).order_by("pk"))
    in_force = [act for act in acts if act.kind == Kind.RANK and not act.undone_by_id]
    return History(
        version=acts[-1].pk if acts else 0,
        people=frozenset(act.by_id for act in in_force),
        ranked_by={act.take_id: act.by_name for act in in_force},
    )


def has_ranked(batch: Batch, line_pk: int, by: Actor) -> bool:
    """Whether an act of ranking of this person stands on the line."""
    own = batch.acts.filter(line=line_pk, by=user_of(by), kind=Kind.RANK, undone_by=None)
    return own.exists()


def newest_act(batch: Batch) -> RankingAct | None:
    return batch.acts.order_by("-pk").first()


def changed_lines(batch: Batch, since: int) -> set[int]:
    """All lines on which something was done after an act."""
    acts = batch.acts.filter(pk__gt=since, line__isnull=False).order_by()
    return set(acts.values_list("line", flat=True).distinct())


def acts_of_others(batch: Batch, since: int, person: User) -> QuerySet[RankingAct]:
    """The newest 20 acts after an act that somebody else did."""
    others = batch.acts.filter(pk__gt=since).exclude(by=person)
    return others.select_related("line", "take").order_by("-pk")[:MOST_ACTS]


def act_to_undo(batch: Batch, by: Actor, act_pk: int | None = None) -> RankingAct | None:
    """The ranking act of the person that is named, else their last one that can be undone."""
    if not isinstance(by, User):
        return None
    own = batch.acts.filter(by=by, kind=Kind.RANK)
    if act_pk is not None:
        return own.filter(pk=act_pk).first()
    return own.filter(~Exists(later_than(OuterRef)), undone_by=None).order_by("-pk").first()


def later_than(field: Callable[[str], Any]) -> QuerySet[RankingAct]:
    """The acts of ranking that stand on the line of another one, after it.

    `field` gives the fields of that one: its values, or OuterRef for a subquery.
    """
    return RankingAct.objects.filter(
        batch=field("batch_id"),
        line=field("line_id"),
        pk__gt=field("pk"),
        kind=Kind.RANK,
        undone_by=None,
    )
