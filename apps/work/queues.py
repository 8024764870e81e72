"""The queue: what is put on it, what waits there. No other module knows RQ or django-rq.

RQ does not document the field `shutdown_requested_date` of a worker's hash, nor the prefix of
that hash's key; tests/work/test_queues.py says what is relied on.
"""

import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

import django_rq
import structlog
from django.db import transaction
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Worker, get_current_job

from apps.core.errors import Unavailable
from apps.work.stopping import Stop, never

DEFAULT = "default"
FAILURE_KEPT_SECONDS = 86_400
STOP_FIELD = "shutdown_requested_date"


@dataclass(frozen=True, slots=True)
class Job:
    """A function that workers run, handed the key of a group and keys of items in it.

    `name` begins the ids of its jobs and holds no hyphen. `queues` are all that it is put on,
    the usual one first. `slice_size` is how many items one job is handed at most.
    """

    name: str
    function: Callable[[int, list[int]], None]
    queues: tuple[str, ...] = (DEFAULT,)
    slice_size: int = 500

    def enqueue(self, pairs: Iterable[tuple[int, int]], queue: str = "") -> None:
        """Queue (group key, item key) pairs in slices, when the present transaction commits."""
        slices = list(self._slices(pairs))
        transaction.on_commit(lambda: self._put(slices, queue))

    def enqueue_now(self, pairs: Iterable[tuple[int, int]], queue: str = "") -> None:
        """The same at once, for a job that leaves work to the next."""
        self._put(self._slices(pairs), queue)

    def check_queue(self) -> None:
        """Raise Unavailable when nothing could be queued now."""
        try:
            get_queue(self.queues[0]).connection.ping()
        except RedisError as error:
            raise Unavailable(
                "The queue cannot be reached, so nothing was ordered. Start it, then order again."
            ) from error

    def queued_groups(self) -> set[int]:
        """The groups for which a job waits on a queue."""
        waiting = [job_id for name in self.queues for job_id in get_queue(name).job_ids]
        parts = [job_id.split("-") for job_id in waiting]
        return {int(part[1]) for part in parts if part[0] == self.name}

    def _slices(self, pairs: Iterable[tuple[int, int]]) -> Iterator[tuple[int, list[int]]]:
        for group, rows in groupby(sorted(pairs), key=itemgetter(0)):
            items = [item for _, item in rows]
            for start in range(0, len(items), self.slice_size):
                yield group, items[start : start + self.slice_size]

    def _put(self, slices: Iterable[tuple[int, list[int]]], queue: str) -> None:
        chosen = get_queue(queue or self.queues[0])
        for group, items in slices:
            chosen.enqueue(
                self.function,
                group,
                items,
                job_id=f"{self.name}-{group}-{uuid.uuid4().hex}",
                result_ttl=0,
                failure_ttl=FAILURE_KEPT_SECONDS,
            )


def get_queue(name: str = DEFAULT) -> Queue:
    return django_rq.get_queue(name)


def get_redis() -> Redis:
    """A client of the server that holds the queues."""
    return get_queue().connection


@contextmanager
def job_in_log() -> Iterator[None]:
    """Name the present job in every line that is logged meanwhile."""
    job = get_current_job()
    with structlog.contextvars.bound_contextvars(job=job.id if job else None):
        yield


def stop_sign() -> Stop:
    """Whether the worker of the present job was asked to stop (SIGTERM, deployment)."""
    job = get_current_job()
    if job is None or job.worker_name is None:
        return never
    key = Worker.redis_worker_namespace_prefix + job.worker_name
    return lambda: _is_stopping(job.connection, key)


def _is_stopping(redis: Redis, worker_key: str) -> bool:
    try:
        return bool(redis.hexists(worker_key, STOP_FIELD))
    except RedisError:
        return False
