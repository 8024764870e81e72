"""Takes of real audio to save as drafts, and links to review them, quickly made."""

import io
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import av
import numpy as np

from apps.audio.examining import ExamineOptions, examine
from apps.audio.tagging import Tags, frames_sha256
from apps.catalog.lines.services import edit_line
from apps.catalog.models import Line
from apps.review.drafts.saving import save_draft
from apps.review.links.services.links import create_link
from apps.review.models import Draft, LiveClip, Reviewer
from apps.storage.classes import AssetClass
from apps.storage.places import get_place
from apps.takes.models import Batch, Take, Waveform
from apps.takes.models.audio import facts_of, keep_waveforms, waveform_of
from apps.takes.ordering.services.runs import order_run
from apps.takes.ordering.take_requests import lines_by_voices
from tests.factories import UserFactory, VoiceFactory


@lru_cache
def tone(seconds: float, hertz: float) -> bytes:
    """A quiet tone as MP3, mono, 44.1 kHz."""
    times = np.arange(round(seconds * 44100)) / 44100
    samples = (0.1 * np.sin(2 * np.pi * hertz * times)).astype(np.float32)
    target = io.BytesIO()
    with av.open(target, "w", format="mp3") as out:
        stream = out.add_stream("mp3", rate=44100, layout="mono")
        stream.bit_rate = 128_000
        frame = av.AudioFrame.from_ndarray(samples[np.newaxis], format="fltp", layout="mono")
        frame.sample_rate = 44100
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return target.getvalue()


def make_take(line: Line, *, seconds: float = 1.0, hertz: float = 300.0) -> Take:
    """A complete take of this line, its file in place and measured."""
    asked = lines_by_voices([line], [VoiceFactory()], takes=1, settings={"stability": 0.5})
    run = order_run(asked, by=None, queue=False)
    take = run.takes.select_related("batch").get()
    tags = Tags(title=line.key, extra={"service": "espeak"})
    examined = examine(
        tone(seconds, hertz), ExamineOptions(output_format="mp3_44100_128", tags=tags)
    )
    get_place("takes").put(take.key, examined.data, asset_class=AssetClass.TAKE)
    keep_waveforms([waveform_of(examined)])
    Take.objects.filter(pk=take.pk).update(status="complete", **facts_of(examined))
    Batch.objects.filter(pk=take.batch_id).update(generated_at=take.created_at)
    take.refresh_from_db()
    return take


def make_draft(line: Line, **manner: Any) -> Draft:
    return save_draft(make_take(line, **manner), by=None)


def invite(drafts: Sequence[Draft], **manner: Any) -> tuple[Reviewer, str]:
    """A link for these drafts, its one reviewer and their token."""
    series = drafts[0].series
    created = create_link(
        series,
        title="Please listen",
        languages=series.languages.all(),
        drafts=drafts,
        reviewers=["Maria"],
        by=manner.pop("by", None) or UserFactory(),
        **manner,
    )
    return created.link.reviewers.select_related("link__series").get(), created.tokens["Maria"]


def make_live(line: Line, **facts: Any) -> LiveClip:
    """A clip of a second in the dev bucket, known to the database."""
    key = f"audio/{line.language.tag}/{line.key}.mp3"
    data = tone(1.0, 250)
    get_place("dev").put(key, data, asset_class=AssetClass.ITEM)
    frames = frames_sha256(data)
    draw(frames, b"\x00\x01")
    named = {"text": line.text, "voice": VoiceFactory(), "settings": {"stability": 0.4},
        "alias": "dev", **facts,
    }  # fmt: skip
    return LiveClip.objects.create(
        series=line.series, line=line, key=key, duration=1.0, size=1,
        frames_sha256=frames, **named,
    )  # fmt: skip


def draw(frames: str, data: bytes) -> None:
    """The waveform of some audio."""
    keep_waveforms(
        [Waveform(frames_sha256=frames, sample_rate=2000, samples_per_pixel=100, data=data)]
    )


def audio_of(data: bytes | None) -> str | None:
    """The hash of the audio alone: what is deployed carries more tags than its draft."""
    return None if data is None else frames_sha256(data)


def change_text(line: Line, text: str) -> None:
    """As another window would; `line` itself stays as it was."""
    edit_line(Line.objects.get(pk=line.pk), by=None, text=text)
