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
from apps.takes import blindness, boards
from apps.takes.boards import Excerpt, Tally
from apps.takes.history import (
    History,
    act_to_undo,
    acts_of_others,
    changed_lines,
    history_of,
    newest_act,
)
from apps.takes.models import Batch, RankingAct, Take
from apps.takes.views import board_wording as wording
from apps.takes.views.board_directions import direction
from apps.takes.views.board_html import lock_html, takes_html

STAMP_DIGITS = 16


@dataclass(slots=True)
class Seat:
    """Who sits before which batch, whether they listen blind, and the line they act on."""

    batch: Batch
    person: User
    blind: bool = False
    line: Line | None = None


@dataclass(frozen=True)
class Sheet:
    """One line as one person may see it. The takes come in the order of that person's page.

    `hidden` is whether the takes are not to be told apart: the person listens blind and has not
    ranked the line yet.
    """

    seat: Seat
    line: Line
    takes: Sequence[Take]
    history: History

    @cached_property
    def hidden(self) -> bool:
        return self.seat.blind and self.seat.person.pk not in self.history.people

    @cached_property
    def letters(self) -> dict[int, str]:
        return {take.pk: blindness.letter(index) for index, take in enumerate(self.takes)}

    def label(self, take: Take) -> str:
        return self.letters[take.pk] if self.hidden else str(take.take_number)

    def name(self, take: Take) -> str:
        """What the take is called in a sentence; by its letter too where it had one."""
        number = f"take {take.take_number}"
        if not self.seat.blind:
            return number
        letter = self.letters[take.pk]
        return letter if self.hidden else f"{letter} ({number})"


def sheet_of(seat: Seat, line: Line) -> Sheet:
    takes = boards.takes_of(seat.batch, line)
    ordered = blindness.shuffled(takes, seat.person) if seat.blind else takes
    return Sheet(seat, line, ordered, history_of(seat.batch, line))


def board_document(seat: Seat, lines: Sequence[Tally] | None = None) -> dict[str, Any]:
    """The batch: its counts, its lock, and what this person may do."""
    lines = boards.tallies(seat.batch) if lines is None else lines
    return {**uncounted_document(seat), **boards.counts(lines)}


def uncounted_document(seat: Seat) -> dict[str, Any]:
    """The batch without its counts, which cost more the larger it is."""
    newest = newest_act(seat.batch)
    locked = locked_document(seat.batch, newest)
    return {
        "version": newest.pk if newest else 0,
        "locked": locked,
        "locked_html": lock_html({**locked, "at": seat.batch.locked_at}) if locked else "",
        "may": may_document(seat),
        "undo": undo_document(seat),
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


def may_document(seat: Seat) -> dict[str, bool]:
    series = seat.batch.series
    return {name: may(seat.person, name, series) for name in ("rank", "unlock", "generate")}


def undo_document(seat: Seat) -> dict[str, Any] | None:
    """What the person would undo next; None when there is nothing."""
    act = None if seat.batch.is_locked else act_to_undo(seat.batch, seat.person)
    return {"act": act.pk, "said": wording.undo_label(act)} if act else None


def window_document(found: Sequence[Tally], offset: int, limit: int) -> dict[str, Any]:
    """`limit` of the lines that a filter holds, from `offset` on."""
    shown = found[offset : offset + limit]
    lines = boards.excerpts([tally.line for tally in shown])
    rows = [
        row_document(tally, lines[tally.line], offset + index)
        for index, tally in enumerate(shown)
        if tally.line in lines
    ]
    return {"total": len(found), "offset": offset, "lines": rows}


def row_document(tally: Tally, line: Excerpt, index: int) -> dict[str, Any]:
    return {
        "id": line.pk,
        "index": index,
        "key": line.key,
        "text": line.text,
        "lang": line.tag,
        "dir": direction(line.tag),
        **tally_document(tally),
    }


def tally_document(tally: Tally) -> dict[str, Any]:
    """What changes in the row of a line."""
    return {
        "state": tally.state,
        "takes": tally.takes,
        "ranked": tally.ranked,
        "failed": tally.failed,
        "findings": tally.findings,
        "unfinished": tally.unfinished,
    }


def line_document(sheet: Sheet) -> dict[str, Any]:
    """The line with its takes, also as they are drawn."""
    facts = line_facts(sheet)
    return {**facts, "html": takes_html(facts, sheet.seat.person)}


def line_facts(sheet: Sheet) -> dict[str, Any]:
    """The line with its takes; `stamp` changes with anything that is said here."""
    line, batch = sheet.line, sheet.seat.batch
    before, after = boards.neighbours(batch, line)
    ranks = [take.rank for take in sheet.takes if take.rank is not None]
    complete = sum(take.status == Take.Status.COMPLETE for take in sheet.takes)
    said: dict[str, Any] = {
        "id": line.pk,
        "key": line.key,
        "text": line.text,
        "lang": line.language.tag,
        "dir": direction(line.language.tag),
        "character": line.character.name if line.character else "",
        "version": sheet.history.version,
        "state": boards.state_of(complete, len(ranks), min(ranks, default=None)),
        "blind": sheet.hidden,
        "takes": [take_document(sheet, take) for take in sheet.takes],
        "next": after,
        "previous": before,
    }
    return {**said, "stamp": stamp_of(said)}


def stamp_of(document: dict[str, Any]) -> str:
    return sha256(json.dumps(document).encode()).hexdigest()[:STAMP_DIGITS]


def take_document(sheet: Sheet, take: Take) -> dict[str, Any]:
    """What may be known of a take while it is hidden, and the rest when it is not.

    A provider's words about a failure may name the file: they are told afterwards.
    """
    handle = blindness.handle_of(take, sheet.seat.person)
    address = [sheet.seat.batch.batch_id, sheet.line.pk, handle]
    told = {
        "handle": handle,
        "label": sheet.label(take),
        "status": take.status,
        "rank": None,
        "duration": take.duration,
        "loudness": take.loudness,
        "audio": reverse("admin:takes_board_audio", args=address),
        "peaks": reverse("admin:takes_board_peaks", args=address),
        "error": "",
    }
    return told if sheet.hidden else {**told, **open_document(sheet.history, take)}


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


def changes_document(seat: Seat, since: int) -> dict[str, Any]:
    """What others and the person themselves did after an act; `line` when a line is looked at."""
    others = acts_of_others(seat.batch, since, seat.person)
    lines = boards.tallies(seat.batch)
    changed = changed_lines(seat.batch, since)
    return {
        "board": board_document(seat, lines),
        "changed": [
            {"id": tally.line, **tally_document(tally)} for tally in lines if tally.line in changed
        ],
        "line": line_facts(sheet_of(seat, seat.line))["stamp"] if seat.line else None,
        "acts": [act_document(act, seat.blind) for act in others],
    }


def act_document(act: RankingAct, blind: bool) -> dict[str, Any]:
    said = wording.done_on_a_line(act) if blind and act.line else wording.done(act)
    return {"by": act.by_name, "line": act.line_id, "said": said}
