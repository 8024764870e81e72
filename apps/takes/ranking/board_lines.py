"""Reading for the ranking board: its lines and how far they are, and one line's takes.

One query here grows with the batch, `lines_with_progress`: it reads one short row a line.
"""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Count, Exists, Min, OuterRef, Prefetch, Q
from django.db.models.functions import Left

from apps.accounts.models import User
from apps.catalog.models import Line
from apps.core.errors import Missing
from apps.takes.models import Batch, Finding, Take
from apps.takes.models.takes import TakeQuerySet

EXCERPT = 120
"""Characters of a line's text in the list of lines."""

ScriptPosition = tuple[int, int]
"""Where a line stands in the script: its position, and its key where positions are equal."""


@dataclass(frozen=True, slots=True)
class LineProgress:
    """The takes of one line in a batch, counted. `best` is the best rank that one of them has.

    `findings` counts takes with a failed check.
    """

    line: int
    position: int
    takes: int
    complete: int
    ranked: int
    best: int | None
    failed: int
    unfinished: int
    findings: int

    @property
    def state(self) -> str:
        return state_of(self.complete, self.ranked, self.best)

    @property
    def script_position(self) -> ScriptPosition:
        return self.position, self.line


def state_of(complete: int, ranked: int, best: int | None) -> str:
    """`won` with a first rank, `partly` with others only, `none` without audio to rank."""
    if not complete:
        return "none"
    if not ranked:
        return "unranked"
    return "won" if best == 1 else "partly"


FILTERS: Mapping[str, Callable[[LineProgress], bool]] = {
    "": lambda one: True,
    "unranked": lambda one: one.state == "unranked",
    "partly": lambda one: one.state == "partly",
    "won": lambda one: one.state == "won",
    "failed": lambda one: one.failed > 0,
    "findings": lambda one: one.findings > 0,
}
"""What the list of lines can be narrowed down to."""


def lines_with_progress(batch: Batch) -> list[LineProgress]:
    """Every line that has takes in the batch, in the order of the script."""
    failing = Finding.objects.filter(take=OuterRef("pk"), severity=Finding.Severity.FAIL)
    complete, failed = Q(status=Take.Status.COMPLETE), Q(status=Take.Status.FAILED)
    rows = (
        batch.takes.order_by("line__position", "line")
        .values_list("line", "line__position")
        .annotate(
            takes=Count("pk"),
            complete=Count("pk", filter=complete),
            ranked=Count("rank"),
            best=Min("rank"),
            failed=Count("pk", filter=failed),
            unfinished=Count("pk", filter=Q(status__in=Take.UNFINISHED)),
            failing=Count("pk", filter=complete & Q(Exists(failing))),
        )
    )
    return [LineProgress(*row) for row in rows]


def counts(lines: Sequence[LineProgress]) -> dict[str, int]:
    """How many lines each filter holds, and how many takes are still being made."""
    named = {name: sum(map(holds, lines)) for name, holds in FILTERS.items() if name}
    unfinished = sum(one.unfinished for one in lines)
    return {"lines": len(lines), **named, "unfinished": unfinished}


def containing(batch: Batch, search: str) -> set[int]:
    """The lines of the batch whose key or text holds this."""
    holding = Q(key__icontains=search) | Q(text__icontains=search)
    lines = Line.objects.filter(holding, pk__in=batch.takes.order_by().values("line"))
    return set(lines.order_by().values_list("pk", flat=True))


def narrowed(
    lines: Sequence[LineProgress], name: str, found: AbstractSet[int] | None = None
) -> list[LineProgress]:
    """The lines that a filter holds, and that are among the found ones where these are given."""
    holds = FILTERS[name]
    return [one for one in lines if holds(one) and (found is None or one.line in found)]


def resume_at(lines: Sequence[LineProgress], last: ScriptPosition | None) -> LineProgress | None:
    """Where to go on: the first unranked line from the last one on, else of all, else the first.

    None when there are no lines.
    """
    unranked = [one for one in lines if one.state == "unranked"]
    ahead = [one for one in unranked if last is None or one.script_position >= last]
    return next(iter([*ahead, *unranked, *lines]), None)


def last_position(batch: Batch, person: User) -> ScriptPosition | None:
    """The position of the line on which the person did something last in this batch."""
    acts = batch.acts.filter(by=person, line__isnull=False).order_by("-pk")
    return acts.values_list("line__position", "line").first()


class Excerpt(NamedTuple):
    """What the list of lines shows of a line: the beginning of its text, and its language."""

    pk: int
    key: str
    text: str
    tag: str


def excerpts(pks: Sequence[int]) -> dict[int, Excerpt]:
    lines = Line.objects.filter(pk__in=pks).order_by()
    rows = lines.values_list("pk", "key", Left("text", EXCERPT), "language__tag")
    return {row[0]: Excerpt(*row) for row in rows}


def find_line(batch: Batch, pk: int | None) -> Line | None:
    """A line with its language and character, when it has takes in the batch."""
    lines = Line.objects.select_related("language", "character")
    return lines.filter(_has_takes_in(batch), pk=pk or 0).first()


def line_in(batch: Batch, pk: int | None) -> Line:
    """The same; raises Missing when the line has no takes there."""
    line = find_line(batch, pk)
    if line is None:
        raise Missing("This batch holds no takes of that line.")
    return line


def takes_on(batch: Batch, line_pk: int) -> TakeQuerySet:
    return batch.takes.filter(line__pk=line_pk)


def takes_of(batch: Batch, line: Line) -> list[Take]:
    """All takes of the line in the batch by number, with what was found wrong on them."""
    findings = Prefetch("findings", Finding.objects.exclude(severity=Finding.Severity.INFO))
    takes = takes_on(batch, line.pk).select_related("derived_from").prefetch_related(findings)
    return list(takes.order_by("take_number"))


def neighbours(batch: Batch, line: Line) -> tuple[int | None, int | None]:
    """The lines before and after this one in the script that have takes in the batch."""
    lines = Line.objects.filter(_has_takes_in(batch), series=batch.series_id)
    if batch.run.language_id:
        lines = lines.filter(language=batch.run.language_id)
    position, pk = line.position, line.pk
    before = lines.filter(Q(position__lt=position) | Q(pk__lt=pk), position__lte=position)
    after = lines.filter(Q(position__gt=position) | Q(pk__gt=pk), position__gte=position)
    return (
        before.order_by("-position", "-pk").values_list("pk", flat=True).first(),
        after.order_by("position", "pk").values_list("pk", flat=True).first(),
    )


def _has_takes_in(batch: Batch) -> Exists:
    return Exists(batch.takes.filter(line=OuterRef("pk")))
