"""Limits the requests in flight of a provider account, over all workers on all machines."""

import random
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import Protocol

import structlog
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from apps.work.stopping import Stop, Stopped

log = structlog.get_logger(__name__)

SLOT_LEASE_MS = 20_000
LIMIT_KEPT_SECONDS = 24 * 3600
# Longer than any pause between two requests of one take.
REFUSALS_KEPT_SECONDS = 600
POLL_SECONDS = 0.008
TURN_SECONDS = 0.25

ACQUIRE = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local limit = tonumber(redis.call('GET', KEYS[2]) or ARGV[1])
if redis.call('ZCARD', KEYS[1]) >= limit then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3] * 2)
return 1
"""

RENEW = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
for i = 2, #ARGV do redis.call('ZADD', KEYS[1], 'XX', now + ARGV[1], ARGV[i]) end
redis.call('PEXPIRE', KEYS[1], ARGV[1] * 2)
return 1
"""


class Limiter(Protocol):
    """Grants slots; raises Stopped when `stop` returns True during the wait."""

    def slot(self, stop: Stop) -> AbstractContextManager[None]: ...

    def limit(self) -> int: ...

    def learn(self, limit: int | None) -> None: ...

    def is_limit_known(self) -> bool: ...

    def refused(self) -> datetime: ...

    def forget_refusals(self) -> None: ...

    def renew(self) -> None: ...


class SharedLimiter:
    """Slots in Redis, each with a lease that expires when its worker was killed.

    `default` is the limit until the provider reports one; a reported limit is remembered for a
    day. One thread per process polls at a time.
    """

    def __init__(self, redis: Redis, account: str, *, default: int) -> None:
        self.redis = redis
        self.slots_key = f"voicecms:slots:{account}"
        self.limit_key = f"voicecms:limit:{account}"
        self.refused_key = f"voicecms:refused:{account}"
        self.default = default
        self._acquire = redis.register_script(ACQUIRE)
        self._renew = redis.register_script(RENEW)
        self._held: set[str] = set()
        self._known: int | None = None
        self._turn = threading.Lock()
        self._freed = threading.Event()

    @contextmanager
    def slot(self, stop: Stop) -> Iterator[None]:
        token = uuid.uuid4().hex
        with self._own_turn(stop):
            while not self._try(token):
                if stop():
                    raise Stopped
                self._freed.wait(POLL_SECONDS * random.uniform(0.5, 1.5))
                self._freed.clear()
            self._held.add(token)
        try:
            yield
        finally:
            self._held.discard(token)
            self._release(token)
            self._freed.set()

    @contextmanager
    def _own_turn(self, stop: Stop) -> Iterator[None]:
        while not self._turn.acquire(timeout=TURN_SECONDS):
            if stop():
                raise Stopped
        try:
            yield
        finally:
            self._turn.release()

    def limit(self) -> int:
        """The number of requests that the account may have in flight: reported, or the default."""
        try:
            return int(self.redis.get(self.limit_key) or self.default)
        except (RedisConnectionError, RedisTimeoutError):
            return self.default

    def learn(self, limit: int | None) -> None:
        """Store the limit that the provider reported with its last answer."""
        if limit is None or limit < 1 or limit == self._known:
            return
        self._known = limit
        try:
            self.redis.set(self.limit_key, limit, ex=LIMIT_KEPT_SECONDS)
        except (RedisConnectionError, RedisTimeoutError) as error:
            log.warning("limiter.not_reached", error=str(error))

    def is_limit_known(self) -> bool:
        """Whether the provider has said how many requests it takes at a time."""
        try:
            return bool(self.redis.exists(self.limit_key))
        except (RedisConnectionError, RedisTimeoutError):
            return True

    def refused(self) -> datetime:
        """Note a refusal; when the account was refused first since it last gave a recording."""
        now = time.time()
        try:
            with self.redis.pipeline() as pipe:
                pipe.set(self.refused_key, now, nx=True)
                pipe.expire(self.refused_key, REFUSALS_KEPT_SECONDS)
                pipe.get(self.refused_key)
                first = float(pipe.execute()[2])
        except (RedisConnectionError, RedisTimeoutError):
            first = now
        return datetime.fromtimestamp(first, UTC)

    def forget_refusals(self) -> None:
        """Count the waiting from the next refusal: there was a recording, or somebody asks anew."""
        try:
            self.redis.delete(self.refused_key)
        except (RedisConnectionError, RedisTimeoutError) as error:
            log.warning("limiter.not_reached", error=str(error))

    def renew(self) -> None:
        """Extend the slots of requests that are still in flight; called every few seconds."""
        held = list(self._held)
        if held:
            self._renew(keys=[self.slots_key], args=[SLOT_LEASE_MS, *held])

    def in_flight(self) -> int:
        return int(self.redis.zcard(self.slots_key))

    def _try(self, token: str) -> bool:
        try:
            keys = [self.slots_key, self.limit_key]
            return bool(self._acquire(keys=keys, args=[self.default, token, SLOT_LEASE_MS]))
        except (RedisConnectionError, RedisTimeoutError) as error:
            log.warning("limiter.not_reached", error=str(error))
            self._freed.wait(1.0)
            return False

    def _release(self, token: str) -> None:
        try:
            self.redis.zrem(self.slots_key, token)
        except (RedisConnectionError, RedisTimeoutError) as error:
            log.warning("limiter.slot_left_to_expire", error=str(error))


class LocalLimiter:
    """Slots of one process, for rendering without a queue."""

    def __init__(self, *, default: int) -> None:
        self._limit = default
        self._is_known = False
        self._refused_at: datetime | None = None
        self._held = 0
        self._changed = threading.Condition()

    @contextmanager
    def slot(self, stop: Stop) -> Iterator[None]:
        with self._changed:
            while self._held >= self._limit:
                if stop():
                    raise Stopped
                self._changed.wait(0.2)
            self._held += 1
        try:
            yield
        finally:
            with self._changed:
                self._held -= 1
                self._changed.notify()

    def limit(self) -> int:
        return self._limit

    def learn(self, limit: int | None) -> None:
        if limit and limit > 0:
            with self._changed:
                self._limit, self._is_known = limit, True
                self._changed.notify_all()

    def is_limit_known(self) -> bool:
        return self._is_known

    def refused(self) -> datetime:
        self._refused_at = self._refused_at or datetime.now(UTC)
        return self._refused_at

    def forget_refusals(self) -> None:
        self._refused_at = None

    def renew(self) -> None:
        """Nothing to renew: the slots end with the process."""
