"""What one rank costs, and the opening of the board, in batches of 100 to 10,000 takes.

Sizes take turns, so that whatever else the machine does falls on all of them alike.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable

import pytest
from django.urls import reverse

from apps.takes import tree
from apps.takes.models import Batch
from apps.takes.ranking.blind_mode import handle_of
from tests.factories import UserFactory
from tests.takes.boards import assert_tree_shows, make_batch, ranks_in_links, ranks_in_metadata

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.load]

SIZES = (100, 1000, 10_000)
ROUNDS = 60
TAKES = 5
MOST = 1.5


@pytest.fixture
def curator(client):
    person = UserFactory(is_superuser=True)
    client.force_login(person)
    return person


@pytest.fixture
def batches(audio_root) -> dict[int, Batch]:
    return {size: make_batch(audio_root, lines=size // TAKES, takes=TAKES) for size in SIZES}


def in_turns(act: Callable[[int, int], None]) -> dict[int, list[float]]:
    """Milliseconds of `act(size, round)`, sorted."""
    times: dict[int, list[float]] = {size: [] for size in SIZES}
    for number in range(ROUNDS + 3):
        for size in SIZES:
            began = time.perf_counter()
            act(size, number)
            if number >= 3:
                times[size].append(1000 * (time.perf_counter() - began))
    return {size: sorted(found) for size, found in times.items()}


def tell(title: str, times: dict[int, list[float]]) -> float:
    """Print p50 and p95; the ratio of the medians of 10,000 and 1,000 takes."""
    medians = {size: statistics.median(found) for size, found in times.items()}
    for size, found in times.items():
        slow = found[int(len(found) * 0.95)]
        sys.stderr.write(
            f"\n{title}, {size:,} takes: p50 {medians[size]:.1f} ms, p95 {slow:.1f} ms"
        )
    ratio = medians[10_000] / medians[1000]
    sys.stderr.write(f"\n{title}: {ratio:.2f} x from 1,000 to 10,000 takes\n")
    return ratio


def test_one_rank_costs_as_much_in_a_large_batch(client, curator, batches, audio_root):
    names = {
        size: list(batch.takes.order_by("pk").values_list("file_name", flat=True))
        for size, batch in batches.items()
    }

    def rank(size: int, number: int) -> None:
        batch, name = batches[size], names[size][(number * 7919) % size]
        answer = client.patch(
            f"/api/batch/{batch.batch_id}/take/{name}",
            json.dumps({"rank": 1 + number % 5}),
            content_type="application/json",
        )
        assert answer.status_code == 200

    ratio = tell("rank by the API", in_turns(rank))
    for batch in batches.values():
        assert ranks_in_metadata(batch, audio_root) == ranks_in_links(batch, audio_root)
        assert_tree_shows(batch, audio_root)
    assert ratio <= MOST


def test_one_rank_on_the_board_costs_as_much_in_a_large_batch(client, curator, batches):
    takes = {size: list(batch.takes.order_by("pk")) for size, batch in batches.items()}

    def rank(size: int, number: int) -> None:
        take = takes[size][(number * 7919) % size]
        body = {
            "line": take.line_id,
            "take": handle_of(take, curator),
            "rank": 1 + number % 5,
            "version": 10**9,
        }
        address = reverse("admin:takes_board_rank", args=[batches[size].batch_id])
        answer = client.post(address, json.dumps(body), content_type="application/json")
        assert answer.status_code == 200

    assert tell("rank on the board", in_turns(rank)) <= MOST


def test_the_board_opens_in_about_the_same_time(client, curator, batches):
    lines = {size: batch.takes.first().line_id for size, batch in batches.items()}

    def open_board(size: int, number: int) -> None:
        batch_id = batches[size].batch_id
        for name, more, query in [
            ("", [], ""),
            ("_lines", [], "resume=1"),
            ("_line", [lines[size]], ""),
            ("_changes", [], f"line={lines[size]}"),
        ]:
            address = reverse(f"admin:takes_board{name}", args=[batch_id, *more])
            assert client.get(f"{address}?{query}").status_code == 200

    ratio = tell("open the board", in_turns(open_board))
    assert ratio <= 2.5, "page, first lines, one line, first poll"


def test_what_writing_everything_anew_would_cost(batches, audio_root):
    """For comparison: the file of every take serialised again at each rank."""

    def write(size: int, number: int) -> None:
        tree.write_metadata(batches[size])

    ratio = tell("metadata.json from scratch", in_turns(write))
    assert ratio > MOST
