"""Directories of batches: taken in, mended, handed over."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from django.conf import settings
from django.db import transaction

from apps.audit.services import Actor, record
from apps.catalog.language_tags import normal_tag
from apps.core.errors import DomainError
from apps.storage.errors import StorageError
from apps.storage.keys import BadName
from apps.takes import tree
from apps.takes.models import Batch
from apps.takes.models.holding import hold_batch
from apps.takes.rendering.measuring import Measurers
from apps.takes.transfer import exporting, importing
from apps.takes.transfer.exporting import Export, Exported
from apps.takes.transfer.importing import Candidate, Progress, Refused
from apps.takes.transfer.surveying import find_batches, survey
from apps.takes.tree import Rebuilt

COPIES_STAY = (
    "Takes that were copied stay where they are; the next import of the batch adopts them."
)


class Fate(StrEnum):
    """What became of a batch of a foreign tree."""

    IMPORTED = "imported"
    IMPORTABLE = "importable"
    HERE = "already there"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Report:
    """One batch of a foreign tree. `reasons` are why it was refused, all of them."""

    folder: str
    batch_id: str
    fate: Fate
    takes: int = 0
    ranked: int = 0
    notes: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)


def import_tree(
    folder: Path,
    language: str,
    *,
    by: Actor,
    series: str = "",
    dry_run: bool = False,
    progress: Progress = lambda done, total: None,
) -> Iterator[Report]:
    """Take in the batches of a tree one by one, each whole or not at all.

    `language` is the tag of their lines; `series` the slug of the Series that gets them, else
    it is the name of their skin. `progress` is told of takes measured in the present batch.
    Raises BadTag, and OSError when the folder itself cannot be read.
    """
    tag = normal_tag(language)
    # Before threads: the processes that measure are forked.
    measurers = Measurers(settings.MEASURING_PROCESSES)
    try:
        for path in find_batches(folder):
            candidate = importing.candidate_of(survey(path), series, tag)
            yield _taken_in(candidate, measurers, progress, by=by, dry_run=dry_run)
    finally:
        measurers.close()


@transaction.atomic
def rebuild_tree(batch: Batch, *, by: Actor) -> Rebuilt:
    """Write metadata.json, ranked/ and LOCKED anew. Raises StorageError, BadName."""
    held = hold_batch(batch.pk)
    rebuilt = tree.rebuild(held)
    record("batch.rebuilt", held, by=by, missing=len(rebuilt.missing), alien=len(rebuilt.alien))
    return rebuilt


def export_batch(export: Export, target: Path, *, by: Actor) -> Exported:
    """Hand over the planned takes as a folder, or as one ZIP when `target` is called so.

    Raises ExportRefused, StorageError, and OSError of the target.
    """
    done = exporting.write(export, target)
    if done.written:
        takes = len(export.winners)
        record("batch.exported", export.batch, by=by, ranks=export.ranks, takes=takes)
    return done


def _taken_in(
    candidate: Candidate, measurers: Measurers, progress: Progress, *, by: Actor, dry_run: bool
) -> Report:
    try:
        if importing.is_here(candidate):
            return _report(candidate, Fate.HERE)
        importing.check(candidate, measurers, progress)
        if dry_run:
            return _report(candidate, Fate.IMPORTABLE)
        importing.copy_files(candidate)
        importing.write_rows(candidate, by=by)
    except Refused as error:
        return _report(candidate, Fate.REFUSED, error.reasons)
    except StorageError as error:
        return _report(candidate, Fate.REFUSED, [str(error), COPIES_STAY])
    except (DomainError, BadName) as error:
        return _report(candidate, Fate.REFUSED, [str(error)])
    return _report(candidate, Fate.IMPORTED)


def _report(candidate: Candidate, fate: Fate, reasons: Sequence[str] = ()) -> Report:
    document = candidate.survey.document
    return Report(
        folder=candidate.folder_name,
        batch_id=document.batch_id,
        fate=fate,
        takes=len(document.records),
        ranked=sum(one.rank is not None for one in document.records),
        notes=candidate.survey.notes,
        reasons=list(reasons),
    )
