"""A batch on its way in, and where it is to go."""

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
    """The batch was not taken in, and no row of it written; `reasons` says all that is wrong."""

    def __init__(self, reasons: Iterable[str]) -> None:
        self.reasons = list(reasons)
        super().__init__(" ".join(self.reasons))


@dataclass(frozen=True, slots=True)
class MeasuredTake:
    """One take, measured; it has no batch and no line yet. `line` is the key."""

    take: Take
    line: str
    findings: list[Finding]
    waveform: Waveform


@dataclass
class Candidate:
    """A batch that is to be taken in. `series` is not saved when it does not exist yet; `tag`
    is the language of its lines; `takes` are there once they were checked.
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
        """For people and the record: `<skin>/<voice>/<batch>` as it lay there."""
        return "/".join(self.survey.folder.parts[-3:])

    def texts(self) -> dict[str, str]:
        """By line key, in the order of the document; of several the one of the last take."""
        newest: dict[str, Record] = {}
        for one in self.survey.document.records:
            known = newest.setdefault(one.line, one)
            if known.number < one.number:
                newest[one.line] = one
        return {key: one.text for key, one in newest.items()}

    def known_lines(self, keys: Iterable[str]) -> Mapping[str, Line]:
        """The lines of these keys that the Series has already."""
        found: dict[str, Line] = {}
        wanted = list(keys) if self.series.pk else []
        for start in range(0, len(wanted), CHUNK):
            rows = Line.objects.filter(
                series=self.series, language__tag=self.tag, key__in=wanted[start : start + CHUNK]
            )
            found.update({line.key: line for line in rows})
        return found


def candidate_of(survey: BatchSurvey, slug: str, tag: str) -> Candidate:
    """The batch with the Series that it is to belong to, which may have to be made.

    `slug` is the one that a person named; else the skin's name is. A name that cannot be a
    Series is one more fault of the survey.
    """
    slug = slug or survey.document.skin_name
    try:
        check_name(slug)
        series = Series.objects.filter(slug=slug).first()
        return Candidate(survey, series or new_series(slug, default_language=tag), tag)
    except (BadName, Invalid) as error:
        if slug:  # without one, more is wrong than that
            survey.faults.append(f"{slug!r:.60} cannot be a Series. {error}")
        return Candidate(survey, Series(slug=slug), tag)
