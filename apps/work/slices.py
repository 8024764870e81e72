"""Working on a slice of rows in threads, with a heartbeat that keeps their leases alive."""

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import copy_context
from typing import Generic, TypeVar

import structlog
from django.conf import settings
from django.db import connections
from redis.exceptions import RedisError

from apps.work.leases import Lease
from apps.work.limiter import Limiter
from apps.work.models import WorkItem
from apps.work.outages import DATABASE_LOST, through_database_loss
from apps.work.stopping import Stop, Stopped

log = structlog.get_logger(__name__)

MOST_THREADS = 40
# A worker has 10 s between SIGTERM and its end; what is under way gets most of them.
GRACE_SECONDS = 7.0
HEARTBEAT_SECONDS = 1.0

T = TypeVar("T", bound=WorkItem)


class Slice(Generic[T]):
    """The threads that work on rows of one kind, and the thread that renews their leases.

    `items` are rows of one model, at least one. The slots of `limiter` are renewed with the
    leases.
    """

    def __init__(
        self,
        items: Sequence[T],
        *,
        threads: int,
        asked_to_stop: Stop,
        limiter: Limiter | None = None,
    ) -> None:
        self.waiting: queue.SimpleQueue[T] = queue.SimpleQueue()
        for item in items:
            self.waiting.put(item)
        self.threads = min(len(items), threads, MOST_THREADS)
        self.asked_to_stop = asked_to_stop
        self.limiter = limiter
        self.lease = Lease(type(items[0]))
        self.stopping = threading.Event()
        self.ended = threading.Event()

    def is_stopping(self) -> bool:
        return self.stopping.is_set()

    def pause(self, seconds: float) -> None:
        """Sleep; raises Stopped when the worker is to stop meanwhile."""
        if self.stopping.wait(seconds):
            raise Stopped

    def run(self, work: Callable[[T], None]) -> None:
        """Claim each row and call `work` with it, until none waits or the worker is to stop.

        `work` ends the row by `lease.end`, or raises Stopped to hand it back. What it raises
        otherwise rises from here after the other rows are done; the lease of that row is left
        to expire, which counts as an attempt.
        """
        heartbeat = threading.Thread(target=self._beat, daemon=True)
        heartbeat.start()
        pool = ThreadPoolExecutor(self.threads)
        workers = [self._start(pool, work) for _ in range(self.threads)]
        while wait(workers, timeout=0.2).not_done and not self.stopping.is_set():
            pass
        answered = wait(workers, timeout=GRACE_SECONDS).done
        pool.shutdown(wait=False)
        self.ended.set()
        heartbeat.join()
        if self.stopping.is_set():
            self.lease.hand_back_all()
        for worker in answered:
            worker.result()

    def _start(self, pool: ThreadPoolExecutor, work: Callable[[T], None]) -> "Future[None]":
        # Threads know nothing of their starter: the context carries the job's id into the logs.
        return pool.submit(copy_context().run, self._work, work)

    def _work(self, work: Callable[[T], None]) -> None:
        with own_connections():
            while not self.stopping.is_set():
                try:
                    item = self.waiting.get_nowait()
                except queue.Empty:
                    return
                self._claim_and_work(item, work)

    def _claim_and_work(self, item: T, work: Callable[[T], None]) -> None:
        if not through_database_loss(lambda: self.lease.claim(item.pk), self.is_stopping):
            return
        item.attempts += 1
        try:
            work(item)
        except Stopped:
            through_database_loss(lambda: self.lease.hand_back(item.pk), self.is_stopping)

    def _beat(self) -> None:
        """Every second: is there a stop? Every third of a lease: keep what is worked on."""
        renewed = time.monotonic()
        with own_connections():
            while not self.ended.wait(HEARTBEAT_SECONDS):
                if self.asked_to_stop():
                    self.stopping.set()
                if time.monotonic() - renewed > settings.LEASE_SECONDS / 3:
                    renewed = time.monotonic()
                    self._renew()

    def _renew(self) -> None:
        try:
            self.lease.renew()
        except DATABASE_LOST as error:
            connections.close_all()
            log.warning("lease.not_renewed", error=str(error))
        if self.limiter is None:
            return
        try:
            self.limiter.renew()
        except RedisError as error:
            log.warning("slots.not_renewed", error=str(error))


@contextmanager
def own_connections() -> Iterator[None]:
    """Close the database connections that a thread has opened when it ends."""
    try:
        yield
    finally:
        connections.close_all()
