"""Candidate: a surveyed batch with the Series, tag and takes that its import would write."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from apps.catalog.models import Line, Series
from apps.catalog.series.services import new_series
from apps.core.errors import DomainError, Invalid
from apps.storage.keys import BadName, check_name
from apps.takes.models import Finding, Take, Waveform
from apps.takes.transfer.reading import Record
from apps.takes.transfer.surveying import BatchSurvey

CHUNK = 500  # keys in one query

Progress = Callable[[int, int], None]


class Refused(DomainError):
    """The batch was not imported, and no row written; `reasons` are all its faults."""

    def __init__(self, reasons: Iterable[str]) -> None:
        self.reasons = list(reasons)
        super().__init__(" ".join(self.reasons))


@dataclass(frozen=True, slots=True)
class MeasuredTake:
    """One measured take, before its batch and line exist. `line` is the line's key."""

    take: Take
    line: str
    findings: list[Finding]
    waveform: Waveform


@dataclass
class Candidate:
    """A batch to import. A new `series` is unsaved; `tag` is the language of the batch's lines;
    `check` fills `takes`.
    """

    survey: BatchSurvey
    series: Series
    tag: str
    takes: list[MeasuredTake] = field(default_factory=list)

    @property
    def path(self) -> str:
        document = self.survey.document
        return f"{self.series.slug}/{document.voice_name}/{document.batch_id}"

    def key(self, file_name: str) -> str:
        return f"{self.path}/takes/{file_name}"

    @property
    def folder_name(self) -> str:
        """The original `<skin>/<voice>/<batch>`, for messages and Events."""
        return "/".join(self.survey.folder.parts[-3:])

    def texts(self) -> dict[str, str]:
        """Texts by line key, in the order of the document; a line's last take decides."""
        newest: dict[str, Record] = {}
        for one in self.survey.document.records:
            known = newest.setdefault(one.line, one)
            if known.number < one.number:
                newest[one.line] = one
        return {key: one.text for key, one in newest.items()}

    def known_lines(self, keys: Iterable[str]) -> Mapping[str, Line]:
        """The existing lines of the Series with these keys."""
        found: dict[str, Line] = {}
        wanted = list(keys) if self.series.pk else []
        for start in range(0, len(wanted), CHUNK):
            rows = Line.objects.filter(
                series=self.series, language__tag=self.tag, key__in=wanted[start : start + CHUNK]
            )
            found.update({line.key: line for line in rows})
        return found


def candidate_of(survey: BatchSurvey, slug: str, tag: str) -> Candidate:
    """The batch with its Series, which is unsaved when no Series has the slug.

    `slug` defaults to the skin's name. A name that cannot be a Series is added to the
    faults of the survey.
    """
    slug = slug or survey.document.skin_name
    try:
        check_name(slug)
        series = Series.objects.filter(slug=slug).first()
        return Candidate(survey, series or new_series(slug, default_language=tag), tag)
    except (BadName, Invalid) as error:
        if slug:  # a missing slug has a fault already
            survey.faults.append(f"{slug!r:.60} cannot be a Series. {error}")
        return Candidate(survey, Series(slug=slug), tag)
