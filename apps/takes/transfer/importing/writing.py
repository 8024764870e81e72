"""Copying the files of a checked batch, and writing its rows."""

import hashlib
from datetime import UTC, datetime
from functools import partial

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.audit.services import Actor, record
from apps.catalog.models import Series
from apps.catalog.series.services import create_series
from apps.storage.classes import AssetClass
from apps.storage.places import Place, get_place
from apps.takes import tree
from apps.takes.models import Batch, Finding, Run, Take
from apps.takes.models.audio import keep_waveforms
from apps.takes.transfer.importing.candidates import Candidate, Refused
from apps.takes.transfer.importing.checking import held_by_another
from apps.takes.transfer.importing.scripts import add_missing_lines
from apps.takes.transfer.reading import voice_of
from apps.takes.transfer.surveying import LARGEST_TAKE, BadFile, in_order, read_file
from apps.voices.library.services import import_voice, link_voices
from apps.voices.models import Voice

COPYING_THREADS = 8
ROWS = 1000  # written by one statement


def copy_files(candidate: Candidate) -> None:
    """Copy the takes to where they belong; a file that is there already is adopted.

    Raises Refused when a file is not the one that was checked, and StorageError. Files that
    were copied until then stay: they are nobody's until an import adopts them.
    """
    copy = partial(_copy, candidate, get_place("takes"))
    for _done in in_order(copy, [found.take for found in candidate.takes], COPYING_THREADS):
        pass


def write_rows(candidate: Candidate, *, by: Actor) -> Batch:
    """Write everything that the batch needs, and its directory. Raises Refused, StorageError."""
    try:
        with transaction.atomic():
            return _write(candidate, by)
    except IntegrityError as error:
        raise Refused(["Somebody wrote the same rows at this moment. Import again."]) from error


def _copy(candidate: Candidate, place: Place, take: Take) -> None:
    key = candidate.key(take.file_name)
    try:
        data = read_file(candidate.survey.folder / "takes" / take.file_name, LARGEST_TAKE)
    except BadFile as error:
        raise Refused([f"takes/{take.file_name} {error}."]) from error
    if hashlib.sha256(data).hexdigest() != take.sha256:
        raise Refused([f"takes/{take.file_name} was changed while it was imported."])
    created = place.create(key, data, asset_class=AssetClass.TAKE)
    if not (created or place.verify(key, take.sha256)):
        raise Refused([held_by_another(key)])


def _write(candidate: Candidate, by: Actor) -> Batch:
    series = _ensure_series(candidate, by)
    add_missing_lines(candidate)
    voice = _ensure_voice(candidate, by)
    link_voices(series, [voice], by=by)
    batch = _create_batch(candidate, voice)
    takes = _write_takes(candidate, batch)
    tree.rebuild(batch)
    record(
        "batch.imported",
        batch,
        by=by,
        takes=len(takes),
        ranked=sum(take.rank is not None for take in takes),
        imported_from=candidate.folder_name,
    )
    return batch


def _ensure_series(candidate: Candidate, by: Actor) -> Series:
    if candidate.series.pk is None:
        slug = candidate.series.slug
        candidate.series = create_series(slug, default_language=candidate.tag, by=by)
    return candidate.series


def _ensure_voice(candidate: Candidate, by: Actor) -> Voice:
    """The one voice that has this id; of several that of the provider which the batch names."""
    document = candidate.survey.document
    name, voice_id = voice_of(document)
    voices = list(Voice.objects.filter(provider_voice_id=voice_id)[:20])
    if len(voices) > 1:
        voices = [one for one in voices if one.provider == document.params.get("provider")]
    return voices[0] if voices else import_voice(name, voice_id, by=by)


def _create_batch(candidate: Candidate, voice: Voice) -> Batch:
    document, now = candidate.survey.document, timezone.now()
    lines = candidate.known_lines(candidate.texts())
    run = Run.objects.create(
        series=candidate.series,
        language=next(iter(lines.values())).language,
        kind=Run.Kind.IMPORT,
        params={"imported_from": candidate.folder_name},
        finished_at=now,
    )
    return Batch.objects.create(
        series=candidate.series,
        run=run,
        voice=voice,
        batch_id=document.batch_id,
        path=candidate.path,
        params=document.params,
        generated_at=document.generated_at or _time_of(candidate),
        ranked_at=document.ranked_at,
        locked_at=candidate.survey.locked_at,
    )


def _time_of(candidate: Candidate) -> datetime:
    """When `metadata.json` was written."""
    status = (candidate.survey.folder / "metadata.json").stat()
    return datetime.fromtimestamp(int(status.st_mtime), UTC)


def _write_takes(candidate: Candidate, batch: Batch) -> list[Take]:
    lines = candidate.known_lines(found.line for found in candidate.takes)
    for found in candidate.takes:
        found.take.series, found.take.run, found.take.batch = batch.series, batch.run, batch
        found.take.line = lines[found.line]
        found.take.finished_at = batch.generated_at
    takes = Take.objects.bulk_create((found.take for found in candidate.takes), batch_size=ROWS)
    findings = []
    for found in candidate.takes:
        for finding in found.findings:
            finding.take = found.take
            findings.append(finding)
    Finding.objects.bulk_create(findings, batch_size=ROWS)
    keep_waveforms(found.waveform for found in candidate.takes)
    return takes
