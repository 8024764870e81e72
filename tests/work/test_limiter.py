"""The limiter shared by all workers, on a real Valkey."""

import threading
import time

import pytest
from redis import Redis

from apps.work import limiter as limiter_module
from apps.work.limiter import LocalLimiter, SharedLimiter
from apps.work.stopping import Stopped


def never() -> bool:
    return False


@pytest.fixture(params=["shared", "local"])
def limiter(request, redis_clean):
    if request.param == "local":
        return LocalLimiter(default=3)
    return SharedLimiter(redis_clean, "test", default=3)


def most_at_once(limiters, threads=12, rounds=5):
    """How many slots were held at a time while many threads wanted one."""
    lock, held, most = threading.Lock(), 0, 0

    def work(limiter):
        nonlocal held, most
        for _ in range(rounds):
            with limiter.slot(never):
                with lock:
                    held += 1
                    most = max(most, held)
                time.sleep(0.005)
                with lock:
                    held -= 1

    workers = [
        threading.Thread(target=work, args=(limiters[n % len(limiters)],)) for n in range(threads)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return most


def test_all_slots_are_used_and_no_more(limiter):
    assert most_at_once([limiter]) == 3


def test_two_workers_share_one_limit(redis_clean):
    two = [SharedLimiter(redis_clean, "test", default=3) for _ in range(2)]
    assert most_at_once(two) == 3


def test_it_follows_the_limit_that_the_provider_reports(limiter):
    limiter.learn(5)
    assert limiter.limit() == 5
    assert most_at_once([limiter]) == 5
    limiter.learn(2)
    assert most_at_once([limiter]) == 2
    limiter.learn(None)
    assert limiter.limit() == 2


def test_another_worker_knows_what_one_has_learned(redis_clean):
    SharedLimiter(redis_clean, "test", default=3).learn(7)
    assert SharedLimiter(redis_clean, "test", default=3).limit() == 7
    assert SharedLimiter(redis_clean, "other", default=3).limit() == 3


def test_the_slot_of_a_dead_worker_is_free_again(redis_clean, monkeypatch):
    monkeypatch.setattr(limiter_module, "SLOT_LEASE_MS", 300)
    dead = SharedLimiter(redis_clean, "test", default=1)
    held = dead.slot(never)  # kept: a slot that is forgotten is released
    held.__enter__()
    other = SharedLimiter(redis_clean, "test", default=1)
    assert other.in_flight() == 1
    with other.slot(never):
        assert other.in_flight() == 1


def test_a_renewed_slot_is_kept(redis_clean, monkeypatch):
    monkeypatch.setattr(limiter_module, "SLOT_LEASE_MS", 2000)
    one = SharedLimiter(redis_clean, "test", default=1)
    with one.slot(never):
        for _ in range(5):
            time.sleep(0.5)
            one.renew()
        assert one.in_flight() == 1
        late = time.monotonic() + 0.1
        with (
            pytest.raises(Stopped),
            SharedLimiter(redis_clean, "test", default=1).slot(lambda: time.monotonic() > late),
        ):
            pass
    assert one.in_flight() == 0


def test_waiting_ends_when_the_worker_is_to_stop(limiter):
    limiter.learn(1)
    with limiter.slot(never), pytest.raises(Stopped), limiter.slot(lambda: True):
        pass


def test_it_waits_for_a_queue_that_is_away(own_valkey):
    shared = SharedLimiter(Redis.from_url(own_valkey.url), "test", default=1)
    own_valkey.stop()
    got = threading.Event()

    def work():
        with shared.slot(never):
            got.set()

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    assert not got.wait(1.5)
    own_valkey.start()
    assert got.wait(5)
    worker.join()
