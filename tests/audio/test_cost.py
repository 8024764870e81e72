"""Examining must cost less than what it is compared with; both are timed in the same run."""

import io
import statistics
import time
from collections.abc import Callable

import av
import pytest

from apps.audio.examining import ExamineOptions, examine
from apps.audio.tagging import Tags
from tests.audio.generated import as_mp3, chatter

pytestmark = pytest.mark.load

ORDER = ExamineOptions(
    output_format="mp3_44100_128", tags=Tags(title="Intro_1", extra={"voice": "Annie"})
)


def milliseconds(work: Callable[[], object]) -> float:
    """Median own CPU of a call."""
    spent = []
    for _ in range(15):
        begin = time.process_time()
        work()
        spent.append((time.process_time() - begin) * 1000)
    return statistics.median(spent)


def ebur128_pass(data: bytes) -> None:
    """Decoding and FFmpeg's loudness filter with true peak, in this process."""
    graph = av.filter.Graph()
    with av.open(io.BytesIO(data), "r", format="mp3") as container:
        stream = container.streams.audio[0]
        nodes = [
            graph.add_abuffer(template=stream),
            graph.add("ebur128", "peak=true:framelog=quiet"),
            graph.add("abuffersink"),
        ]
        nodes[0].link_to(nodes[1])
        nodes[1].link_to(nodes[2])
        graph.configure()
        for frame in [*container.decode(stream), None]:
            graph.push(frame)
    with pytest.raises(av.EOFError):
        while True:
            graph.pull()


def test_a_whole_examination_costs_less_than_the_loudness_filter_alone():
    data = as_mp3(chatter(5.5))
    ours, theirs = (
        milliseconds(lambda: examine(data, ORDER)),
        milliseconds(lambda: ebur128_pass(data)),
    )
    assert ours < theirs, f"{ours:.1f} ms against {theirs:.1f} ms"
    assert ours < 25
