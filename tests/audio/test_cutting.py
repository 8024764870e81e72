"""Cutting a part out of a sound, and keeping it as a take's file."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.audio.cutting import FADE, cut
from apps.audio.decoding import decode
from apps.audio.errors import BadCut, NotAudio
from apps.audio.examining import ExamineOptions, examine
from apps.audio.sound import Sound
from apps.audio.tagging import Tags, read_tags
from tests.audio.generated import as_mp3, as_wav, chatter, joined, of, silence, sine

RATE = 44100


def counting(seconds: float) -> Sound:
    """Every sample has a value of its own, so that its place is known afterwards."""
    frames = round(seconds * RATE)
    return Sound(np.linspace(0.1, 0.9, frames, dtype=np.float32).reshape(-1, 1), RATE)


@given(first=st.integers(0, RATE - 2), length=st.integers(1, RATE))
def test_a_cut_begins_and_ends_at_the_sample(first, length):
    sound = counting(1.0)
    last = min(first + length, RATE)
    part = cut(sound, first / RATE, last / RATE)
    assert len(part.samples) == last - first
    middle = (last - first) // 2
    if last - first > 3 * FADE * RATE:
        assert part.samples[middle] == sound.samples[first + middle]


def test_the_edges_that_were_cut_fade_and_the_rest_is_untouched():
    sound = counting(1.0)
    part = cut(sound, 0.25, 0.75)
    fade = round(FADE * RATE)
    original = sound.samples[RATE // 4 : RATE * 3 // 4]
    assert part.samples[0] == part.samples[-1] == 0
    assert np.array_equal(part.samples[fade:-fade], original[fade:-fade])
    halfway = part.samples[fade // 2, 0] / original[fade // 2, 0]
    assert halfway == pytest.approx(0.5, abs=0.01)
    assert np.all(np.diff(part.samples[:fade, 0]) > 0)


def test_an_end_that_was_kept_does_not_fade():
    sound = counting(1.0)
    from_start, to_end = cut(sound, 0, 0.5), cut(sound, 0.5, 1.0)
    assert from_start.samples[0] == sound.samples[0] != 0
    assert from_start.samples[-1] == 0
    assert to_end.samples[0] == 0
    assert to_end.samples[-1] == sound.samples[-1]
    assert np.array_equal(cut(sound, 0, 1.0).samples, sound.samples)


def test_the_sound_that_is_cut_stays_as_it_is():
    sound = counting(0.5)
    before = sound.samples.copy()
    cut(sound, 0.1, 0.2)
    assert np.array_equal(sound.samples, before)


def test_both_channels_fade():
    part = cut(sine(1.0, phase=90, channels=2), 0.1, 0.9)
    assert part.channels == 2
    assert np.all(part.samples[0] == 0)


def test_a_cut_through_a_wave_makes_no_click():
    low = sine(1.0, hertz=50, phase=90)
    steps = np.abs(np.diff(cut(low, 0.3, 0.7).samples[:, 0], prepend=0, append=0))
    assert steps.max() < 0.01 < np.abs(low.samples[round(0.3 * RATE)])


@pytest.mark.parametrize(
    ("start", "end"), [(-0.1, 0.5), (0.5, 0.5), (0.6, 0.5), (0.5, 1.1), (1.0, 1.2)]
)
def test_what_is_no_part_of_the_sound_is_refused(start, end):
    with pytest.raises(BadCut, match="the recording lasts 1 s"):
        cut(counting(1.0), start, end)


def test_a_handful_of_samples_can_be_cut():
    assert len(cut(of([0.1] * 10), 2 / 8000, 5 / 8000).samples) == 3


ORDER = ExamineOptions("mp3_44100_128", Tags(title="Intro_1"), part=(0.5, 1.25))


@pytest.mark.parametrize("encode", [as_mp3, as_wav])
def test_a_part_is_examined_instead_of_the_whole(encode):
    source = joined(silence(0.5), chatter(0.75), silence(0.5))
    kept = examine(encode(source), ORDER)
    sound = decode(kept.data)
    assert sound.duration == kept.measurement.duration == 0.75
    assert not sound.is_truncated
    assert kept.measurement.leading_silence < 0.05
    assert read_tags(kept.data).title == "Intro_1"
    assert abs(kept.peaks["length"] - 0.75 * 50) <= 1


def test_the_part_is_that_of_the_decoded_source():
    data = as_mp3(chatter(2.0))
    heard = decode(data).samples[RATE // 2 : round(1.25 * RATE), 0]
    kept = decode(examine(data, ORDER).data).samples[:, 0]
    assert np.corrcoef(heard, kept)[0, 1] > 0.99


def test_the_part_keeps_the_ordered_format():
    order = ExamineOptions("mp3_22050_64", part=(0.0, 0.5))
    kept = examine(as_mp3(chatter(1.0)), order)
    assert (kept.rate, kept.measurement.duration) == (22050, 0.5)


def test_what_is_no_recording_is_refused():
    with pytest.raises(NotAudio):
        examine(b"<html>404</html>", ORDER)
    with pytest.raises(BadCut):
        examine(as_mp3(chatter(1.0)), ORDER)


def test_ten_minutes_can_be_cut():
    data = as_mp3(sine(600.0, rate=22050), kbps=32)
    kept = examine(data, ExamineOptions("mp3_44100_128", part=(1.0, 599.0)))
    assert kept.measurement.duration == 598.0
