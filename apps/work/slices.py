"""Works on a slice of rows in threads; a heartbeat thread renews their leases."""

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
from apps.work.outages import DATABASE_LOST, sleep_until, through_database_loss
from apps.work.stopping import Stop, Stopped

log = structlog.get_logger(__name__)

MOST_THREADS = 160
# A worker has 10 s between SIGTERM and its end; what is under way gets most of them.
GRACE_SECONDS = 7.0
HEARTBEAT_SECONDS = 1.0

T = TypeVar("T", bound=WorkItem)


class Slice(Generic[T]):
    """The threads that work on rows of one kind, and the thread that renews their leases.

    `items` are rows of one model, at least one. `threads` is asked again and again: threads are
    added when it says more, never taken away. The slots of `limiter` are renewed with the leases.
    """

    def __init__(
        self,
        items: Sequence[T],
        *,
        threads: Callable[[], int],
        asked_to_stop: Stop,
        limiter: Limiter | None = None,
    ) -> None:
        self.waiting: queue.SimpleQueue[T] = queue.SimpleQueue()
        for item in items:
            self.waiting.put(item)
        self.threads = threads
        self.asked_to_stop = asked_to_stop
        self.limiter = limiter
        self.lease = Lease(type(items[0]))
        self.stopping = threading.Event()
        self.ended = threading.Event()
        self.in_hand: set[int] = set()
        self.withdrawn: frozenset[int] = frozenset()
        self._here = threading.local()

    def is_stopping(self) -> bool:
        """Whether the worker is to stop, or the row that this thread works on was withdrawn."""
        return self.stopping.is_set() or self._is_withdrawn()

    def pause(self, seconds: float) -> None:
        """Sleep; raises Stopped when the work of this thread is to stop meanwhile."""
        sleep_until(time.monotonic() + seconds, self.is_stopping)
        if self.is_stopping():
            raise Stopped

    def run(self, work: Callable[[T], None]) -> None:
        """Claim each row and call `work` with it, until none waits or the worker is to stop.

        `work` ends the row by `lease.end`, or raises Stopped to hand the row back. Any other error
        of `work` is raised after the other rows are done; the lease of the failed row is left to
        expire, which counts as an attempt.
        """
        heartbeat = threading.Thread(target=self._beat, daemon=True)
        heartbeat.start()
        pool = ThreadPoolExecutor(MOST_THREADS)
        workers: list[Future[None]] = []
        self._grow(workers, pool, work)
        while wait(workers, timeout=0.2).not_done and not self.stopping.is_set():
            self._grow(workers, pool, work)
        answered = wait(workers, timeout=GRACE_SECONDS).done
        pool.shutdown(wait=False)
        self.ended.set()
        heartbeat.join()
        if self.stopping.is_set():
            self.lease.hand_back_all()
        for worker in answered:
            worker.result()

    def _grow(
        self, workers: "list[Future[None]]", pool: ThreadPoolExecutor, work: Callable[[T], None]
    ) -> None:
        """Add the threads that are wanted now and have a row to begin with."""
        wanted = min(self.threads(), MOST_THREADS) - len(workers)
        for _ in range(min(wanted, self.waiting.qsize())):
            workers.append(self._start(pool, work))

    def _start(self, pool: ThreadPoolExecutor, work: Callable[[T], None]) -> "Future[None]":
        # A new thread starts without context variables; the copy carries the job's id to the logs.
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
        self._here.pk = item.pk
        self.in_hand.add(item.pk)
        try:
            work(item)
        except Stopped:
            through_database_loss(lambda: self.lease.hand_back(item.pk), self.stopping.is_set)
        finally:
            self.in_hand.discard(item.pk)

    def _is_withdrawn(self) -> bool:
        return getattr(self._here, "pk", None) in self.withdrawn

    def _beat(self) -> None:
        """Every second: is there a stop, was a row withdrawn? Every third of a lease: renew it."""
        renewed = time.monotonic()
        with own_connections():
            while not self.ended.wait(HEARTBEAT_SECONDS):
                if self.asked_to_stop():
                    self.stopping.set()
                self._notice_withdrawn()
                if time.monotonic() - renewed > settings.LEASE_SECONDS / 3:
                    renewed = time.monotonic()
                    self._renew()

    def _notice_withdrawn(self) -> None:
        try:
            self.withdrawn = self.lease.lost(self.in_hand.copy())
        except DATABASE_LOST as error:
            connections.close_all()
            log.warning("lease.not_looked_at", error=str(error))

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
