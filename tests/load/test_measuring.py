"""Own CPU per take, beside ffmpeg's loudness filter on the same clip where ffmpeg is installed."""

import resource
import shutil
import subprocess
import sys

import numpy as np
import pytest

from apps.audio.encoding import encode_mp3
from apps.audio.examining import ExamineOptions, examine
from apps.audio.sound import Sound
from apps.audio.tagging import Tags

pytestmark = pytest.mark.load

SECONDS, RATE, ROUNDS = 5.5, 44_100, 40


@pytest.fixture(scope="module")
def clip() -> bytes:
    """Something like speech: noise in syllables."""
    rng = np.random.default_rng(1)
    at = np.arange(int(SECONDS * RATE)) / RATE
    voice = rng.standard_normal(at.size) * 0.1 * (np.sin(2 * np.pi * 3 * at) > -0.3)
    sound = Sound(voice.astype(np.float32)[:, None], RATE, None, False)
    return encode_mp3(sound, rate=RATE, kbps=128)


def cpu_of(work, rounds) -> float:
    """CPU seconds of this process and its children for one round."""

    def spent() -> float:
        own, below = (
            resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        )
        return own.ru_utime + own.ru_stime + below.ru_utime + below.ru_stime

    work()
    began = spent()
    for _ in range(rounds):
        work()
    return (spent() - began) / rounds


def test_a_take_costs_no_more_cpu_than_measuring_its_loudness_with_ffmpeg(clip, tmp_path):
    order = ExamineOptions("mp3_44100_128", Tags(title="clip"))
    ours = cpu_of(lambda: examine(clip, order), ROUNDS)
    sys.stderr.write(f"\nexamine: {ours * 1000:.1f} ms of CPU for {SECONDS} s of audio\n")
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        sys.stderr.write("ffmpeg is not installed here: nothing to compare with\n")
        assert ours < SECONDS / 50
        return
    path = tmp_path / "clip.mp3"
    path.write_bytes(clip)
    command = [ffmpeg, "-v", "quiet", "-i", str(path), "-af", "ebur128=peak=true"]
    theirs = cpu_of(lambda: subprocess.run([*command, "-f", "null", "-"], check=True), ROUNDS // 4)
    sys.stderr.write(f"ffmpeg ebur128: {theirs * 1000:.1f} ms; ratio {ours / theirs:.2f}\n")
    assert ours < theirs
