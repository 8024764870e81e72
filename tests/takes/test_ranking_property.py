"""Whatever two people do in whatever order: one take per rank, the directory is right, and no
act that was answered is lost.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core.errors import DomainError
from apps.takes.models import Batch, RankingAct
from apps.takes.models.holding import Locked
from apps.takes.models.ranking import RANKS
from apps.takes.ranking.cascade import Stale, cascade
from apps.takes.ranking.history import version_of
from apps.takes.ranking.services import lock_batch, rank_take, undo_ranking, unlock_batch
from apps.takes.tree.projection import project_forgotten
from tests.factories import UserFactory
from tests.takes.boards import assert_tree_shows, hashes, make_batch, take_of
from tests.workers import REPOSITORY

LINES, TAKES = 2, 7

person = st.sampled_from(["ada", "grace"])
ranking = st.tuples(
    st.just("rank"),
    person,
    st.integers(1, LINES),
    st.integers(1, TAKES),
    st.one_of(st.none(), st.integers(1, 5)),
    st.sampled_from(["none", "current", "old"]),
)
act = st.one_of(
    ranking,
    ranking,
    ranking,
    st.tuples(st.just("undo"), person),
    st.tuples(st.just("undo"), person, st.integers(0, 11)),
    st.tuples(st.just("lock"), person),
    st.tuples(st.just("unlock"), person),
)


# --- The cascade alone --------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(1, 9), st.one_of(st.none(), st.integers(1, 5)))))
def test_the_cascade_keeps_ranks_apart_and_moves_each_down_by_one(acts):
    held: dict[int, int] = {}
    for take, rank in acts:
        changes = cascade(held, take, rank)
        before = {holder: slot for slot, holder in held.items()}
        after = {**before, **changes}
        ranks = [slot for slot in after.values() if slot is not None]
        assert len(ranks) == len(set(ranks)) and set(ranks) <= set(RANKS)
        assert after.get(take) == rank
        for other, slot in changes.items():
            if other != take:
                assert slot == (before[other] + 1 if before[other] < 5 else None)
        held = {slot: holder for holder, slot in after.items() if slot is not None}


@pytest.mark.parametrize(
    ("held", "take", "rank", "changes"),
    [
        ({}, 1, 1, {1: 1}),
        ({1: 1}, 1, 1, {}),
        ({1: 1}, 2, 1, {2: 1, 1: 2}),
        ({1: 1, 2: 2, 4: 4}, 9, 1, {9: 1, 1: 2, 2: 3}),
        ({1: 1, 2: 2, 3: 3, 4: 4, 5: 5}, 9, 1, {9: 1, 1: 2, 2: 3, 3: 4, 4: 5, 5: None}),
        ({1: 1, 2: 2, 3: 3, 4: 4, 5: 5}, 9, 5, {9: 5, 5: None}),
        ({1: 1, 2: 2, 3: 3}, 3, 1, {3: 1, 1: 2, 2: 3}),
        ({1: 1, 2: 2, 3: 3}, 1, 3, {1: 3, 3: 4}),
        ({1: 1, 2: 2}, 1, None, {1: None}),
        ({1: 1}, 9, None, {}),
    ],
)
def test_the_cascade(held, take, rank, changes):
    assert cascade(held, take, rank) == changes


# --- The services, against a model that knows nothing of them -----------------------------------


@dataclass
class Model:
    """Ranks by (line, take), each person's history, the lock: what ought to be."""

    ranks: dict[tuple[int, int], int] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    locked: bool = False

    def rank(self, by: str, line: int, take: int, rank: int | None) -> bool:
        if self.ranks.get((line, take)) == rank and (rank is None or self.has_ranked(by, line)):
            return False
        before = dict(self.ranks)
        self.ranks.pop((line, take), None)
        pushed, moving = rank, (line, take)
        while moving is not None and pushed is not None and pushed <= 5:
            there = [one for one, held in self.ranks.items() if one[0] == line and held == pushed]
            self.ranks[moving] = pushed
            moving = there[0] if there else None
            pushed += 1
        if moving is not None and rank is not None:
            self.ranks.pop(moving, None)
        self.history.append({"by": by, "line": line, "before": before})
        return True

    def has_ranked(self, by: str, line: int) -> bool:
        own = [one for one in self.history if (one["by"], one["line"]) == (by, line)]
        return not all(one.get("undone") for one in own)

    def undoable(self, by: str) -> dict[str, Any] | None:
        own = [one for one in self.history if one["by"] == by and not one.get("undone")]
        return next((one for one in reversed(own) if not self.is_covered(one)), None)

    def is_covered(self, act: dict[str, Any]) -> bool:
        later = self.history[self.history.index(act) + 1 :]
        return any(one["line"] == act["line"] and not one.get("undone") for one in later)

    def undo(self, act: dict[str, Any]) -> None:
        act["undone"] = True
        kept = {one: held for one, held in self.ranks.items() if one[0] != act["line"]}
        old = {one: held for one, held in act["before"].items() if one[0] == act["line"]}
        self.ranks = kept | old


