"""Reads progress, cost and failures of runs and batches from their takes."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from operator import itemgetter

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from apps.core.access import Person, visible_to
from apps.core.registry import Found, count
from apps.takes.models import Batch, Run, Take
from apps.takes.models.takes import TakeQuerySet
from apps.takes.progress.states import Progress

NAMES = re.compile(r"“[^”]*”|'[^']*'|\"[^\"]*\"|\S*[\d/_]\S*")
MOST_REASONS = 2000


def progress_of(
    link: str, pks: Iterable[int], takes: QuerySet[Take] | None = None
) -> dict[int, Progress]:
    """Progress of runs (`link="run"`) or batches (`link="batch"`), in one query.

    With `takes`, only these takes are counted.
    """
    pks = list(pks)
    counts: dict[int, dict[str, int]] = {pk: {} for pk in pks}
    rows = (
        (Take.with_previews.all() if takes is None else takes)
        .filter(**{f"{link}__in": pks})
        .order_by()
        .values_list(link, "status")
        .annotate(number=Count("pk"))
    )
    for pk, status, number in rows:
        counts[pk][status] = number
    return {pk: Progress(**found) for pk, found in counts.items()}


@dataclass(frozen=True, slots=True)
class Spent:
    """What was paid: characters billed, US dollars (None when no provider told), seconds.

    `unusable_characters` may have been billed beside those, for answers that held no recording.
    """

    characters: int
    cost: Decimal | None
    audio_seconds: float
    unusable_characters: int


def spent_on(run: Run) -> Spent:
    sums = takes_of(run).aggregate(
        characters=Sum("characters"),
        cost=Sum("cost"),
        seconds=Sum("duration"),
        unusable=Sum("unusable_characters"),
    )
    return Spent(
        sums["characters"] or 0, sums["cost"], sums["seconds"] or 0.0, sums["unusable"] or 0
    )


@dataclass(frozen=True, slots=True)
class Pace:
    """Elapsed and estimated remaining time of a run, in seconds."""

    elapsed: float
    remaining: float | None


def pace_of(run: Run, progress: Progress) -> Pace:
    """Elapsed from the order to its end or now; remaining from the takes of the last 2 minutes.

    The remaining time is None before three takes are done.
    """
    now = timezone.now()
    elapsed = ((run.finished_at or now) - run.created_at).total_seconds()
    left = progress.total - progress.done
    if not left:
        return Pace(elapsed, 0.0)
    recent = (
        takes_of(run)
        .filter(finished_at__gt=now - timedelta(minutes=2))
        .aggregate(number=Count("pk"), first=Min("started_at"))
    )
    if recent["number"] < 3:
        return Pace(elapsed, None)
    window = max((now - recent["first"]).total_seconds(), 0.1)
    return Pace(elapsed, left * window / recent["number"])


def render_seconds(run: Run) -> float | None:
    """Seconds from the first claim to the last write; None before the first write."""
    ends: dict[str, datetime | None] = takes_of(run).aggregate(
        first=Min("started_at"), last=Max("finished_at")
    )
    if ends["first"] is None or ends["last"] is None:
        return None
    return (ends["last"] - ends["first"]).total_seconds()


def waiting_for(run: Run) -> str:
    """What the run needs to go on, in words; empty when it needs nothing."""
    reasons = batches_of(run).filter(~Q(waiting_reason="") | ~Q(stopped_reason="")).order_by()
    said = reasons.values("waiting_reason", "stopped_reason").annotate(since=Min("waiting_since"))
    return " ".join(_waiting_words(**reason) for reason in said[:3])


def _waiting_words(waiting_reason: str, stopped_reason: str, since: datetime | None) -> str:
    if not (waiting_reason and since):
        return waiting_reason or stopped_reason
    return f"Waiting since {timezone.localtime(since):%H:%M}: {waiting_reason}"


def failures_of(run: Run) -> list[tuple[str, int]]:
    """The reasons of failed takes with their numbers, most frequent first, 20 at most.

    Reasons that differ in names only are one: the most frequent of them stands for all.
    """
    groups: dict[str, tuple[str, int]] = {}
    for reason, number in _reasons(run):
        first, others = groups.get(without_names(reason), (reason, 0))
        groups[without_names(reason)] = (first, others + number)
    return sorted(groups.values(), key=itemgetter(1), reverse=True)[:20]


def reasons_like(run: Run, reason: str) -> list[str]:
    """The reasons of failed takes that differ from this one in names only."""
    kind = without_names(reason)
    return [other for other, _ in _reasons(run) if without_names(other) == kind]


def without_names(reason: str) -> str:
    """A reason with what is quoted, and what no plain word is, left out."""
    return NAMES.sub("…", reason)


def _reasons(run: Run) -> list[tuple[str, int]]:
    failed = takes_of(run).filter(status=Take.Status.FAILED).order_by()
    counted = failed.values_list("error").annotate(number=Count("pk")).order_by("-number")
    return [(reason, number) for reason, number in counted[:MOST_REASONS]]


def takes_of(run: Run) -> TakeQuerySet:
    """The takes of a run, also of a run of previews."""
    return Take.with_previews.filter(run=run)


def batches_of(run: Run) -> QuerySet[Batch]:
    """The batches of the run's takes: its own, or the batch of another run that it added to."""
    return Batch.with_previews.filter(pk__in=takes_of(run).order_by().values("batch"))


