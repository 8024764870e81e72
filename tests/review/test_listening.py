"""Heard ranges: joined, bounded, added up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.review.links.listening import BadRanges, heard, merged

seconds = st.floats(min_value=-2, max_value=20, allow_nan=False)
ranges = st.lists(st.tuples(seconds, seconds).map(sorted).map(list), max_size=30)


@pytest.mark.parametrize(
    ("given_ranges", "expected"),
    [
        ([], []),
        ([[0, 1], [1, 2]], [[0, 2]]),
        ([[3, 4], [0, 1]], [[0, 1], [3, 4]]),
        ([[0, 1], [1.04, 2]], [[0, 2]]),
        ([[0, 5], [1, 2]], [[0, 5]]),
        ([[-1, 3], [9, 99]], [[0, 3], [9, 10]]),
        ([[11, 12], [4, 4]], []),
    ],
)
def test_ranges_are_joined_within_the_clip(given_ranges, expected):
    assert merged(given_ranges, 10) == expected


@given(ranges)
def test_merging_is_in_order_bounded_and_final(given_ranges):
    once = merged(given_ranges, 10)
    assert once == sorted(once) == merged(once, 10)
    assert all(0 <= start < end <= 10 for start, end in once)
    assert heard(once, 10).seconds <= 10 + 1e-6


@given(ranges, ranges)
def test_hearing_more_is_never_less(first, second):
    before = heard(merged(first, 10), 10)
    after = heard(merged([*first, *second], 10), 10)
    assert after.seconds >= before.seconds - 0.002 * (len(first) + len(second))
    assert after.to_end >= before.to_end


@pytest.mark.parametrize("one", [[1], [1, 2, 3], "12", None, [True, "x"], [2, 1], [0, 1e400]])
def test_what_is_no_range_is_refused(one):
    with pytest.raises(BadRanges):
        merged([one], 10)


@pytest.mark.parametrize(
    ("heard_ranges", "approve", "reject"),
    [
        ([], False, False),
        ([[0, 2.9]], False, False),
        ([[0, 3]], False, True),
        ([[0, 9.7]], False, True),
        ([[0.4, 10]], True, True),
        ([[0.6, 10]], False, True),
        ([[0, 5], [5.4, 9.8]], False, True),
        ([[0, 5], [5.2, 9.8]], True, True),
    ],
)
def test_what_is_enough(heard_ranges, approve, reject):
    found = heard(heard_ranges, 10)
    assert (found.enough_to_approve, found.enough_to_reject) == (approve, reject)


def test_a_clip_without_length_is_never_heard():
    assert not heard([], 0).enough_to_approve
