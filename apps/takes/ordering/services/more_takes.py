"""More takes for a batch that exists: newly spoken ones of a line, and parts of its takes."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, TypeVar

from django.db import transaction

from apps.audit.services import Actor, record, user_of
from apps.catalog.models import Line
from apps.core.errors import Invalid
from apps.takes.models import Batch, Run, Take
from apps.takes.models.holding import Locked, hold_batch
from apps.takes.ordering import planning
from apps.takes.ordering.generation_order import MOST_TAKES_PER_LINE
from apps.takes.ordering.services.runs import set_estimate, take_of
from apps.takes.ordering.take_requests import DEFAULT_FORMAT, TakeRequest, lines_by_voices
from apps.takes.rendering.jobs import PREVIEWS, RENDER

SHORTEST = 0.1
"""Seconds that must be left of a trimmed take: less is no word."""

TOLERANCE = 0.001
"""Seconds by which an end may lie behind the take's: pages show and send whole milliseconds."""

MOST_DIGITS = 9
"""Of a number that is read from a file's name: longer ones are no numbers of takes."""

T = TypeVar("T")


def order_more(line: Line, batch: Batch, takes: int, *, by: Actor) -> Run:
    """Order 1 to 20 more takes of a line into a batch that has some, with its text of today.

    Their numbers go on from the highest; settings are drawn anew from what the batch was
    ordered with. Raises Invalid, Locked, and Unavailable without a queue; nothing is written
    then.
    """
    if not 1 <= takes <= MOST_TAKES_PER_LINE:
        raise Invalid({"takes": f"Ask for 1 to {MOST_TAKES_PER_LINE} more takes."})
    RENDER.check_queue()
    with transaction.atomic():
        held = _hold(batch.pk)
        requests = _requests(_line_in(held, line), held, takes)
        planning.check(requests, by=by)
        params = {**held.params, "variants_per_line": takes, "more_of": line.key}
        run = _run_in(held, requests[0].line, by, kind=Run.Kind.MORE_TAKES, params=params)
        drawn = planning.draw(requests, salt=f"run {run.pk}", first_number=_next(held, line))
        set_estimate(run, drawn)
        run.save(update_fields=["characters_estimated", "cost_estimated"])
        made = Take.objects.bulk_create([take_of(run, held, one) for one in drawn])
        record("run.ordered", run, by=by, takes=takes, batch=held.batch_id, more_of=line.key)
        _enqueue(held, made)
    return run


def trim_take(take: Take, start: float, end: float, *, by: Actor) -> Take:
    """Order a new take that is the part of this one from `start` to `end`, in seconds.

    A worker cuts it; the take itself stays as it is. Raises Invalid, Locked, and Unavailable
    without a queue; nothing is written then.
    """
    RENDER.check_queue()
    with transaction.atomic():
        batch = _hold(take.batch_id)
        source = _source(take)
        part = _part_of(source, start, end)
        asked = {"trim": source.file_name, "start": part[0], "end": part[1]}
        run = _run_in(batch, source.line, by, kind=Run.Kind.TRIM, params=asked)
        made = _derived(run, source, part, _next(batch, source.line))
        made.save(force_insert=True)
        record("take.trimmed", made, by=by, **asked)
        _enqueue(batch, [made])
    return made


def _hold(batch_pk: int) -> Batch:
    """The row of the batch, locked until the transaction ends. Raises Locked."""
    batch = hold_batch(batch_pk)
    if batch.is_locked:
        raise Locked("The batch is locked: nothing can be added to it. Unlock it first.")
    return batch


def _line_in(batch: Batch, line: Line) -> Line:
    """The line as it is now. Raises Invalid when it has no takes in this batch."""
    if not batch.takes.filter(line=line.pk).exists():
        raise Invalid({"line": f"This batch holds no takes of {line.key}."})
    return Line.objects.select_related("series", "language").get(pk=line.pk)


def _requests(line: Line, batch: Batch, takes: int) -> list[TakeRequest]:
    """As the batch was ordered; what an imported batch does not say is left to the voice."""
    return lines_by_voices(
        [line],
        [batch.voice],
        takes=takes,
        settings=_asked(batch, "settings", {}),
        model=_asked(batch, "model", ""),
        output_format=_asked(batch, "output_format", DEFAULT_FORMAT),
    )


def _asked(batch: Batch, name: str, otherwise: T) -> T:
    """A parameter of the batch; an imported one may hold anything under this name, or nothing."""
    value = batch.params.get(name)
    return value if value and isinstance(value, type(otherwise)) else otherwise


def _source(take: Take) -> Take:
    """The take as it is now, held by its batch's row. Raises Invalid when it has no audio."""
    related = ("series", "line__language")
    complete = Take.objects.complete().select_related(*related)
    source = complete.filter(pk=take.pk).first()
    if source is None:
        raise Invalid({"take": "This take has no audio to trim."})
    return source


def _part_of(source: Take, start: float, end: float) -> tuple[float, float]:
    """Seconds inside the take. Raises Invalid, also for "not a number"."""
    longest = source.duration or 0.0
    if not 0 <= start < end <= longest + TOLERANCE:
        raise Invalid({"end": f"Choose a part between 0 and {longest:.3f} s."})
    end = min(end, longest)
    if end - start < SHORTEST:
        raise Invalid({"end": f"At least {SHORTEST} s must be left."})
    return start, end


def _run_in(batch: Batch, line: Line, by: Actor, *, kind: Run.Kind, params: dict[str, Any]) -> Run:
    """A run that makes no batch of its own. Nothing is reused: somebody wants something new."""
    return Run.objects.create(
        series=batch.series,
        language=line.language,
        ordered_by=user_of(by),
        kind=kind,
        params={**params, "batch_id": batch.batch_id},
        reuse_identical=False,
        cost_estimated=Decimal(0),
    )


def _next(batch: Batch, line: Line) -> int:
    """The number after the highest that a take of the line has, or that a file's name has.

    The files of an imported batch may be numbered otherwise than their takes.
    """
    stem = f"{line.key}_take_"
    takes = Take.with_previews.filter(batch=batch)
    names = takes.filter(file_name__startswith=stem).values_list("file_name", flat=True)
    ends = [name.removeprefix(stem).removesuffix(".mp3") for name in names]
    named = [int(end) for end in ends if end.isdecimal() and len(end) <= MOST_DIGITS]
    numbers = takes.filter(line=line.pk).values_list("take_number", flat=True)
    return 1 + max(*numbers, *named, 0)


def _derived(run: Run, source: Take, part: tuple[float, float], number: int) -> Take:
    return Take(
        series=source.series,
        run=run,
        batch_id=source.batch_id,
        line=source.line,
        take_number=number,
        file_name=planning.file_name(source.line.key, number),
        origin=Take.Origin.DERIVED,
        derived_from=source,
        text=source.text,
        spoken_text=source.spoken_text,
        model=source.model,
        settings={**source.settings, "trim": list(part)},
        output_format=source.output_format,
    )


def _enqueue(batch: Batch, takes: Sequence[Take]) -> None:
    """Queue the takes on commit, and let their batch be finished once more after them."""
    Batch.objects.filter(pk=batch.pk).update(generated_at=None, stopped_reason="")
    # Somebody sits at the board and waits for these, as for a preview.
    RENDER.enqueue([(batch.pk, take.pk) for take in takes], PREVIEWS)
