"""What a person does on the ranking board. Each answers with what is true afterwards."""

from collections.abc import Callable
from typing import Annotated

from django.http import JsonResponse
from pydantic import StringConstraints

from apps.catalog.models import Line
from apps.core.answers import answer
from apps.core.errors import Missing
from apps.takes.models import RankingAct, Take
from apps.takes.ordering.services import more_takes
from apps.takes.ranking import blind_mode, board_lines
from apps.takes.ranking import services as ranking_services
from apps.takes.ranking.history import act_to_undo
from apps.takes.ranking.views import announcements
from apps.takes.ranking.views.documents import (
    BoardContext,
    LineView,
    board_document,
    line_document,
    uncounted_document,
    view_of,
)
from apps.takes.ranking.views.frame import Body, View, acting, truth

Reason = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=1000, pattern=r"^[^\x00]*$")
]


class OfLine(Body):
    """`line` is the key of a line that has takes in the batch."""

    line: int


class RankRequest(OfLine):
    """`rank` from 1 to 5, or null for none; `version` is the newest act that the page knows of."""

    take: str
    rank: int | None
    version: int


class Undo(Body):
    """`act` is the change that the page said it would undo; else it is the last one that can be."""

    act: int | None = None


class Lock(Body):
    reason: Reason = ""


class More(OfLine):
    takes: int


class Trim(OfLine):
    """`start` and `end` in seconds."""

    take: str
    start: float
    end: float


@acting("rank", RankRequest)
def rank(context: BoardContext, body: RankRequest) -> JsonResponse:
    """Rank a take, or take its rank away; whoever is in the way moves down."""
    line, take = named_take(context, body.line, body.take)
    act = ranking_services.rank_take(take, body.rank, by=context.person, if_version=body.version)

    def say(view: LineView) -> str:
        if act is None and view.hidden:
            return announcements.unchanged(line.key)
        return announcements.ranked(act, take, view.takes, view.name)

    return on_one_line(context, line, act, say)


@acting("rank", Undo)
def undo(context: BoardContext, body: Undo) -> JsonResponse:
    """Take back one of the person's ranking acts in this batch."""
    meant = act_to_undo(context.batch, context.person, body.act)
    context.line = board_lines.find_line(context.batch, meant.line_id) if meant else None
    act = ranking_services.undo_ranking(context.batch, by=context.person, act_pk=body.act)
    line = board_lines.line_in(context.batch, act.line_id)
    return on_one_line(context, line, act, lambda view: announcements.undone(view.line.key))


@acting("rank", Lock)
def lock(context: BoardContext, body: Lock) -> JsonResponse:
    """Make the ranks final."""
    locked = ranking_services.lock_batch(context.batch, by=context.person, reason=body.reason)
    said = "The batch is locked." if locked else "The batch was locked already."
    return answer({**truth(context), "said": said})


@acting("unlock", Lock)
def unlock(context: BoardContext, body: Lock) -> JsonResponse:
    """Open the batch for ranking again."""
    opened = ranking_services.unlock_batch(context.batch, by=context.person, reason=body.reason)
    said = "The batch is open again." if opened else "The batch was open already."
    return answer({**truth(context), "said": said})


@acting("generate", More)
def more(context: BoardContext, body: More) -> JsonResponse:
    """Order more takes of a line; they appear on the board when they are done."""
    line = context.line = board_lines.line_in(context.batch, body.line)
    more_takes.order_more(line, context.batch, body.takes, by=context.person)
    return on_line(context, line, lambda view: announcements.more(body.takes, line.key), status=202)


@acting("generate", Trim)
def trim(context: BoardContext, body: Trim) -> JsonResponse:
    """Order a part of a take as a take of its own."""
    line, take = named_take(context, body.line, body.take)
    more_takes.trim_take(take, body.start, body.end, by=context.person)
    return on_line(
        context, line, lambda view: announcements.trimmed(line.key, view.name(take)), 202
    )


def named_take(context: BoardContext, line_pk: int | None, handle: str) -> tuple[Line, Take]:
    """The line of this key and the take that the person means. Raises Missing."""
    line = context.line = board_lines.line_in(context.batch, line_pk)
    takes = board_lines.takes_on(context.batch, line.pk).select_related("line")
    take = blind_mode.take_by_handle(takes, handle, context.person)
    if take is None:
        raise Missing("There is no such take of this line.")
    return line, take


def on_one_line(
    context: BoardContext, line: Line, act: RankingAct | None, say: Callable[[LineView], str]
) -> JsonResponse:
    """After a key press: the page knows the counts and how this line changes them.

    `act` is the key of what was done, null when nothing changed.
    """
    view = view_of(context, line)
    done = {"act": act.pk if act else None, "said": say(view)}
    return answer({"line": line_document(view), "board": uncounted_document(context), **done})


def on_line(
    context: BoardContext, line: Line, say: Callable[[LineView], str], status: int = 200
) -> JsonResponse:
    """The line and the batch after an act, and what it did, in words."""
    view = view_of(context, line)
    document = {"line": line_document(view), "board": board_document(context), "said": say(view)}
    return answer(document, status)


ACTS: dict[str, View] = {
    "rank": rank,
    "undo": undo,
    "lock": lock,
    "unlock": unlock,
    "more": more,
    "trim": trim,
}
"""By the last part of their addresses."""
