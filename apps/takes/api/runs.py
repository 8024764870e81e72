"""The API of runs: order one, follow it."""

from contextlib import nullcontext
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import ConfigDict, Field

from apps.accounts.auth import scope
from apps.catalog.models import Series
from apps.catalog.series.services import create_series
from apps.core.access import may, visible_to
from apps.core.errors import Invalid, Missing
from apps.providers.base import RANGES
from apps.takes.models import Run
from apps.takes.ordering.generation_order import GenerationOrder
from apps.takes.ordering.services import runs
from apps.takes.ordering.take_requests import DEFAULT_FORMAT
from apps.takes.progress.reports import run_report
from apps.voices.library.services import find_voice
from apps.voices.models import Voice

router = Router(tags=["generate"])

Setting = float | bool | list[float] | None


class GenerateBody(Schema):
    """A run to order: a Series and language that exist, or a script to import first.

    Settings are values, or ranges `[low, high]` that each take draws from.
    """

    model_config = ConfigDict(extra="forbid")

    series: str = Field("", description="Slug of the Series; `skin_name` says the same.")
    skin_name: str = ""
    language: str = ""
    voices: list[str] = Field(default_factory=list, description="Such as `espeak:Annie`.")
    voice_ids: list[str] = Field(default_factory=list, description="Provider's ids alone.")
    script_csv_content: str = Field("", description="CSV with Function,Line, imported first.")
    takes: int | None = None
    variants_per_line: int | None = None
    lines: str = ""
    without_audio: bool = False
    settings: dict[str, Setting] = Field(default_factory=dict)
    stability_range: list[float] | None = None
    similarity_boost_range: list[float] | None = None
    style_range: list[float] | None = None
    speed_range: list[float] | None = None
    use_speaker_boost: bool | None = None
    model: str = ""
    model_id: str = ""
    output_format: str = DEFAULT_FORMAT
    reuse_identical: bool = True

    def asked_settings(self) -> dict[str, Any]:
        ranges = {name: getattr(self, f"{name}_range") for name in RANGES}
        named = {**ranges, "use_speaker_boost": self.use_speaker_boost, **self.settings}
        return {name: value for name, value in named.items() if value is not None}

    def ask(self, series: Series) -> GenerationOrder:
        voices = [find_named_voice(address) for address in self.voices]
        wanted = self.variants_per_line if self.takes is None else self.takes
        voices += [find_provider_voice(voice_id) for voice_id in self.voice_ids]
        return GenerationOrder(
            series=series,
            language=self.language,
            voices=voices,
            takes=3 if wanted is None else wanted,
            lines=self.lines,
            without_audio=self.without_audio,
            settings=self.asked_settings(),
            model=self.model or self.model_id,
            output_format=self.output_format,
            reuse_identical=self.reuse_identical,
        )


@router.post("/generate", auth=scope("edit:job"), response={202: dict[str, Any]})
def generate(request: HttpRequest, order: GenerateBody) -> Status[dict[str, Any]]:
    """Order takes. Answers at once with a `task_id`; nothing is written when anything is wrong.

    Lines that cannot be spoken (placeholder, empty, markup only) are left out and named.
    """
    script = order.script_csv_content
    # A new Series, its script and the order are written together or not at all.
    with transaction.atomic() if script else nullcontext():
        series = find_or_make_series(request, order.series or order.skin_name, make=bool(script))
        run = runs.generate(
            order.ask(series), by=request.user, script=script.encode("utf-8", "surrogatepass")
        )
    left_out = {"left_out": run.left_out} if run.left_out else {}
    return Status(202, {"task_id": str(run.task_id), **left_out})


@router.get("/generate/{task_id}/status", auth=scope("read:job"), response=dict[str, Any])
def status(request: HttpRequest, task_id: UUID) -> dict[str, Any]:
    """How far a run is: state, counts, per cent, time, cost, and each of its batches."""
    runs = visible_to(request.user, Run.with_previews.select_related("series"), "series")
    run = runs.filter(task_id=task_id).first()
    if run is None:
        raise Missing(f"There is no run {task_id}.")
    return run_report(run)


def find_or_make_series(request: HttpRequest, slug: str, *, make: bool) -> Series:
    """The Series, if the person may generate for it; a new one for a script, if they may that."""
    series = Series.objects.filter(slug=slug).first()
    if series is None and slug and make and request.user.has_perm("catalog.add_series"):
        return create_series(slug, by=request.user)
    needed = ("generate", "edit") if make else ("generate",)
    if series is None or not all(may(request.user, name, series) for name in needed):
        raise Invalid({"series": f"There is no Series {slug!r} that you may do this with."})
    return series


def find_named_voice(address: str) -> Voice:
    try:
        return find_voice(address)
    except Missing as error:
        raise Invalid({"voices": str(error)}) from error


def find_provider_voice(voice_id: str) -> Voice:
    """A voice by its provider's id alone, when only one provider has it."""
    if ":" in voice_id:
        return find_named_voice(voice_id)
    found = list(Voice.objects.present().filter(provider_voice_id=voice_id)[:2])
    if len(found) != 1:
        raise Invalid({"voice_ids": f"{voice_id!r} names no voice, or several: use alias:id."})
    return found[0]
