"""Ordering a run: check it, write Run, Batches and Takes in one transaction, queue on commit."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain, count
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.audit.services import Actor, record, user_of
from apps.catalog.scripts.planning import ImportOptions
from apps.catalog.scripts.services import import_script
from apps.core.errors import DomainError, Invalid
from apps.takes.models import Batch, Run, Take
from apps.takes.ordering import planning
from apps.takes.ordering.generation_order import GenerationOrder
from apps.takes.ordering.planning import CheckedOrder, Drawn
from apps.takes.ordering.take_requests import TakeRequest
from apps.takes.rendering.jobs import PREVIEWS, QUEUE, RENDER
from apps.voices.library.services import link_voices
from apps.voices.models import Voice


def order_run(
    requests: Sequence[TakeRequest],
    *,
    by: Actor,
    kind: Run.Kind = Run.Kind.ORDER,
    params: Mapping[str, Any] | None = None,
    reuse_identical: bool = True,
    queue: bool = True,
    expires_at: datetime | None = None,
) -> Run:
    """Order takes of one Series, all or none; lines that cannot be spoken are left out and named.

    Raises Invalid with every error by field, and Unavailable without a queue. With `queue=False`
    the caller renders the takes. Previews have `expires_at`: in no list, rendered first.
    """
    order = planning.check(requests, by=by)
    if queue:
        RENDER.check_queue()
    facts = {"kind": kind, "reuse_identical": reuse_identical, "expires_at": expires_at}
    run = _new_run(order, by, params=dict(params or {}), **facts)
    # Whoever orders inside a transaction of their own loses all of it when this cannot be written.
    with transaction.atomic(savepoint=False):
        takes = _write(run, order.requests, by)
        if queue:
            _enqueue(run, takes)
    return run


def _new_run(order: CheckedOrder, by: Actor, **facts: Any) -> Run:
    """A run that is not written yet."""
    return Run(
        series=order.requests[0].line.series,
        language=_only_language(order.requests),
        ordered_by=user_of(by),
        left_out=order.left_out,
        **facts,
    )


def _enqueue(run: Run, takes: Sequence[Take]) -> None:
    name = PREVIEWS if run.kind == Run.Kind.PREVIEW else QUEUE
    RENDER.enqueue([(take.batch_id, take.pk) for take in takes], name)


def _write(run: Run, requests: Sequence[TakeRequest], by: Actor) -> list[Take]:
    voices = list({request.voice.pk: request.voice for request in requests}.values())
    link_voices(run.series, voices, by=by)
    # Without reuse somebody wants to hear something new: the run's own key joins the draw.
    drawn = planning.draw(requests, salt="" if run.reuse_identical else f"run {run.task_id}")
    set_estimate(run, drawn)
    run.save(force_insert=True)
    batches = {voice.pk: _create_batch(run, voice) for voice in voices}
    takes = [take_of(run, batches[one.request.voice.pk], one) for one in drawn]
    addresses = [voice.address for voice in voices]
    record("run.ordered", run, by=by, takes=len(takes), voices=addresses)
    return Take.objects.bulk_create(takes, batch_size=1000)


@transaction.atomic
def generate(ask: GenerationOrder, *, by: Actor, script: bytes = b"", file_name: str = "") -> Run:
    """Order what a form asks for; a script is imported first, and only if the order holds.

    Raises Invalid with every error by field, and Unavailable without a queue.
    """
    if script:
        _import(ask, script, file_name, by)
    return order_run(
        ask.requests(), by=by, params=ask.params(), reuse_identical=ask.reuse_identical
    )


def _import(ask: GenerationOrder, script: bytes, file_name: str, by: Actor) -> None:
    options = ImportOptions(language=ask.language)
    try:
        import_script(
            ask.series,
            script,
            by=by,
            options=options,
            file_name=file_name or "script.csv",
            strict=True,
        )
    except DomainError as error:
        raise Invalid({"script": str(error)}) from error


def _only_language(requests: Sequence[TakeRequest]) -> Any:
    languages = {request.line.language_id: request.line.language for request in requests}
    return next(iter(languages.values())) if len(languages) == 1 else None


def set_estimate(run: Run, drawn: Sequence[Drawn]) -> None:
    """What the run will cost at most, from what was drawn for it; the row is not written."""
    estimates = planning.estimate(drawn, reuse_identical=run.reuse_identical)
    costs = [one.cost for one in estimates if one.cost is not None]
    run.characters_estimated = sum(one.characters for one in estimates)
    run.cost_estimated = sum(costs) if len(costs) == len(estimates) else None


def _create_batch(run: Run, voice: Voice) -> Batch:
    """The batch, under the first id that is free; another run may take that at this moment."""
    for batch_id in free_batch_ids(voice, timezone.now()):
        batch = _new_batch(run, voice, batch_id)
        try:
            with transaction.atomic():
                batch.save(force_insert=True)
        except IntegrityError:
            if not Batch.with_previews.filter(batch_id=batch_id).exists():
                raise
        else:
            break
    return batch


def _new_batch(run: Run, voice: Voice, batch_id: str) -> Batch:
    params = {"voice_id": voice.provider_voice_id, "provider": voice.provider}
    return Batch(
        series=run.series,
        run=run,
        voice=voice,
        batch_id=batch_id,
        path=f"{run.series.slug}/{voice.directory}/{batch_id}",
        params={**run.params, **params},
        expires_at=run.expires_at,
    )


def free_batch_ids(voice: Voice, now: datetime) -> Iterator[str]:
    """`YYYYMMDD-HHMMSS-<first 4 of the voice id>`, in UTC, then with `-2`, `-3` …: unused ones."""
    stem = f"{now:%Y%m%d-%H%M%S}-{voice.provider_voice_id[:4].rstrip(' .')}"
    alike = Batch.with_previews.filter(batch_id__startswith=stem)
    taken = set(alike.values_list("batch_id", flat=True))
    names = chain([stem], (f"{stem}-{number}" for number in count(2)))
    return (name for name in names if name not in taken)


def take_of(run: Run, batch: Batch, one: Drawn) -> Take:
    """A pending take that is not written yet."""
    request = one.request
    return Take(
        series=run.series,
        run=run,
        batch=batch,
        line=request.line,
        take_number=one.take_number,
        file_name=one.file_name,
        text=request.line.text,
        spoken_text=one.spoken_text,
        model=one.model,
        settings=dict(one.settings),
        output_format=request.output_format,
        seed=one.seed,
        identity=one.identity,
        expires_at=run.expires_at,
    )
