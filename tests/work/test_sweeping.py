"""The sweeper on a real queue: what dead workers and lost jobs leave is worked on again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.core.errors import Unavailable
from apps.storage.errors import StorageError
from apps.takes.models import Take
from apps.takes.rendering.jobs import RENDER
from apps.work import registry
from apps.work.leases import Lease
from apps.work.queues import Job, get_queue
from apps.work.registry import Kind, register_due, register_kind
from apps.work.sweeping import do_what_is_due, requeue_forgotten, sweep
from tests.work.rows import pending_rows, states

pytestmark = pytest.mark.django_db(transaction=True)


def nothing(group, items):
    """A job that is never run."""


NOTHING = Job("nothing", nothing, slice_size=2)
KIND = Kind(Take, NOTHING, group="batch_id")


@pytest.fixture
def own_registry(monkeypatch):
    """No kind and nothing due but what a test registers."""
    monkeypatch.setattr(registry, "_kinds", {})
    monkeypatch.setattr(registry, "_due", {})


def queued():
    return [job.args for job in get_queue().jobs]


def test_forgotten_rows_are_queued_once(redis_clean):
    rows = pending_rows(3)
    batch = rows[0].batch_id
    assert requeue_forgotten(KIND) == 3
    assert requeue_forgotten(KIND) == 0, "a job waits for them"
    first, second, third = (row.pk for row in rows)
    assert queued() == [[batch, [first, second]], [batch, [third]]]


def test_a_group_that_is_worked_on_is_left_to_its_job(redis_clean):
    rows, lease = pending_rows(3), Lease(Take)
    lease.claim(rows[0].pk)
    assert requeue_forgotten(KIND) == 0
    pending_rows(2)
    assert requeue_forgotten(KIND) == 2
    lease.hand_back_all()
    assert requeue_forgotten(KIND) == 3


def test_rows_of_a_dead_worker_are_released_and_queued(redis_clean, own_registry):
    register_kind(KIND)
    rows, lease = pending_rows(2), Lease(Take)
    lease.claim(rows[0].pk)
    Take.objects.filter(pk=rows[0].pk).update(
        lease_expires_at=timezone.now() - timedelta(seconds=1)
    )
    swept = sweep()
    assert (swept.released, swept.requeued) == ({"nothing": 1}, {"nothing": 2})
    assert states() == [("pending", 1), ("pending", 0)]


def test_what_is_due_is_done_though_another_place_is_away(redis_clean, own_registry):
    def away():
        raise StorageError("The bucket is away.", temporary=True, needs="Wait.")

    register_due("bucket", away)
    register_due("lists", lambda: 4)
    assert do_what_is_due() == {"lists": 4}


def test_without_a_queue_nothing_is_swept(redis_clean, own_registry, settings):
    register_kind(KIND)
    register_due("lists", pytest.fail)
    away = {**settings.RQ_QUEUES["default"], "URL": "redis://127.0.0.1:9/0"}
    settings.RQ_QUEUES = {"default": away}
    with pytest.raises(Unavailable):
        sweep()


def test_apps_have_registered_what_they_make():
    jobs = {kind.job.name: kind for kind in registry.kinds()}
    assert jobs["render"] == Kind(Take, RENDER, group="batch_id")
    assert {"winners"} <= set(jobs)
    assert {"batches finished", "previews expired", "approvals queued for deploy/"} <= {
        due.name for due in registry.dues()
    }
