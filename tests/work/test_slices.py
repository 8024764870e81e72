"""Threads that work on a slice of rows: to the end, to a stop, and through what goes wrong."""

import threading
import time
from collections import Counter

import pytest

from apps.takes.models import Take
from apps.work import slices
from apps.work.leases import release_abandoned
from apps.work.models import pending_keys
from apps.work.slices import Slice
from apps.work.stopping import never
from tests.work.rows import DONE, pending_rows, states

pytestmark = pytest.mark.django_db(transaction=True)


def slice_of(rows, *, threads=3, asked_to_stop=never):
    return Slice(rows, threads=lambda: threads, asked_to_stop=asked_to_stop)


def end_with(slice_, worked):
    def work(row):
        worked[row.pk] += 1
        time.sleep(0.01)
        slice_.lease.end(row.pk, status=DONE)

    return work


def test_every_row_is_worked_on_once(audio_root):
    rows, worked = pending_rows(10), Counter()
    slice_ = slice_of(rows)
    slice_.run(end_with(slice_, worked))
    assert worked == Counter(row.pk for row in rows)
    assert states() == [(DONE, 1)] * 10


def test_two_jobs_that_were_handed_the_same_rows_share_them(audio_root):
    rows, worked = pending_rows(20), Counter()
    two = [slice_of(rows), slice_of(rows)]
    threads = [threading.Thread(target=s.run, args=[end_with(s, worked)]) for s in two]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert worked == Counter(row.pk for row in rows)
    assert states() == [(DONE, 1)] * 20


def test_a_warm_stop_hands_back_what_waits_and_begins_nothing(audio_root):
    rows, begun = pending_rows(6), threading.Event()
    slice_ = slice_of(rows, threads=2, asked_to_stop=begun.is_set)

    def work(row):
        begun.set()
        slice_.pause(60)

    began = time.monotonic()
    slice_.run(work)
    assert time.monotonic() - began < 30
    assert states() == [("pending", 0)] * 6
    assert pending_keys(Take, [row.pk for row in rows]) == [row.pk for row in rows]


def test_what_does_not_answer_a_stop_is_handed_back_and_may_not_end(audio_root, monkeypatch):
    monkeypatch.setattr(slices, "GRACE_SECONDS", 0.5)
    rows, go_on, ended = pending_rows(1), threading.Event(), []
    slice_ = slice_of(rows, asked_to_stop=lambda: True)

    def work(row):
        go_on.wait(60)
        ended.append(slice_.lease.end(row.pk, status=DONE))

    slice_.run(work)
    assert states() == [("pending", 0)]
    go_on.set()
    while not ended:
        time.sleep(0.01)
    assert ended == [False]
    assert states() == [("pending", 0)]


def test_what_nobody_expected_rises_after_the_other_rows(audio_root, settings):
    settings.LEASE_SECONDS = 0.1
    rows, worked = pending_rows(5), Counter()
    slice_ = slice_of(rows)
    end = end_with(slice_, worked)

    def work(row):
        if row.pk == rows[0].pk:
            raise ZeroDivisionError
        end(row)

    with pytest.raises(ZeroDivisionError):
        slice_.run(work)
    assert states() == [("generating", 1), *[(DONE, 1)] * 4]
    time.sleep(0.1)
    assert release_abandoned(Take) == 1
    assert states()[0] == ("pending", 1)


def test_leases_are_renewed_while_work_goes_on(audio_root, settings):
    settings.LEASE_SECONDS = 2.0
    rows, released = pending_rows(1), []
    slice_ = slice_of(rows)

    def work(row):
        for _ in range(9):
            time.sleep(0.5)
            released.append(release_abandoned(Take))
        released.append(slice_.lease.end(row.pk, status=DONE))

    slice_.run(work)
    assert released == [*[0] * 9, True]
