"""Makes a batch of audible takes and opens its ranking board."""

import re
from collections.abc import Callable
from pathlib import Path

from django.urls import reverse
from playwright.sync_api import Page, Route

from apps.audio.examining import ExamineOptions, examine
from apps.takes.models import Batch, Take
from apps.takes.models.audio import keep_waveforms, waveform_of
from tests.review.clips import tone
from tests.takes.boards import make_batch


def audible_batch(root: Path, lines: int = 3, takes: int = 3) -> Batch:
    """A batch whose takes are tones of 1.5 s, with another pitch for each number."""
    batch = make_batch(root, lines=lines, takes=takes, series__slug="Lantern")
    for take in batch.takes.select_related("batch"):
        examined = examine(
            tone(1.5, 200 + 60 * take.take_number), ExamineOptions(output_format="mp3_44100_128")
        )
        (root / take.key).write_bytes(examined.data)
        keep_waveforms([waveform_of(examined)])
        Take.objects.filter(pk=take.pk).update(
            frames_sha256=examined.frames_sha256,
            duration=examined.measurement.duration,
            loudness=examined.measurement.integrated_loudness,
        )
    return batch


def open_board(page: Page, batch: Batch) -> None:
    page.goto(reverse("admin:takes_board", args=[batch.batch_id]))
    page.locator("#board[data-ready]").wait_for()


class Acts:
    """Records the ranks and undos that a page sends; `answer` replaces the server's answer.

    To be made before the board opens: Chromium misses requests sent while routing begins.
    """

    def __init__(self, page: Page) -> None:
        self.answer: Callable[[Route], object] | None = None
        page.route(re.compile("/rank/(rank|undo)/$"), self._pass)

    def _pass(self, route: Route) -> None:
        (self.answer or Route.continue_)(route)
