"""The queue on a real Valkey, and what is relied on of RQ that it does not document."""

import os
import signal
from uuid import UUID

import pytest
from django.db import transaction
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from apps.core.errors import Unavailable
from apps.work.queues import Job, get_queue, get_redis, job_in_log, stop_sign

pytestmark = pytest.mark.django_db(transaction=True)

SEEN = "test:seen"


def note(group, items):
    get_redis().rpush(SEEN, f"{group}:{items}")


def note_stop_signs(group, items):
    is_stopping = stop_sign()
    with job_in_log():
        get_redis().rpush(SEEN, int(is_stopping()))
        os.kill(os.getpid(), signal.SIGTERM)
        get_redis().rpush(SEEN, int(is_stopping()))


NOTE = Job("note", note, ("default", "previews"), slice_size=2)
OTHER = Job("other", note)
STOPPED = Job("stopped", note_stop_signs)


@pytest.fixture
def signals():
    """A worker in this process sets handlers of its own."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


def work():
    queue = get_queue()
    SimpleWorker([queue], connection=queue.connection, serializer=JSONSerializer).work(burst=True)


def seen(redis):
    return [value.decode() for value in redis.lrange(SEEN, 0, -1)]


def test_pairs_are_handed_over_in_slices_of_one_group(redis_clean, signals):
    NOTE.enqueue([(7, 3), (8, 4), (7, 1), (7, 2)])
    work()
    assert seen(redis_clean) == ["7:[1, 2]", "7:[3]", "8:[4]"]


def test_nothing_is_queued_before_the_commit_nor_after_a_rollback(redis_clean):
    with transaction.atomic():
        NOTE.enqueue([(7, 1)])
        assert get_queue().count == 0
    assert get_queue().count == 1
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        NOTE.enqueue([(7, 2)])
        raise ZeroDivisionError
    assert get_queue().count == 1


def test_the_ids_of_jobs_are_their_own_and_tell_name_and_group(redis_clean):
    NOTE.enqueue_now([(7, 1)])
    NOTE.enqueue_now([(7, 1)])
    first, second = (job_id.split("-") for job_id in get_queue().job_ids)
    assert (first[:2], second[:2]) == (["note", "7"], ["note", "7"])
    assert UUID(first[2]) != UUID(second[2])


def test_the_groups_that_wait_are_those_of_this_job_on_all_its_queues(redis_clean):
    NOTE.enqueue_now([(7, 1)])
    NOTE.enqueue_now([(8, 1)], queue="previews")
    OTHER.enqueue_now([(9, 1)])
    get_queue().enqueue("time.time")  # an id that RQ made
    assert NOTE.queued_groups() == {7, 8}
    assert OTHER.queued_groups() == {9}


def test_a_queue_that_is_away_is_unavailable(redis_clean, settings):
    NOTE.check_queue()
    away = {**settings.RQ_QUEUES["default"], "URL": "redis://127.0.0.1:9/0"}
    settings.RQ_QUEUES = {"default": away}
    with pytest.raises(Unavailable):
        NOTE.check_queue()


def test_a_job_sees_that_its_worker_is_asked_to_stop(redis_clean, signals):
    """RQ writes `shutdown_requested_date` into the worker's hash while a job runs."""
    STOPPED.enqueue_now([(1, 1)])
    work()
    assert seen(redis_clean) == ["0", "1"]


def test_outside_a_job_nobody_asks_to_stop():
    assert stop_sign()() is False
