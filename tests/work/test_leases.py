"""Claims, ends and returns of rows: each one UPDATE, each only for who holds the row."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.takes.models import Take
from apps.work.leases import Lease, WorkersDied, check_attempts, release_abandoned
from tests.work.rows import DONE, pending_rows, states

pytestmark = pytest.mark.django_db


@pytest.fixture
def row():
    return pending_rows(1)[0]


@pytest.fixture
def lease():
    return Lease(Take)


def expire_leases():
    Take.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))


def test_a_row_is_claimed_once(row, lease):
    assert lease.claim(row.pk)
    assert not Lease(Take).claim(row.pk)
    assert not lease.claim(row.pk)
    assert states() == [("generating", 1)]


def test_who_holds_a_row_ends_it_and_the_lease_goes(row, lease):
    lease.claim(row.pk)
    assert lease.end(row.pk, status=DONE, error="enough")
    row.refresh_from_db()
    assert (row.status, row.error, row.lease_token, row.lease_expires_at) == (
        DONE, "enough", None, None,
    )  # fmt: skip
    assert row.started_at <= row.finished_at
    assert not lease.end(row.pk, status="failed")


def test_who_has_lost_a_row_ends_nothing(row, lease):
    lease.claim(row.pk)
    expire_leases()
    assert release_abandoned(Take) == 1
    other = Lease(Take)
    assert other.claim(row.pk)
    assert not lease.end(row.pk, status="failed", error="late")
    lease.hand_back(row.pk)
    lease.hand_back_all()
    assert states() == [("generating", 2)]
    assert other.end(row.pk, status=DONE)


def test_a_lease_that_is_renewed_is_not_abandoned(row, lease):
    lease.claim(row.pk)
    expire_leases()
    assert lease.renew() == 1
    assert release_abandoned(Take) == 0
    assert states() == [("generating", 1)]


def test_a_row_that_is_handed_back_costs_no_attempt(lease):
    rows = pending_rows(3)
    for row in rows:
        lease.claim(row.pk)
    lease.hand_back(rows[0].pk)
    assert states() == [("pending", 0), ("generating", 1), ("generating", 1)]
    lease.hand_back_all()
    assert states() == [("pending", 0)] * 3


def test_a_dead_worker_costs_an_attempt(row, lease):
    lease.claim(row.pk)
    expire_leases()
    release_abandoned(Take)
    assert states() == [("pending", 1)]


def test_a_row_that_was_claimed_too_often_ends(row):
    row.attempts = 3
    check_attempts(row, 3)
    row.attempts = 4
    with pytest.raises(WorkersDied, match="died 3 times"):
        check_attempts(row, 3)


def test_rows_that_ended_are_tried_again_and_others_left_alone(lease):
    rows = pending_rows(3)
    for row in rows[:2]:
        lease.claim(row.pk)
    lease.end(rows[0].pk, status="failed", error="full")
    assert Take.objects.ask_again() == 1
    assert states() == [("pending", 0), ("generating", 1), ("pending", 0)]
    assert Take.objects.get(pk=rows[0].pk).error == ""


def test_only_rows_that_wait_are_failed_at_once(lease):
    rows = pending_rows(2)
    lease.claim(rows[0].pk)
    assert Take.objects.all().fail("no money") == 1
    assert states() == [("generating", 1), ("failed", 0)]


def test_rows_hidden_from_lists_are_claimed_too(row, lease):
    Take.objects.update(expires_at=timezone.now())
    assert lease.claim(row.pk)
