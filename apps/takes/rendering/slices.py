"""Rendering a slice of takes: as many requests in flight as the provider account allows."""

import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import copy_context
from itertools import groupby
from operator import attrgetter

import structlog
from django.conf import settings
from django.db import connections
from redis.exceptions import RedisError

from apps.providers.base import Provider, ProviderError
from apps.storage.places import get_place
from apps.takes.models import Take
from apps.takes.rendering.cutting import CuttingBench
from apps.takes.rendering.leases import Lease
from apps.takes.rendering.limiter import Limiter, LocalLimiter, Stopped
from apps.takes.rendering.measuring import Measurers
from apps.takes.rendering.outages import DATABASE_LOST
from apps.takes.rendering.renderer import Bench, SpeakingBench, stop_batch
from apps.takes.rendering.speaking import ProviderSession
from apps.voices.credentials.keys import UnreadableKey, provider_for

log = structlog.get_logger(__name__)

MOST_THREADS = 40
# A worker has 10 s between SIGTERM and its end; requests in flight get most of them.
GRACE_SECONDS = 7.0
BEAT_SECONDS = 1.0


def render_slice(
    take_pks: Iterable[int],
    *,
    limiter_for: Callable[[Provider], Limiter],
    asked_to_stop: Callable[[], bool],
) -> list[int]:
    """Render takes of one batch; the keys of those that are still pending at the end.

    Those are none, unless `asked_to_stop` said yes: then nothing new is started, requests in
    flight have GRACE_SECONDS to be answered, and the rest is handed back.
    """
    takes = load(take_pks)
    if not takes:
        return []
    cuts = [take for take in takes if take.origin == Take.Origin.DERIVED]
    spoken = [take for take in takes if take.origin != Take.Origin.DERIVED]
    measurers = Measurers(settings.MEASURING_PROCESSES)
    try:
        if cuts:
            cut(cuts, measurers, asked_to_stop)
        if spoken and not asked_to_stop():
            speak(spoken, measurers, limiter_for, asked_to_stop)
    finally:
        measurers.close()
    return list(
        Take.with_previews.filter(pk__in=[take.pk for take in takes], status=Take.Status.PENDING)
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def cut(takes: list[Take], measurers: Measurers, asked_to_stop: Callable[[], bool]) -> None:
    """Cut takes from others. What they wait for is processors, so those are their limit."""
    slice_ = Slice(takes, LocalLimiter(default=settings.MEASURING_PROCESSES), asked_to_stop)
    slice_.run(CuttingBench(measurers, get_place("takes"), slice_.lease, slice_.is_stopping))


def speak(
    takes: list[Take],
    measurers: Measurers,
    limiter_for: Callable[[Provider], Limiter],
    asked_to_stop: Callable[[], bool],
) -> None:
    """Have takes of one provider spoken, with the key of who ordered them."""
    payer = attrgetter("run.ordered_by_id")
    for _, ordered in groupby(sorted(takes, key=lambda take: payer(take) or 0), key=payer):
        if not asked_to_stop():
            speak_for_one(list(ordered), measurers, limiter_for, asked_to_stop)


def speak_for_one(
    takes: list[Take],
    measurers: Measurers,
    limiter_for: Callable[[Provider], Limiter],
    asked_to_stop: Callable[[], bool],
) -> None:
    """Have takes spoken that one person ordered; all of theirs fail when nobody can be asked."""
    try:
        provider = provider_for(takes[0].batch.voice.provider, takes[0].run.ordered_by)
    except (ProviderError, UnreadableKey) as error:
        stop_batch(takes[0], str(error))
        return
    limiter = limiter_for(provider)
    slice_ = Slice(takes, limiter, asked_to_stop)
    session = ProviderSession(
        provider, limiter, slice_.is_stopping, slice_.pause, settings.TAKE_ATTEMPTS
    )
    place = get_place("takes")
    slice_.run(SpeakingBench(measurers, place, slice_.lease, slice_.is_stopping, session))


def load(take_pks: Iterable[int]) -> list[Take]:
    """The pending takes among these, with all that rendering reads, in one query."""
    related = ("series", "run__ordered_by", "batch__voice", "line__language")
    pending = Take.with_previews.filter(pk__in=list(take_pks), status=Take.Status.PENDING)
    return list(pending.select_related(*related).order_by("pk"))


class Slice:
    """The threads that render one slice, and the heart that keeps its leases alive."""

    def __init__(
        self, takes: list[Take], limiter: Limiter, asked_to_stop: Callable[[], bool]
    ) -> None:
        self.waiting: queue.SimpleQueue[Take] = queue.SimpleQueue()
        for take in takes:
            self.waiting.put(take)
        self.limiter = limiter
        self.asked_to_stop = asked_to_stop
        self.stopping = threading.Event()
        self.ended = threading.Event()
        self.lease = Lease()
        # A take spends some time outside its request: being measured, stored and written down.
        self.threads = min(len(takes), self.limiter.limit() * 3 // 2 + 2, MOST_THREADS)

    def is_stopping(self) -> bool:
        return self.stopping.is_set()

    def pause(self, seconds: float) -> None:
        """Sleep; raises Stopped when the worker is to stop meanwhile."""
        if self.stopping.wait(seconds):
            raise Stopped

    def run(self, bench: Bench) -> None:
        """Render until nothing waits, or until the worker is asked to stop.

        What nobody expected rises from here after the other takes are done; the lease of the
        take that it happened to is left to expire, which counts as an attempt.
        """
        heart = threading.Thread(target=self._beat, daemon=True)
        heart.start()
        pool = ThreadPoolExecutor(self.threads)
        # Threads know nothing of their starter: the context carries the job's id into the logs.
        workers = [pool.submit(copy_context().run, self._work, bench) for _ in range(self.threads)]
        while wait(workers, timeout=0.2).not_done and not self.stopping.is_set():
            pass
        answered = wait(workers, timeout=GRACE_SECONDS).done
        pool.shutdown(wait=False)
        self.ended.set()
        heart.join()
        if self.stopping.is_set():
            self.lease.hand_back_all()
        for worker in answered:
            worker.result()

    def _work(self, bench: Bench) -> None:
        with own_connections():
            while not self.stopping.is_set():
                try:
                    take = self.waiting.get_nowait()
                except queue.Empty:
                    return
                names = {"run": take.run_id, "batch": take.batch.batch_id, "take": take.pk}
                with structlog.contextvars.bound_contextvars(**names):
                    bench.render(take)

    def _beat(self) -> None:
        """Every second: is there a stop? Every third of a lease: keep what we are doing."""
        renewed = time.monotonic()
        with own_connections():
            while not self.ended.wait(BEAT_SECONDS):
                if self.asked_to_stop():
                    self.stopping.set()
                if time.monotonic() - renewed > settings.TAKE_LEASE_SECONDS / 3:
                    renewed = time.monotonic()
                    self._renew()

    def _renew(self) -> None:
        try:
            self.lease.renew()
        except DATABASE_LOST as error:
            connections.close_all()
            log.warning("lease.not_renewed", error=str(error))
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
