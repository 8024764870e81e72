import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.audio.peaks import packed, peaks, unpacked
from tests.audio.generated import of, silence, sine


def test_the_form_of_audiowaveform():
    outline = peaks(sine(6.0))
    assert {key: outline[key] for key in outline if key != "data"} == {
        "version": 2,
        "channels": 1,
        "sample_rate": 44100,
        "samples_per_pixel": 882,
        "bits": 8,
        "length": 300,
    }
    assert json.loads(json.dumps(outline)) == outline
    assert len(json.dumps(outline, separators=(",", ":"))) < 3000


def test_lowest_and_highest_of_each_pixel():
    outline = peaks(of([0, 0.5, -0.25, 0, 0.75, 0.125]), pixels_per_second=2000)
    assert outline["samples_per_pixel"] == 4
    assert outline["data"] == [-32, 64, 16, 96]


def test_values_stay_within_eight_bits():
    assert peaks(of([1.3, -1.3]))["data"] == [-128, 127]


def test_what_was_packed_is_the_same_again():
    outline = peaks(of([1.3, -1.3, 0.5, -0.25]), pixels_per_second=2000)
    data = packed(outline)
    assert len(data) == len(outline["data"])
    assert unpacked(data, sample_rate=8000, samples_per_pixel=4)["data"] == outline["data"]
    assert unpacked(b"", sample_rate=8000, samples_per_pixel=4)["length"] == 0


def test_channels_are_mixed():
    stereo = silence(0.1, channels=2)
    stereo.samples[:, 0] = 0.5
    assert set(peaks(stereo)["data"]) == {32}
    stereo.samples[:, 1] = -0.5
    assert set(peaks(stereo)["data"]) == {0}


def test_the_waveform_stands_where_the_sound_is():
    samples = np.concatenate([np.zeros(8000), np.full(8000, 0.9)])
    data = peaks(of(samples))["data"]
    assert data[:100] == [0] * 100
    assert data[100:] == [115] * 100


@given(
    frames=st.integers(1, 30000),
    rate=st.sampled_from([8000, 11025, 22050, 44100, 48000]),
    pixels_per_second=st.sampled_from([1, 20, 50, 100]),
)
def test_the_length_matches_the_duration(frames, rate, pixels_per_second):
    outline = peaks(of(np.zeros(frames), rate), pixels_per_second=pixels_per_second)
    assert len(outline["data"]) == 2 * outline["length"]
    covered = outline["length"] * outline["samples_per_pixel"]
    assert 0 <= covered - frames < outline["samples_per_pixel"]


@pytest.mark.parametrize("seconds", [1.0, 2.5, 6.0])
def test_fifty_pixels_make_a_second(seconds):
    assert peaks(sine(seconds))["length"] == seconds * 50
