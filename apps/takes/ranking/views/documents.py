"""The ranking board as JSON: the batch, a window of its lines, one line with its takes."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

from django.urls import reverse

from apps.accounts.models import User
from apps.catalog.models import Line
from apps.core.access import may
from apps.takes.models import Batch, RankingAct, Take
from apps.takes.ranking import blind_mode, board_lines
from apps.takes.ranking.board_lines import Excerpt, LineProgress
from apps.takes.ranking.history import (
    History,
    act_to_undo,
    acts_of_others,
    changed_lines,
    history_of,
    newest_act,
)
from apps.takes.ranking.views import announcements
from apps.takes.ranking.views.directions import direction
from apps.takes.ranking.views.fragments import lock_html, takes_html

STAMP_DIGITS = 16


@dataclass(slots=True)
class BoardContext:
    """Who sits before which batch, whether they listen blind, and the line they act on."""

    batch: Batch
    person: User
    blind: bool = False
    line: Line | None = None


@dataclass(frozen=True)
class LineView:
    """One line as one person may see it. The takes come in the order of that person's page.

    `hidden` is whether the takes are not to be told apart: the person listens blind and has not
    ranked the line yet.
    """

    context: BoardContext
    line: Line
    takes: Sequence[Take]
    history: History

    @cached_property
    def hidden(self) -> bool:
        return self.context.blind and self.context.person.pk not in self.history.people

    @cached_property
    def letters(self) -> dict[int, str]:
        return {take.pk: blind_mode.letter(index) for index, take in enumerate(self.takes)}

    def label(self, take: Take) -> str:
        return self.letters[take.pk] if self.hidden else str(take.take_number)

    def name(self, take: Take) -> str:
        """What the take is called in a sentence; by its letter too where it had one."""
        number = f"take {take.take_number}"
        if not self.context.blind:
            return number
        letter = self.letters[take.pk]
        return letter if self.hidden else f"{letter} ({number})"


def view_of(context: BoardContext, line: Line) -> LineView:
    takes = board_lines.takes_of(context.batch, line)
    ordered = blind_mode.shuffled(takes, context.person) if context.blind else takes
    return LineView(context, line, ordered, history_of(context.batch, line))


def board_document(
    context: BoardContext, lines: Sequence[LineProgress] | None = None
) -> dict[str, Any]:
    """The batch: its counts, its lock, and what this person may do."""
    lines = board_lines.lines_with_progress(context.batch) if lines is None else lines
    return {**uncounted_document(context), **board_lines.counts(lines)}


def uncounted_document(context: BoardContext) -> dict[str, Any]:
    """The batch without its counts, which cost more the larger it is."""
    newest = newest_act(context.batch)
    locked = locked_document(context.batch, newest)
    return {
        "version": newest.pk if newest else 0,
        "locked": locked,
        "locked_html": lock_html({**locked, "at": context.batch.locked_at}) if locked else "",
        "may": may_document(context),
        "undo": undo_document(context),
    }


def locked_document(batch: Batch, newest: RankingAct | None) -> dict[str, str] | None:
    """Nothing is done on a locked batch: its newest act is the one that locked it.

    A batch that came with a LOCKED file has no such act.
    """
    if batch.locked_at is None:
        return None
    locking = newest is not None and newest.kind == RankingAct.Kind.LOCK
    by, reason = (newest.by_name, newest.reason) if newest and locking else ("", "")
    return {"by": by, "at": batch.locked_at.isoformat(), "reason": reason}


def may_document(context: BoardContext) -> dict[str, bool]:
    series = context.batch.series
    return {name: may(context.person, name, series) for name in ("rank", "unlock", "generate")}


def undo_document(context: BoardContext) -> dict[str, Any] | None:
    """What the person would undo next; None when there is nothing."""
    act = None if context.batch.is_locked else act_to_undo(context.batch, context.person)
    return {"act": act.pk, "said": announcements.undo_label(act)} if act else None


def window_document(found: Sequence[LineProgress], offset: int, limit: int) -> dict[str, Any]:
    """`limit` of the lines that a filter holds, from `offset` on."""
    shown = found[offset : offset + limit]
    lines = board_lines.excerpts([one.line for one in shown])
    rows = [
        row_document(one, lines[one.line], offset + index)
        for index, one in enumerate(shown)
        if one.line in lines
    ]
    return {"total": len(found), "offset": offset, "lines": rows}


def row_document(one: LineProgress, line: Excerpt, index: int) -> dict[str, Any]:
    return {
        "id": line.pk,
        "index": index,
        "key": line.key,
        "text": line.text,
        "lang": line.tag,
        "dir": direction(line.tag),
        **progress_document(one),
    }


def progress_document(one: LineProgress) -> dict[str, Any]:
    """What changes in the row of a line."""
    return {
        "state": one.state,
        "takes": one.takes,
        "ranked": one.ranked,
        "failed": one.failed,
        "findings": one.findings,
        "unfinished": one.unfinished,
    }


def line_document(view: LineView) -> dict[str, Any]:
    """The line with its takes, also as they are drawn."""
    facts = line_facts(view)
    return {**facts, "html": takes_html(facts, view.context.person)}


def line_facts(view: LineView) -> dict[str, Any]:
    """The line with its takes; `stamp` changes with anything that is said here."""
    line, batch = view.line, view.context.batch
    before, after = board_lines.neighbours(batch, line)
    ranks = [take.rank for take in view.takes if take.rank is not None]
    complete = sum(take.status == Take.Status.COMPLETE for take in view.takes)
    said: dict[str, Any] = {
        "id": line.pk,
        "key": line.key,
        "text": line.text,
        "lang": line.language.tag,
        "dir": direction(line.language.tag),
        "character": line.character.name if line.character else "",
        "version": view.history.version,
        "state": board_lines.state_of(complete, len(ranks), min(ranks, default=None)),
        "blind": view.hidden,
        "takes": [take_document(view, take) for take in view.takes],
        "next": after,
        "previous": before,
    }
    return {**said, "stamp": stamp_of(said)}


def stamp_of(document: dict[str, Any]) -> str:
    return sha256(json.dumps(document).encode()).hexdigest()[:STAMP_DIGITS]


def take_document(view: LineView, take: Take) -> dict[str, Any]:
    """What may be known of a take while it is hidden, and the rest when it is not.

    A provider's words about a failure may name the file: they are told afterwards.
    """
    handle = blind_mode.handle_of(take, view.context.person)
    address = [view.context.batch.batch_id, view.line.pk, handle]
    told = {
        "handle": handle,
        "label": view.label(take),
        "status": take.status,
        "rank": None,
        "duration": take.duration,
        "loudness": take.loudness,
        "audio": reverse("admin:takes_board_audio", args=address),
        "peaks": reverse("admin:takes_board_peaks", args=address),
        "error": "",
    }
    return told if view.hidden else {**told, **open_document(view.history, take)}


def open_document(history: History, take: Take) -> dict[str, Any]:
    """What tells the takes of a line apart."""
    source = take.derived_from
    found = [{"severity": one.severity, "text": one.message} for one in take.findings.all()]
    return {
        "rank": take.rank,
        "error": take.error,
        "number": take.take_number,
        "file": take.file_name,
        "origin": take.origin,
        "derived_from": str(source.take_number) if source else None,
        "true_peak": take.true_peak,
        "settings": {**take.settings, "seed": take.seed, "model": take.model},
        "findings": found,
        "ranked_by": history.ranked_by.get(take.pk) if take.rank is not None else None,
    }


def changes_document(context: BoardContext, since: int) -> dict[str, Any]:
    """What others and the person themselves did after an act; `line` when a line is looked at."""
    others = acts_of_others(context.batch, since, context.person)
    lines = board_lines.lines_with_progress(context.batch)
    changed = changed_lines(context.batch, since)
    return {
        "board": board_document(context, lines),
        "changed": [
            {"id": one.line, **progress_document(one)} for one in lines if one.line in changed
        ],
        "line": line_facts(view_of(context, context.line))["stamp"] if context.line else None,
        "acts": [act_document(act, context.blind) for act in others],
    }


def act_document(act: RankingAct, blind: bool) -> dict[str, Any]:
    said = announcements.done_on_a_line(act) if blind and act.line else announcements.done(act)
    return {"by": act.by_name, "line": act.line_id, "said": said}