class Trial:
    """Does each act on both, and compares."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.batch = make_batch(root, lines=LINES, takes=TAKES)
        self.people = {name: UserFactory(username=name) for name in ("ada", "grace")}
        self.takes = {
            (line, number): take_of(self.batch, line, number)
            for line in range(1, LINES + 1)
            for number in range(1, TAKES + 1)
        }
        self.model = Model()
        self.answered = 0

    def rank(self, by: str, line: int, number: int, rank: int | None, knows: str) -> None:
        take = self.takes[line, number]
        newest = version_of(self.batch, take.line_id)
        knows = knows if newest else "none"  # before the first act there is no older version
        version = {"none": None, "current": newest, "old": newest - 1}[knows]
        try:
            done = rank_take(take, rank, by=self.people[by], if_version=version)
        except Locked:
            assert self.model.locked
            return
        except Stale as refusal:
            assert knows == "old" and refusal.version == newest
            return
        assert not self.model.locked
        if knows == "old":
            last = RankingAct.objects.get(pk=newest)
            assert done == last and last.kind == RankingAct.Kind.RANK
            assert (last.take, last.rank, last.by) == (take, rank, self.people[by])
            return
        changed = self.model.rank(by, line, number, rank)
        assert (done is not None) == changed
        if done:
            self.model.history[-1]["pk"] = done.pk
        self.answered += changed

    def undo(self, by: str, number: int | None = None) -> None:
        """The last act that can be undone, or the one of this number in the history."""
        if number is None:
            act = self.model.undoable(by)
            named = None
        elif number < len(self.model.history):
            act = self.model.history[number]
            named = act["pk"]
        else:
            return
        try:
            undo_ranking(self.batch, by=self.people[by], act_pk=named)
        except Locked:
            assert self.model.locked
        except Stale:
            assert named and self.model.is_covered(act)
        except DomainError:
            assert act is None or act["by"] != by or act.get("undone")
        else:
            assert act is not None and act["by"] == by and not act.get("undone")
            assert not self.model.is_covered(act) and not self.model.locked
            self.model.undo(act)
            self.answered += 1

    def lock(self, by: str) -> None:
        assert lock_batch(self.batch, by=self.people[by]) is not self.model.locked
        self.answered += not self.model.locked
        self.model.locked = True

    def unlock(self, by: str) -> None:
        assert unlock_batch(self.batch, by=self.people[by]) is self.model.locked
        self.answered += self.model.locked
        self.model.locked = False

    def check(self) -> None:
        found = {
            key: rank
            for key, take in self.takes.items()
            if (rank := self.batch.takes.get(pk=take.pk).rank)
        }
        assert found == self.model.ranks
        assert RankingAct.objects.filter(batch=self.batch).count() == self.answered
        assert_tree_shows(self.batch, self.root)


@contextmanager
def thrown_away() -> Iterator[None]:
    """What one example writes to the database is gone after it."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.django_db
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(acts=st.lists(act, min_size=1, max_size=12))
def test_any_sequence_of_acts_of_two_people(audio_root, acts):
    with thrown_away():
        trial = Trial(audio_root)
        before = hashes(trial.batch, audio_root)
        for name, *arguments in acts:
            getattr(trial, name)(*arguments)
            trial.check()
        assert hashes(trial.batch, audio_root) == before


# --- Killed at any moment -----------------------------------------------------------------------

RANK_ON = """
import os, sys
import django
django.setup()
from apps.takes.models import Batch
from apps.takes.ranking.services import rank_take
batch = Batch.objects.get(batch_id=sys.argv[1])
takes = list(batch.takes.all())
for number in range(100_000):
    act = rank_take(takes[number * 7 % len(takes)], 1 + number % 5, by=None)
    if act:
        print(act.pk, flush=True)
"""


@pytest.mark.kill
@pytest.mark.django_db(transaction=True)
def test_killed_at_any_moment_nothing_that_was_answered_is_lost(process_environ, audio_root):
    batch = make_batch(audio_root, lines=20, takes=5)
    environ = process_environ | {"DJANGO_SETTINGS_MODULE": "voicecms.settings"}
    answered: set[int] = set()
    for round_ in range(8):
        command = [sys.executable, "-c", RANK_ON, batch.batch_id]
        process = subprocess.Popen(
            command, cwd=REPOSITORY, env=environ, stdout=subprocess.PIPE, text=True
        )
        first = process.stdout.readline()
        time.sleep(0.013 * round_ + 0.05)
        process.send_signal(signal.SIGKILL)
        told = [first, *process.communicate()[0].splitlines()]
        answered |= {int(line) for line in told if line.strip().isdecimal()}
        RankingAct.objects.filter(projected_at=None).update(created_at="2020-01-01T00:00Z")
        project_forgotten()
        assert not RankingAct.objects.filter(projected_at=None).exists()
        assert_tree_shows(Batch.objects.get(pk=batch.pk), audio_root)
    assert len(answered) > 8
    assert answered <= set(RankingAct.objects.values_list("pk", flat=True))
