"""What a person does on the ranking board. Each answers with what is true afterwards."""

from collections.abc import Callable
from typing import Annotated

from django.http import JsonResponse
from pydantic import StringConstraints

from apps.catalog.models import Line
from apps.core.errors import Missing
from apps.takes.models import RankingAct, Take
from apps.takes.ordering.services import more_takes
from apps.takes.ranking import blind_mode, board_lines
from apps.takes.ranking import services as ranking_services
from apps.takes.ranking.history import act_to_undo
from apps.takes.ranking.views import announcements as wording
from apps.takes.ranking.views.documents import (
    Seat,
    Sheet,
    board_document,
    line_document,
    sheet_of,
    uncounted_document,
)
from apps.takes.ranking.views.frame import Body, View, acting, reply, truth

Reason = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=1000, pattern=r"^[^\x00]*$")
]


class OfLine(Body):
    """`line` is the key of a line that has takes in the batch."""

    line: int


class Ranking(OfLine):
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


@acting("rank", Ranking)
def rank(seat: Seat, body: Ranking) -> JsonResponse:
    """Rank a take, or take its rank away; whoever is in the way moves down."""
    line, take = named_take(seat, body.line, body.take)
    act = ranking_services.rank_take(take, body.rank, by=seat.person, if_version=body.version)

    def say(sheet: Sheet) -> str:
        if act is None and sheet.hidden:
            return wording.unchanged(line.key)
        return wording.ranked(act, take, sheet.takes, sheet.name)

    return on_one_line(seat, line, act, say)


@acting("rank", Undo)
def undo(seat: Seat, body: Undo) -> JsonResponse:
    """Take back one of the person's ranking acts in this batch."""
    meant = act_to_undo(seat.batch, seat.person, body.act)
    seat.line = board_lines.find_line(seat.batch, meant.line_id) if meant else None
    act = ranking_services.undo_ranking(seat.batch, by=seat.person, act_pk=body.act)
    line = board_lines.line_in(seat.batch, act.line_id)
    return on_one_line(seat, line, act, lambda sheet: wording.undone(sheet.line.key))


@acting("rank", Lock)
def lock(seat: Seat, body: Lock) -> JsonResponse:
    """Make the ranks final."""
    locked = ranking_services.lock_batch(seat.batch, by=seat.person, reason=body.reason)
    said = "The batch is locked." if locked else "The batch was locked already."
    return reply({**truth(seat), "said": said})


@acting("unlock", Lock)
def unlock(seat: Seat, body: Lock) -> JsonResponse:
    """Open the batch for ranking again."""
    opened = ranking_services.unlock_batch(seat.batch, by=seat.person, reason=body.reason)
    said = "The batch is open again." if opened else "The batch was open already."
    return reply({**truth(seat), "said": said})


@acting("generate", More)
def more(seat: Seat, body: More) -> JsonResponse:
    """Order more takes of a line; they appear on the board when they are done."""
    line = seat.line = board_lines.line_in(seat.batch, body.line)
    more_takes.order_more(line, seat.batch, body.takes, by=seat.person)
    return on_line(seat, line, lambda sheet: wording.more(body.takes, line.key), status=202)


@acting("generate", Trim)
def trim(seat: Seat, body: Trim) -> JsonResponse:
    """Order a part of a take as a take of its own."""
    line, take = named_take(seat, body.line, body.take)
    more_takes.trim_take(take, body.start, body.end, by=seat.person)
    return on_line(seat, line, lambda sheet: wording.trimmed(line.key, sheet.name(take)), 202)


def named_take(seat: Seat, line_pk: int | None, handle: str) -> tuple[Line, Take]:
    """The line of this key and the take that the person means. Raises Missing."""
    line = seat.line = board_lines.line_in(seat.batch, line_pk)
    takes = board_lines.takes_on(seat.batch, line.pk).select_related("line")
    take = blind_mode.take_by_handle(takes, handle, seat.person)
    if take is None:
        raise Missing("There is no such take of this line.")
    return line, take


def on_one_line(
    seat: Seat, line: Line, act: RankingAct | None, say: Callable[[Sheet], str]
) -> JsonResponse:
    """After a key press: the page knows the counts and how this line changes them.

    `act` is the key of what was done, null when nothing changed.
    """
    sheet = sheet_of(seat, line)
    done = {"act": act.pk if act else None, "said": say(sheet)}
    return reply({"line": line_document(sheet), "board": uncounted_document(seat), **done})


def on_line(seat: Seat, line: Line, say: Callable[[Sheet], str], status: int = 200) -> JsonResponse:
    """The line and the batch after an act, and what it did, in words."""
    sheet = sheet_of(seat, line)
    document = {"line": line_document(sheet), "board": board_document(seat), "said": say(sheet)}
    return reply(document, status)


ACTS: dict[str, View] = {
    "rank": rank,
    "undo": undo,
    "lock": lock,
    "unlock": unlock,
    "more": more,
    "trim": trim,
}
"""By the last part of their addresses."""
