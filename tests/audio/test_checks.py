from dataclasses import replace

import pytest

from apps.audio.checks import check
from apps.audio.measuring import Measurement, measure
from tests.audio.generated import chatter, joined, silence, sine

GOOD = Measurement(
    duration=3.0,
    integrated_loudness=-18.0,
    true_peak=-3.0,
    sample_peak=0.6,
    leading_silence=0.1,
    trailing_silence=0.2,
    clipped_runs=0,
    is_silent=False,
)


def found(max_duration=None, declared_duration=None, **changes):
    measurement = replace(GOOD, **changes)
    return check(measurement, max_duration=max_duration, declared_duration=declared_duration)


def test_nothing_is_said_about_a_good_recording():
    assert found(max_duration=3.0, declared_duration=3.004) == ()


@pytest.mark.parametrize(
    ("changes", "check_id", "severity", "value", "limit"),
    [
        ({"sample_peak": 0.98}, "audio_clipping", "warn", 0.98, 0.98),
        ({"sample_peak": 1.0}, "audio_clipping", "warn", 1.0, 0.98),
        ({"sample_peak": 1.0, "clipped_runs": 1}, "audio_clipping", "fail", 1.0, 0.999),
        ({"leading_silence": 0.51}, "leading_silence", "warn", 0.51, 0.5),
        ({"trailing_silence": 1.01}, "trailing_silence", "warn", 1.01, 1.0),
        ({"true_peak": -0.9}, "true_peak", "info", -0.9, -1.0),
        ({"max_duration": 2.9}, "too_long", "warn", 3.0, 2.9),
        ({"declared_duration": 3.01}, "truncated", "fail", 3.0, 3.01),
        ({"duration": 0.39, "integrated_loudness": None}, "too_short", "info", 0.39, 0.4),
    ],
)
def test_each_limit_gives_one_finding(changes, check_id, severity, value, limit):
    (finding,) = found(**changes)
    assert (finding.check_id, finding.severity) == (check_id, severity)
    assert (finding.value, finding.limit) == (value, limit)


@pytest.mark.parametrize(
    "changes",
    [
        {"sample_peak": 0.9799},
        {"leading_silence": 0.5},
        {"trailing_silence": 1.0},
        {"true_peak": -1.0},
        {"true_peak": None},
        {"duration": 0.4},
    ],
)
def test_on_the_limit_nothing_is_said(changes):
    assert found(**changes) == ()


def test_the_worst_comes_first():
    findings = found(sample_peak=1.0, clipped_runs=2, true_peak=0.3, leading_silence=2.0)
    assert [finding.severity for finding in findings] == ["fail", "warn", "info"]


def test_silence_is_one_finding_and_not_three():
    findings = check(measure(silence(5.0)), max_duration=4.0, declared_duration=None)
    assert [finding.check_id for finding in findings] == ["silent", "too_long"]


def test_messages_speak_of_what_can_be_heard():
    said = [finding.message for finding in found(sample_peak=1.0, clipped_runs=12)]
    assert said == ["Distorted: cut off at full scale in 12 places."]
    (finding,) = found(max_duration=2.5)
    assert finding.message == "3.00 s long, the line may take 2.50 s."


def test_real_measurements_lead_to_the_same_findings():
    clipped = sine(1.0, dbfs=6.0, hertz=200)
    clipped.samples.clip(-1, 1, out=clipped.samples)
    recording = joined(silence(0.8), clipped, chatter(1.0), silence(1.5))
    findings = check(measure(recording), max_duration=None, declared_duration=None)
    assert {finding.check_id: finding.severity for finding in findings} == {
        "audio_clipping": "fail",
        "leading_silence": "warn",
        "trailing_silence": "warn",
        "true_peak": "info",
    }
