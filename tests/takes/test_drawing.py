"""Settings, seeds, words and derived states: pure functions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.catalog.texts import spoken_text
from apps.takes.ordering.drawn_settings import draw_settings
from apps.takes.progress.states import Progress, State
from apps.takes.rendering.seeds import SEED_LIMIT, draw_seed, identity

FRACTION = st.floats(0, 1, allow_nan=False).map(lambda value: round(value, 3))


@given(st.tuples(FRACTION, FRACTION).map(sorted), st.text(max_size=20))
def test_a_drawn_value_lies_in_its_range_and_is_drawn_again_alike(ends, draw):
    asked = {"stability": ends, "speed": 1.0}
    drawn = draw_settings(asked, draw=draw)
    assert ends[0] <= drawn["stability"] <= ends[1]
    assert drawn["speed"] == 1.0
    assert drawn == draw_settings(asked, draw=draw)


def test_takes_draw_different_values():
    values = {draw_settings({"style": [0.0, 1.0]}, draw=f"take {n}")["style"] for n in range(200)}
    assert len(values) > 150


@given(st.lists(st.one_of(st.text(), st.integers(), st.dictionaries(st.text(), FRACTION))))
def test_a_seed_is_one_the_provider_takes(parts):
    assert 0 <= draw_seed(*parts) < SEED_LIMIT


def test_everything_that_is_heard_is_part_of_the_identity():
    one = {
        "spoken_text": "Hello",
        "voice": "espeak:Annie",
        "model": "m",
        "settings": {"speed": 1.0, "style": 0.5},
        "output_format": "mp3_44100_128",
        "seed": 7,
    }
    same = identity(**{**one, "settings": {"style": 0.5, "speed": 1.0}})
    assert identity(**one) == same
    for change in (
        {"spoken_text": "Hello!"},
        {"voice": "espeak:f2"},
        {"model": "n"},
        {"settings": {"speed": 1.0}},
        {"output_format": "mp3_44100_64"},
        {"seed": 8},
    ):
        assert identity(**{**one, **change}) != same


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("Press <b>start</b>.<br>Then wait.", "Press start.\nThen wait."),
        ("2 < 3 and 5 > 4", "2 < 3 and 5 > 4"),
        ('<font color="red">Stop</font> &amp; go', "Stop & go"),
        ("“Boom boom bye!~”", "“Boom boom bye!~”"),
        ("  too   many\n\n spaces ", "too many\nspaces"),
        ("<b></b>", ""),
        ("a\x00b", "ab"),
        ("I <3 you", "I <3 you"),
    ],
)
def test_markup_is_not_spoken(text, spoken):
    assert spoken_text(text) == spoken


@given(st.text())
def test_words_of_any_text_can_be_spoken(text):
    assert "\x00" not in spoken_text(text)


@pytest.mark.parametrize(
    ("progress", "state"),
    [
        (Progress(pending=3), State.PENDING),
        (Progress(pending=3, generating=1), State.PROCESSING),
        (Progress(pending=1, complete=1), State.PROCESSING),
        (Progress(pending=1, failed=1), State.PROCESSING),
        (Progress(complete=3), State.COMPLETED),
        (Progress(complete=2, failed=1), State.PARTIAL_SUCCESS),
        (Progress(failed=3), State.FAILED),
        (Progress(cancelled=3), State.CANCELLED),
        (Progress(complete=2, cancelled=1, failed=1), State.CANCELLED),
    ],
)
def test_states_are_derived_from_counts(progress, state):
    assert progress.state == state
