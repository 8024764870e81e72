"""Ranking takes, taking it back, and locking what is ranked.

Acts of one batch happen one after the other: each holds the row of its batch.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.audit.services import Actor, name_of, record, user_of
from apps.core.errors import DomainError, Invalid
from apps.storage.errors import StorageError
from apps.takes.models import Batch, RankingAct, Take
from apps.takes.models.holding import Locked, hold_batch
from apps.takes.models.ranking import RANKS
from apps.takes.ranking.cascade import NotShown, Stale, cascade
from apps.takes.ranking.history import act_to_undo, has_ranked, later_than, version_of
from apps.takes.tree.projection import project

Kind = RankingAct.Kind


def rank_take(
    take: Take, rank: int | None, *, by: Actor, if_version: int | None = None
) -> RankingAct | None:
    """Give a take a rank from 1 to 5, or none; None when the person gave it that one already.

    Whoever holds the rank is pushed down. To give a take the rank that somebody else gave it is
    an act too, though none moves: whoever listens blind has ranked the line then. `if_version` is
    the key of the last act that the person knew of: Stale when the line was changed since. Who
    sends an act again because its answer was lost gets that act. Raises Invalid, Locked, and
    NotShown when the change is kept but its files could not be written yet.
    """
    if rank is not None and (isinstance(rank, bool) or rank not in RANKS):
        raise Invalid({"rank": "A rank is a number from 1 to 5, or none."})
    with transaction.atomic():
        batch = hold_batch(take.batch_id)
        _check_open(batch)
        takes = _takes_beside(take)
        act = None
        if if_version is not None:
            act = _sent_again(batch, take, rank, by, if_version)
        if act is None:
            act = _rank(batch, takes, take, rank, by)
    if act is not None:
        _show(batch)
    return act


def undo_ranking(batch: Batch, *, by: Actor, act_pk: int | None = None) -> RankingAct:
    """Take back one of the person's ranking acts: its line is exactly as before it.

    Without `act_pk` it is the last one that can be undone. Raises DomainError when there is none
    or it was undone before, Stale when the line was ranked since.
    """
    with transaction.atomic():
        held = hold_batch(batch.pk)
        _check_open(held)
        act = act_to_undo(held, by, act_pk)
        if act is None:
            raise DomainError("There is nothing of yours left to undo in this batch.")
        if act.undone_by_id:
            raise DomainError("This change was undone already; nothing was changed.")
        _check_nobody_since(act)
        undo = _restore(act, by)
    _show(held)
    return undo


@transaction.atomic
def _write_lock(batch: Batch, *, by: Actor, reason: str) -> bool:
    held = hold_batch(batch.pk)
    if held.is_locked:
        return False
    unfinished = held.takes.unfinished().count()
    if unfinished:
        raise DomainError(f"{unfinished} takes are still being made; lock the batch after that.")
    held.locked_at = held.ranked_at = timezone.now()
    _record_lock(held, Kind.LOCK, "batch.locked", by, reason)
    return True


@transaction.atomic
def _write_unlock(batch: Batch, *, by: Actor, reason: str) -> bool:
    held = hold_batch(batch.pk)
    if not held.is_locked:
        return False
    held.locked_at = held.ranked_at = None
    _record_lock(held, Kind.UNLOCK, "batch.unlocked", by, reason)
    return True


def lock_batch(batch: Batch, *, by: Actor, reason: str = "") -> bool:
    """Freeze the ranks of a batch; False when it was locked already."""
    return _write_lock(batch, by=by, reason=reason) and _show(batch)


def unlock_batch(batch: Batch, *, by: Actor, reason: str = "") -> bool:
    """Open a locked batch for ranking again; False when it was open."""
    return _write_unlock(batch, by=by, reason=reason) and _show(batch)


def _check_open(batch: Batch) -> None:
    if batch.is_locked:
        raise Locked("The batch is locked: its ranks are final. Unlock it to change them.")


def _takes_beside(take: Take) -> list[Take]:
    """The takes of its line in its batch as they are now. Raises Invalid when it has no audio."""
    takes = list(Take.objects.with_ranks().filter(batch=take.batch_id, line=take.line_id))
    own = next((one for one in takes if one.pk == take.pk), None)
    if own is None or own.status != Take.Status.COMPLETE or own.expires_at:
        raise Invalid({"take": "This take has no audio to rank."})
    return takes


def _sent_again(
    batch: Batch, take: Take, rank: int | None, by: Actor, version: int
) -> RankingAct | None:
    """The one act on the line since a version, when it is this very act of this person.

    None when nothing was done since; raises Stale for anything else.
    """
    since = list(batch.acts.filter(line=take.line_id, pk__gt=version).order_by("pk")[:2])
    if not since:
        return None
    person, act = user_of(by), since[0]
    told = (act.kind, act.take_id, act.rank, act.by_id)
    if len(since) == 1 and person and told == (Kind.RANK, take.pk, rank, person.pk):
        return act
    message = "Somebody changed this line in the meantime. Look at it, then rank again."
    raise _stale(batch, take.line_id, message)


def _check_nobody_since(act: RankingAct) -> None:
    since = later_than(lambda name: getattr(act, name)).last()
    if since is not None:
        whose = "You" if since.by_id == act.by_id else since.by_name
        words = f"{whose} ranked this line after that; nothing was undone."
        raise _stale(since.batch, since.line_id, words)


def _stale(batch: Batch, line_pk: int | None, message: str) -> Stale:
    takes = Take.objects.filter(batch=batch, line=line_pk)
    ranks = {take.file_name: take.rank for take in takes if take.rank is not None}
    return Stale(message, ranks, version_of(batch, line_pk))


def _rank(
    batch: Batch, takes: Sequence[Take], take: Take, rank: int | None, by: Actor
) -> RankingAct | None:
    held = {found.rank: found.pk for found in takes if found.rank is not None}
    changes = cascade(held, take.pk, rank)
    if not changes and (rank is None or has_ranked(batch, take.line_id, by)):
        return None
    before = [one for one in takes if one.pk in changes]
    now = timezone.now()
    _write(before, {pk: (new, now) for pk, new in changes.items()})
    return _record(
        batch, Kind.RANK, by, line=take.line, take=take, rank=rank, before=_states(before)
    )


def _restore(act: RankingAct, by: Actor) -> RankingAct:
    before = list(Take.objects.with_ranks().filter(pk__in=[pk for pk, _rank, _at in act.before]))
    _write(before, {pk: (rank, at and datetime.fromisoformat(at)) for pk, rank, at in act.before})
    facts = {"line": act.line, "take": act.take, "before": _states(before)}
    undo = _record(act.batch, Kind.UNDO, by, **facts)
    act.undone_by = undo
    act.save(update_fields=["undone_by"])
    return undo


def _states(takes: Sequence[Take]) -> list[list[Any]]:
    return [[one.pk, one.rank, one.ranked_at and one.ranked_at.isoformat()] for one in takes]


def _write(before: Sequence[Take], ranks: Mapping[int, tuple[int | None, datetime | None]]) -> None:
    """Clear first, then set: at no moment do two takes of a line hold one rank.

    A take without a rank has no time of ranking either.
    """
    if holders := [take.pk for take in before if take.rank is not None]:
        Take.objects.filter(pk__in=holders).update(rank=None, ranked_at=None)
    ranked = [
        Take(pk=pk, rank=rank, ranked_at=at) for pk, (rank, at) in ranks.items() if rank is not None
    ]
    if ranked:
        Take.objects.bulk_update(ranked, ["rank", "ranked_at"])


def _record(batch: Batch, kind: Kind, by: Actor, **facts: Any) -> RankingAct:
    facts |= {"by": user_of(by), "by_name": name_of(by)}
    return RankingAct.objects.create(batch=batch, kind=kind, **facts)


def _record_lock(batch: Batch, kind: Kind, verb: str, by: Actor, reason: str) -> None:
    batch.save(update_fields=["locked_at", "ranked_at"])
    _record(batch, kind, by, reason=reason)
    record(verb, batch, by=by, reason=reason)


def _show(batch: Batch) -> bool:
    try:
        project(batch.pk)
    except StorageError as error:
        raise NotShown(
            f"The change is kept, but its files could not be written: {error}"
            " They follow by themselves when that is mended."
        ) from error
    return True
