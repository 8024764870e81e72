"""Checking a whole batch before anything of it is written."""

from collections.abc import Mapping
from typing import Any

from apps.audio.examining import Examined
from apps.audio.formats import UnknownFormat, parse_format
from apps.catalog.texts import spoken_text
from apps.storage.keys import BadName, check_key, check_name
from apps.storage.places import Place, get_place
from apps.takes.models import Take
from apps.takes.models.audio import facts_of, waveform_of
from apps.takes.ordering.take_requests import DEFAULT_FORMAT
from apps.takes.rendering import keeping
from apps.takes.rendering.measuring import Measurers
from apps.takes.transfer.importing.candidates import Candidate, MeasuredTake, Progress, Refused
from apps.takes.transfer.importing.scripts import line_faults
from apps.takes.transfer.reading import Record, voice_of
from apps.takes.transfer.surveying import examined_takes

MOST_OF_VOICE = 100  # characters of its name, and of its id
MOST_OF_MODEL = 60


def check(candidate: Candidate, measurers: Measurers, progress: Progress) -> None:
    """Measure every take and compare the batch with what is here.

    Raises Refused with all that is wrong, and StorageError.
    """
    faults = list(candidate.survey.faults)
    # What metadata.json says is of use only where all of it could be read.
    if not candidate.survey.document.faults:
        faults += [*_name_faults(candidate), *line_faults(candidate)]
    faults += _measure(candidate, measurers, progress)
    if not faults:
        faults = _occupied_keys(candidate, get_place("takes"))
    if faults:
        raise Refused(faults)


def held_by_another(key: str) -> str:
    return f"Another file lies at {key}; it was left as it is. Move it away, then import again."


def _name_faults(candidate: Candidate) -> list[str]:
    document = candidate.survey.document
    faults = []
    for check_it, name in (
        (check_name, candidate.survey.folder.name),
        (check_name, document.voice_name),
        (check_key, candidate.path),
    ):
        try:
            check_it(name)
        except BadName as error:
            faults.append(str(error))
    voice = voice_of(document)
    if not voice[1] or max(map(len, voice)) > MOST_OF_VOICE:
        faults.append(f"voice_name {document.voice_name!r:.60} is no <VoiceName-VoiceID>.")
    return faults


def _measure(candidate: Candidate, measurers: Measurers, progress: Progress) -> list[str]:
    """Fill in the takes; why some could not be."""
    document = candidate.survey.document
    lines = candidate.known_lines(candidate.texts())
    limits = {key: line.max_duration for key, line in lines.items()}
    faults = []
    measured = examined_takes(candidate.survey, measurers, limits)
    for number, (one, examined) in enumerate(measured, start=1):
        if isinstance(examined, str):
            faults.append(examined)
        else:
            candidate.takes.append(_found(one, examined, document.params))
        progress(number, len(document.records))
    return faults


def _occupied_keys(candidate: Candidate, place: Place) -> list[str]:
    """Files that lie where a take belongs and are not that take."""
    there = {entry.key for entry in place.list(candidate.key(""))}
    keys = {candidate.key(found.take.file_name): found.take for found in candidate.takes}
    return [
        held_by_another(key)
        for key, take in keys.items()
        if key in there and not place.verify(key, take.sha256)
    ]


def _found(one: Record, examined: Examined, params: Mapping[str, Any]) -> MeasuredTake:
    take = Take(
        take_number=one.number,
        file_name=one.file,
        origin=Take.Origin.IMPORTED,
        text=one.text,
        spoken_text=spoken_text(one.text),
        model=_model(params),
        settings=one.settings,
        output_format=_output_format(params),
        status=Take.Status.COMPLETE,
        rank=one.rank,
        ranked_at=one.ranked_at,
        **facts_of(examined),
    )
    return MeasuredTake(take, one.line, keeping.findings(take, examined), waveform_of(examined))


def _model(params: Mapping[str, Any]) -> str:
    named = params.get("model") or params.get("model_id")
    return named if isinstance(named, str) and len(named) <= MOST_OF_MODEL else ""


def _output_format(params: Mapping[str, Any]) -> str:
    """As the batch was ordered: what its trimmed takes will be encoded to."""
    named = params.get("output_format")
    try:
        is_mp3 = isinstance(named, str) and parse_format(named).codec == "mp3"
    except UnknownFormat:
        is_mp3 = False
    return str(named) if is_mp3 else DEFAULT_FORMAT
