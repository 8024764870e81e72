"""Measured against formulas, EBU Tech 3341's signals, and two other implementations."""

import io
import math

import av
import numpy as np
import pyebur128
import pytest

from apps.audio.measuring import Measurement, measure
from tests.audio.generated import as_wav, chatter, joined, of, silence, sine

EBU_3341 = {
    "case 1": ([(-23, 20)], -23),
    "case 2": ([(-33, 20)], -33),
    "case 3": ([(-36, 10), (-23, 60), (-36, 10)], -23),
    "case 4": ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23),
    "case 5": ([(-26, 20), (-20, 20.1), (-26, 20)], -23),
}


@pytest.mark.parametrize(("tones", "expected"), EBU_3341.values(), ids=EBU_3341)
def test_integrated_loudness_of_ebu_tech_3341(tones, expected):
    parts = [sine(length, dbfs=level, rate=48000, channels=2) for level, length in tones]
    assert measure(joined(*parts)).integrated_loudness == pytest.approx(expected, abs=0.1)


TRUE_PEAKS = {
    "case 15": (0.5, 4, 0.0, -6.0),
    "case 16": (0.5, 4, 45.0, -6.0),
    "case 17": (0.5, 6, 60.0, -6.0),
    "case 18": (0.5, 8, 67.5, -6.0),
    "case 19": (1.41, 4, 45.0, 3.0),
}


@pytest.mark.parametrize(
    ("amplitude", "part", "phase", "expected"), TRUE_PEAKS.values(), ids=TRUE_PEAKS
)
def test_true_peak_of_ebu_tech_3341(amplitude, part, phase, expected):
    """A tone at a part of the sample rate, whose samples miss its peaks; +0.2/−0.4 dB allowed."""
    level = 20 * math.log10(amplitude)
    tone = sine(1.0, dbfs=level, hertz=48000 / part, rate=48000, channels=2, phase=phase)
    faded = tone.samples * np.minimum(1, np.arange(48000) / 4800)[::-1, None]
    faded = faded * np.minimum(1, np.arange(48000) / 4800)[:, None]
    measured = measure(type(tone)(faded.astype(np.float32), 48000)).true_peak
    assert expected - 0.4 <= measured <= expected + 0.2


@pytest.mark.parametrize("rate", [22050, 44100, 48000])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("seconds", [0.5, 1.3, 5.5])
def test_two_other_implementations_agree(rate, channels, seconds):
    sound = chatter(seconds, rate=rate, channels=channels)
    ours = measure(sound)
    loudness, peak = libebur128(sound)
    assert ours.integrated_loudness == pytest.approx(loudness, abs=0.01)
    assert ours.true_peak == pytest.approx(peak, abs=0.15)
    loudness, peak = ffmpeg_filter(sound)
    assert ours.integrated_loudness == pytest.approx(loudness, abs=0.15)
    assert ours.true_peak == pytest.approx(peak, abs=0.15)


def libebur128(sound) -> tuple[float, float]:
    mode = pyebur128.MeasurementMode.MODE_I | pyebur128.MeasurementMode.MODE_TRUE_PEAK
    state = pyebur128.R128State(sound.channels, sound.rate, mode)
    state.add_frames(sound.samples.ravel(), len(sound.samples))
    peak = max(pyebur128.get_true_peak(state, channel) for channel in range(sound.channels))
    return pyebur128.get_loudness_global(state), 20 * math.log10(peak)


def ffmpeg_filter(sound) -> tuple[float, float]:
    """LUFS and dBTP by FFmpeg's `ebur128`; its metadata has the peak as a linear value."""
    graph = av.filter.Graph()
    facts: dict[str, str] = {}
    with av.open(io.BytesIO(as_wav(sound)), "r", format="wav") as container:
        stream = container.streams.audio[0]
        nodes = [
            graph.add_abuffer(template=stream),
            graph.add("ebur128", "peak=true:metadata=1:framelog=quiet"),
            graph.add("abuffersink"),
        ]
        nodes[0].link_to(nodes[1])
        nodes[1].link_to(nodes[2])
        graph.configure()
        for frame in [*container.decode(stream), None]:
            graph.push(frame)
            facts |= pulled(graph)
    peaks = [float(facts[key]) for key in facts if "true_peaks_ch" in key]
    return float(facts["lavfi.r128.I"]), 20 * math.log10(max(peaks))


def pulled(graph) -> dict[str, str]:
    facts: dict[str, str] = {}
    while True:
        try:
            facts |= graph.pull().metadata
        except (av.BlockingIOError, av.EOFError):
            return facts


def test_mono_is_one_loudspeaker():
    assert measure(sine(5.0, dbfs=-23)).integrated_loudness == pytest.approx(-26, abs=0.1)


@pytest.mark.parametrize(("seconds", "has_loudness"), [(0.39, False), (0.4, True)])
def test_loudness_needs_a_block_of_400_ms(seconds, has_loudness):
    measured = measure(sine(seconds))
    assert (measured.integrated_loudness is not None) == has_loudness
    assert measured.true_peak == pytest.approx(-12, abs=0.2)


def test_digital_silence_has_neither_loudness_nor_peak():
    assert measure(silence(2.0)) == Measurement(
        duration=2.0,
        integrated_loudness=None,
        true_peak=None,
        sample_peak=0.0,
        leading_silence=2.0,
        trailing_silence=2.0,
        clipped_runs=0,
        is_silent=True,
    )


@pytest.mark.parametrize(("dbfs", "is_silent"), [(-51, True), (-49, False)])
def test_silent_is_what_stays_under_minus_50_dbfs(dbfs, is_silent):
    measured = measure(sine(1.0, dbfs=dbfs))
    assert measured.is_silent == is_silent
    assert measured.leading_silence == pytest.approx(1.0 if is_silent else 0.0, abs=0.001)


@pytest.mark.parametrize("channels", [1, 2])
def test_silence_at_both_ends(channels):
    parts = silence(0.7, channels=channels), sine(1.0, channels=channels)
    hiss = sine(1.2, dbfs=-60, channels=channels)
    measured = measure(joined(*parts, hiss))
    assert measured.leading_silence == pytest.approx(0.7, abs=0.001)
    assert measured.trailing_silence == pytest.approx(1.2, abs=0.001)
    assert measured.duration == pytest.approx(2.9)


def test_one_loud_channel_is_no_silence():
    sound = joined(silence(1.0, channels=2), sine(1.0, channels=2))
    sound.samples[10000, 1] = 0.5
    assert measure(sound).leading_silence == 10000 / 44100
    assert measure(sound).sample_peak == 0.5


@pytest.mark.parametrize(
    ("samples", "runs"),
    [
        ([0, 1, 1, 0, 1, 1, 0], 0),
        ([0, 1, 1, 1, 0], 1),
        ([1, 1, 1, 1, 1, 0, -1, -1, -1], 2),
        ([0.998] * 9, 0),
        ([0.9991] * 9, 1),
        ([1, 1], 0),
    ],
)
def test_clipping_is_three_samples_in_a_row(samples, runs):
    assert measure(of(samples)).clipped_runs == runs


def test_clipping_is_counted_in_every_channel():
    sound = silence(0.1, channels=2)
    sound.samples[10:20] = 1
    sound.samples[30:40, 1] = -1
    assert measure(sound).clipped_runs == 3


def test_a_single_sample_can_be_measured():
    measured = measure(of([0.25]))
    assert (measured.duration, measured.sample_peak) == (1 / 8000, 0.25)
    assert measured.true_peak >= 20 * math.log10(0.25)
