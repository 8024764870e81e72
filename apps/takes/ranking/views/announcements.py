"""Sentences about ranking acts, for screen readers, toasts and the undo button."""

from collections.abc import Callable, Iterable

from django.utils.translation import ngettext

from apps.takes.models import RankingAct, Take

Kind = RankingAct.Kind

ORDINALS = {1: "1st", 2: "2nd", 3: "3rd", 4: "4th", 5: "5th"}


def ranked(
    act: RankingAct | None, take: Take, takes: Iterable[Take], name: Callable[[Take], str]
) -> str:
    """The take's new rank and the moves of the other takes: "B is 1st; A moved to 2nd."

    `takes` are the line's takes after the act; without an act nothing changed.
    """
    key = take.line.key
    now = {one.pk: one for one in takes}
    if act is None:
        return f"{key}: {_stands(now[take.pk], name)} already."
    others = [now[pk] for pk, _rank, _at in act.before if pk != take.pk and pk in now]
    parts = [_stands(now[take.pk], name), *(_moved(one, name) for one in others)]
    return f"{key}: {'; '.join(parts)}."


def unchanged(key: str) -> str:
    """The sentence for blind mode, which names no take and no rank."""
    return f"{key}: nothing was changed."


def _stands(take: Take, name: Callable[[Take], str]) -> str:
    return f"{name(take)} " + (f"is {ORDINALS[take.rank]}" if take.rank else "has no rank")


def _moved(take: Take, name: Callable[[Take], str]) -> str:
    return f"{name(take)} " + (f"moved to {ORDINALS[take.rank]}" if take.rank else "lost its rank")


def undone(key: str) -> str:
    return f"{key}: ranked as before your change."


def undo_label(act: RankingAct) -> str:
    """The label of the undo button. The person has ranked the line, so the label names its take."""
    what = f"ranked {act.rank}" if act.rank else "un-ranked"
    return f"Undo: {act.line} take {_number(act)} {what}"


def done(act: RankingAct) -> str:
    """The sentence about an act for other persons."""
    if act.kind == Kind.RANK:
        stands = f"is {ORDINALS[act.rank]}" if act.rank else "has no rank"
        return f"{act.line}: take {_number(act)} {stands}."
    if act.kind == Kind.UNDO:
        return f"{act.line}: the last change was undone."
    return "The batch was locked." if act.kind == Kind.LOCK else "The batch was unlocked."


def done_on_a_line(act: RankingAct) -> str:
    """The sentence about an act for persons in blind mode, without its takes."""
    return f"{act.line} was ranked."


def more(takes: int, key: str) -> str:
    made = ngettext("%d more take of %s is", "%d more takes of %s are", takes) % (takes, key)
    return f"{made} being made."


def trimmed(key: str, name: str) -> str:
    return f"{key}: a part of {name} is being cut."


def _number(act: RankingAct) -> int | None:
    return act.take.take_number if act.take else None
