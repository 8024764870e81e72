"""From what a person or a program asks for to a list of TakeRequests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from django.db.models import Exists, OuterRef

from apps.audit.services import Actor
from apps.catalog.models import Language, Line, Series
from apps.core.errors import Invalid
from apps.providers.base import Provider, ProviderError
from apps.providers.registry import get_provider
from apps.takes.models import Take
from apps.takes.ordering.planning import OrderPlan, plan_order
from apps.takes.ordering.take_requests import DEFAULT_FORMAT, TakeRequest, lines_by_voices
from apps.voices.library.speech_settings import setting_errors
from apps.voices.models import Voice

MOST_TAKES_PER_LINE = 20


@dataclass(frozen=True)
class GenerationOrder:
    """A generate form, filled in: lines × voices × takes with settings.

    `language` is a tag (empty: the Series' default language).
    `lines` is a pattern such as `Intro_*` (empty: all); `line_pks` narrows to chosen lines;
    `without_audio` leaves out lines that have a complete take. `settings` holds values or
    ranges `[low, high]`.
    """

    series: Series
    language: str
    voices: Sequence[Voice]
    takes: int = 3
    lines: str = ""
    line_pks: Sequence[int] = ()
    without_audio: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)
    model: str = ""
    output_format: str = DEFAULT_FORMAT
    reuse_identical: bool = True

    def requests(self) -> list[TakeRequest]:
        """Raises Invalid with all that is wrong in the form; lines are checked when ordering."""
        errors = self._errors()
        try:
            lines = self.chosen_lines()
        except Invalid as error:
            errors.update(error.errors)
        if errors:
            raise Invalid(errors)
        return lines_by_voices(
            lines,
            self.voices,
            takes=self.takes,
            settings=self.settings,
            model=self.model,
            output_format=self.output_format,
        )

    def _errors(self) -> dict[str, str]:
        errors = {}
        if not 1 <= self.takes <= MOST_TAKES_PER_LINE:
            errors["takes"] = f"Ask for 1 to {MOST_TAKES_PER_LINE} takes of each line."
        if not self.voices:
            errors["voices"] = "Choose at least one voice."
        for alias in {voice.provider for voice in self.voices}:
            provider = find_provider(alias)
            errors.update(setting_errors(self.settings, self.model, self.output_format, provider))
        return errors

    def chosen_lines(self) -> list[Line]:
        """Current lines in script order; ordering leaves out those that cannot be spoken."""
        language = find_language(self.series, self.language)
        lines = Line.objects.current().filter(language=language)
        if self.line_pks:
            lines = lines.filter(pk__in=self.line_pks)
        if self.without_audio:
            has_audio = Take.objects.complete().filter(line=OuterRef("pk"))
            lines = lines.filter(~Exists(has_audio))
        chosen = lines.select_related("series", "language").order_by("position", "pk")
        if not self.lines:
            return list(chosen)
        return [line for line in chosen if fnmatchcase(line.key, self.lines)]

    def params(self) -> dict[str, Any]:
        """What was asked, as `generation_params` in metadata.json shows it."""
        return {
            "skin_name": self.series.slug,
            "language": self.language,
            "voices": [voice.address for voice in self.voices],
            "voice_ids": [voice.provider_voice_id for voice in self.voices],
            "variants_per_line": self.takes,
            "lines": self.lines,
            "without_audio": self.without_audio,
            "settings": dict(self.settings),
            "model": self.model,
            "output_format": self.output_format,
        }

    def plan(self, *, by: Actor) -> OrderPlan:
        """What ordering this would do and cost, with nothing written. Raises Invalid."""
        return plan_order(self.requests(), by=by, reuse_identical=self.reuse_identical)


def find_provider(alias: str) -> Provider:
    try:
        return get_provider(alias)
    except ProviderError as error:
        raise Invalid({"voices": str(error)}) from error


def find_series(slug: str) -> Series:
    try:
        return Series.objects.get(slug=slug)
    except Series.DoesNotExist:
        raise Invalid({"series": f"There is no Series {slug!r}."}) from None


def find_language(series: Series, tag: str) -> Language:
    """The language of a Series by its tag, upper or lower case; its default one when empty."""
    tag = tag or series.default_language
    found = series.languages.filter(tag__iexact=tag).first()
    if found is None:
        known = ", ".join(series.languages.values_list("tag", flat=True)) or "none yet"
        raise Invalid({"language": f"{series} has no lines in {tag!r} (it has: {known})."})
    return found