def batches_with_progress(run: Run) -> list[tuple[Batch, Progress]]:
    """The run's batches with its progress in each; takes of other runs are not counted."""
    batches = list(batches_of(run).select_related("voice").order_by("pk"))
    progress = progress_of("batch", [batch.pk for batch in batches], takes_of(run))
    return [(batch, progress[batch.pk]) for batch in batches]


MOST_FAILED = 1000
MOST_RUNS = 10
MOST_BATCHES = 5
LATELY = timedelta(days=30)


def going_runs(person: Person) -> Found:
    """The newest ten unfinished runs, each with its progress."""
    going = _visible_runs(person).filter(finished_at=None)
    return Found(_with_progress(going[:MOST_RUNS]), count(going))


def failed_runs(person: Person) -> Found:
    """The newest ten runs with failed takes of the last 30 days, each with its progress."""
    has_failed = Exists(Take.with_previews.filter(run=OuterRef("pk"), status=Take.Status.FAILED))
    failed = _visible_runs(person).filter(has_failed, finished_at__isnull=False)
    lately = failed.filter(finished_at__gt=timezone.now() - LATELY)
    return Found(_with_progress(lately[:MOST_RUNS]), count(failed))


def _visible_runs(person: Person) -> QuerySet[Run]:
    runs = Run.objects.select_related("series", "language")
    return visible_to(person, runs, "series")


def failed_takes(person: Person) -> Found:
    """Failed takes of the last 30 days by Series, as ((key, title), number): the top ten.

    The numbers count the newest 1,000 failed takes; the total counts all failed takes.
    """
    takes = visible_to(person, Take.objects.all(), "series")
    failed = takes.filter(status=Take.Status.FAILED).order_by("-created_at", "-id")
    lately = failed.filter(created_at__gt=timezone.now() - LATELY)
    by_series = Counter(lately.values_list("series", "series__title")[:MOST_FAILED])
    rows = by_series.most_common(10)
    return Found(rows, count(failed), shown=sum(number for _, number in rows))


def batches_to_rank(person: Person) -> Found:
    """Finished unlocked batches, as (batch, lines, lines with a winner).

    The newest five of the last 30 days. Saved previews are left out: they are judged as drafts.
    """
    batches = Batch.objects.select_related("series", "voice")
    heard = Exists(Take.objects.complete().filter(batch=OuterRef("pk")))
    to_rank = (
        visible_to(person, batches, "series", "rank")
        .filter(heard, locked_at=None, generated_at__isnull=False)
        .exclude(run__kind=Run.Kind.PREVIEW)
    )
    lately = to_rank.filter(generated_at__gt=timezone.now() - LATELY)
    return Found(_with_winners(lately[:MOST_BATCHES]), count(to_rank))


def _with_winners(found: Iterable[Batch]) -> list[tuple[Batch, int, int]]:
    batches = list(found)
    rows = (
        Take.with_previews.complete()
        .filter(batch__in=batches)
        .order_by()
        .values_list("batch")
        .annotate(lines=Count("line", distinct=True), won=Count("pk", filter=Q(rank=1)))
    )
    counted = {pk: (lines, won) for pk, lines, won in rows}
    return [(batch, *counted[batch.pk]) for batch in batches if batch.pk in counted]


def _with_progress(runs: Iterable[Run]) -> list[tuple[Run, Progress]]:
    rows = list(runs)
    progress = progress_of("run", [run.pk for run in rows])
    return [(run, progress[run.pk]) for run in rows]
