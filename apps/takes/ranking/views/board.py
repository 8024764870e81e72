"""The ranking board: its page, and what the page reads."""

from typing import Any
from urllib.parse import quote

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.core.errors import Invalid, Missing
from apps.core.registry import Shown, links_for, offers
from apps.takes.models import Batch
from apps.takes.ranking import board_lines
from apps.takes.ranking.board_lines import LineProgress
from apps.takes.ranking.views import documents
from apps.takes.ranking.views.documents import BoardContext
from apps.takes.ranking.views.frame import context_of, number_in, reading

LINES = 100
MOST_LINES = 200
LONGEST_SEARCH = 200  # characters
ADDRESSES = ("lines", "changes", "rank", "undo", "lock", "unlock", "more", "trim", "zip")


@require_safe
def board(request: HttpRequest, batch_id: str) -> HttpResponse:
    """The page itself, without any line in it: it reads them afterwards."""
    try:
        context = context_of(request, batch_id)
    except Missing as error:
        raise Http404(str(error)) from error
    values = {
        **admin.site.each_context(request),
        "title": f"Rank {context.batch}",
        "batch": context.batch,
        "series": context.batch.series,
        "endpoints": endpoints(context.batch),
        "may": documents.may_document(context),
        "links": other_pages(request, context.batch),
    }
    return TemplateResponse(request, "admin/takes/board.html", values)


def other_pages(request: HttpRequest, batch: Batch) -> list[Shown]:
    """What apps offer on the batch, besides this page."""
    links = links_for(offers.batch, request.user, [batch])[batch.pk]
    board_itself = reverse("admin:takes_board", args=[batch.batch_id])
    return [one for one in links if one.address != board_itself]


def endpoints(batch: Batch) -> dict[str, str]:
    """The addresses that the page asks, by name; `line` for the line with the key 0."""
    own = {name: reverse(f"admin:takes_board_{name}", args=[batch.batch_id]) for name in ADDRESSES}
    run = reverse("admin:takes_run_change", args=[batch.run_id])
    line = reverse("admin:takes_board_line", args=[batch.batch_id, 0])
    return {**own, "line": line, "run": f"{run}?batch={quote(batch.batch_id)}"}


@reading
def lines(context: BoardContext, request: HttpRequest) -> dict[str, Any]:
    """A window of the lines: from `offset`, around a line, or where the person goes on."""
    lines = board_lines.lines_with_progress(context.batch)
    found = narrowed(context, request, lines)
    limit = max(number_in(request, "limit", LINES, MOST_LINES), 1)
    offset, resumed = number_in(request, "offset", 0), {}
    if around := number_in(request, "around", 0):
        offset = window_with(found, around, limit)
    elif request.GET.get("resume") == "1":
        goal = board_lines.resume_at(
            found, board_lines.last_position(context.batch, context.person)
        )
        offset = window_with(found, goal.line, limit) if goal else 0
        resumed = {"resume": goal.line if goal else None}
    window = documents.window_document(found, offset, limit)
    return {**window, **resumed, "board": documents.board_document(context, lines)}


def narrowed(
    context: BoardContext, request: HttpRequest, lines: list[LineProgress]
) -> list[LineProgress]:
    """The lines that the address asks for by `filter` and `q`. Raises Invalid."""
    name = request.GET.get("filter", "")
    if name not in board_lines.FILTERS:
        known = ", ".join(filter(None, board_lines.FILTERS))
        raise Invalid({"filter": f"There is no such filter; there are {known}."})
    search = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_SEARCH]
    found = board_lines.containing(context.batch, search) if search else None
    return board_lines.narrowed(lines, name, found)


def window_with(found: list[LineProgress], line: int, limit: int) -> int:
    """Where the window begins that holds a line, of windows one after the other from the first.

    Raises Missing when the line is not among those found.
    """
    for index, one in enumerate(found):
        if one.line == line:
            return index - index % limit
    raise Missing("This line is not in the list; another filter may show it.")


@reading
def line(context: BoardContext, request: HttpRequest, pk: int) -> dict[str, Any]:
    """One line with its takes."""
    return documents.line_document(
        documents.view_of(context, board_lines.line_in(context.batch, pk))
    )


@reading
def changes(context: BoardContext, request: HttpRequest) -> dict[str, Any]:
    """What was done after the act `since`; with `line`, that line's stamp too."""
    since, pk = number_in(request, "since", 0), number_in(request, "line", 0)
    context.line = board_lines.find_line(context.batch, pk) if pk else None
    return documents.changes_document(context, since)
