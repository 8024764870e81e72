"""What workers run. Jobs are handed keys only, and may run twice."""

import uuid
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from operator import itemgetter

import django_rq
import structlog
from django.conf import settings
from django.db import transaction
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Worker, get_current_job

from apps.core.errors import Unavailable
from apps.providers.base import Provider
from apps.takes.rendering import finishing
from apps.takes.rendering.limiter import Limiter, SharedLimiter
from apps.takes.rendering.slices import render_slice

QUEUE = "renders"
PREVIEWS = "previews"  # somebody sits there and waits: these have a worker of their own


def render(batch_pk: int, take_pks: list[int]) -> None:
    """Render a slice of one batch; what a stopping worker leaves is queued for the next."""
    job = get_current_job()
    with structlog.contextvars.bound_contextvars(job=job.id if job else None):
        left = render_slice(take_pks, limiter_for=shared_limiter, asked_to_stop=stop_sign())
        if left:
            _enqueue(queue(), batch_pk, left)
        finishing.finish_batches([batch_pk])


def queue(name: str = QUEUE) -> Queue:
    return django_rq.get_queue(name)


def check_queue() -> None:
    """Raise Unavailable when nothing could be queued now."""
    try:
        queue().connection.ping()
    except RedisError as error:
        raise Unavailable(
            "The queue cannot be reached, so nothing was ordered. Start it, then order again."
        ) from error


def enqueue_takes(takes: Iterable[tuple[int, int]], name: str = QUEUE) -> None:
    """Queue (batch key, take key) pairs in slices, when the present transaction commits."""
    slices = []
    size = settings.TAKES_PER_JOB
    for batch_pk, rows in groupby(sorted(takes), key=itemgetter(0)):
        pks = [take_pk for _, take_pk in rows]
        slices += [(batch_pk, pks[start : start + size]) for start in range(0, len(pks), size)]
    transaction.on_commit(lambda: _enqueue_all(slices, name))


def queued_batches() -> set[int]:
    """The batches for which a job waits in the queue."""
    waiting = [job for name in (QUEUE, PREVIEWS) for job in queue(name).job_ids]
    return {int(job.split("-")[1]) for job in waiting if job.startswith("render-")}


def shared_limiter(provider: Provider) -> Limiter:
    return SharedLimiter(
        queue().connection, provider.account_key, default=provider.default_concurrency
    )


def stop_sign() -> Callable[[], bool]:
    """Whether the worker of the present job was asked to stop (SIGTERM, deployment)."""
    job = get_current_job()
    if job is None or job.worker_name is None:
        return lambda: False
    key = Worker.redis_worker_namespace_prefix + job.worker_name
    return lambda: _is_stopping(job.connection, key)


def _is_stopping(redis: Redis, worker_key: str) -> bool:
    try:
        return bool(redis.hexists(worker_key, "shutdown_requested_date"))
    except RedisError:
        return False


def _enqueue_all(slices: Sequence[tuple[int, list[int]]], name: str) -> None:
    line = queue(name)
    for batch_pk, take_pks in slices:
        _enqueue(line, batch_pk, take_pks)


def _enqueue(line: Queue, batch_pk: int, take_pks: list[int]) -> None:
    line.enqueue(
        render,
        batch_pk,
        take_pks,
        job_id=f"render-{batch_pk}-{uuid.uuid4().hex}",
        result_ttl=0,
        failure_ttl=86_400,
    )
