"""Exports takes of a batch by rank, as files in `01/`, `02/` … and a `metadata.json`.

The bytes are not changed, and a file with other content is never overwritten.
"""

import hashlib
import json
import os
import uuid
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from typing import IO

from apps.core.english import listed
from apps.core.errors import DomainError, Invalid
from apps.storage.errors import ObjectMissing
from apps.storage.places import Place, get_place
from apps.takes import tree
from apps.takes.models import Batch, Take
from apps.takes.models.ranking import RANKS

METADATA = "metadata.json"
BLOCK = 1 << 20  # bytes
SHOWN = 20  # names in one sentence
EARLIEST = (1980, 1, 1, 0, 0, 0)  # the earliest time in a ZIP


class ExportRefused(DomainError):
    """The export was refused; no file was overwritten or left half-written."""


@dataclass(frozen=True, slots=True)
class Winner:
    """One take of an export, and its path in the export."""

    take: Take
    path: str


@dataclass(frozen=True, slots=True)
class Export:
    """The takes of an export. `metadata` is the content of a file about these takes only."""

    batch: Batch
    ranks: list[int]
    winners: list[Winner]
    metadata: bytes


@dataclass(slots=True)
class Exported:
    """The written paths, and the paths that existed already with the right content."""

    written: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)


def plan_export(batch: Batch, ranks: Sequence[int]) -> Export:
    """The takes of these ranks, best first. Raises Invalid, and ExportRefused without takes."""
    if not ranks or not set(ranks) <= set(RANKS):
        raise Invalid({"ranks": "Name ranks from 1 to 5, such as 1,2."})
    chosen = sorted(set(ranks))
    takes = batch.takes.complete().filter(rank__in=chosen).select_related("batch")
    ordered = takes.order_by("rank", "line__position", "line__id")
    winners = [Winner(take, f"{take.rank:02}/{take.file_name}") for take in ordered]
    if not winners:
        named = ", ".join(map(str, chosen))
        raise ExportRefused(f"No take of {batch.batch_id} has rank {named}: rank some first.")
    _require_files(winners)
    return Export(batch, chosen, winners, _metadata(batch, winners))


def compare(export: Export, target: Path) -> Exported:
    """The paths that `write` would write. Raises ExportRefused for a file with other content."""
    return _compare_zip(export, target) if is_zip(target) else _compare_folder(export, target)


def write(export: Export, target: Path) -> Exported:
    """Write the missing files to a folder, which may exist, or to one ZIP (by the name's ending).

    Raises ExportRefused, StorageError, and OSError of the target.
    """
    found = compare(export, target)
    if is_zip(target):
        if found.written:
            with _new_file(target) as temporary:
                _fill_zip(export, temporary)
        return found
    missing, place = set(found.written), get_place("takes")
    for winner in export.winners:
        if winner.path in missing:
            with _new_file(target / winner.path) as temporary:
                _copy(place, winner.take, temporary)
    if METADATA in missing:
        with _new_file(target / METADATA) as temporary:
            temporary.write_bytes(export.metadata)
    return found


def is_zip(target: Path) -> bool:
    return target.suffix.lower() == ".zip" and not target.is_dir()


def _compare_folder(export: Export, folder: Path) -> Exported:
    found, others = Exported(), []
    for path, sha256 in _contents(export):
        target = folder / path
        if not os.path.lexists(target):
            found.written.append(path)
        elif target.is_file() and _sha256_of(target) == sha256:
            found.unchanged.append(path)
        else:
            others.append(str(target))
    if others:
        raise ExportRefused(
            f"{listed(others, SHOWN)}: something else is there, and was left as it is."
        )
    return found


def _compare_zip(export: Export, file: Path) -> Exported:
    contents = dict(_contents(export))
    if not os.path.lexists(file):
        return Exported(written=list(contents))
    if not file.is_file() or _contents_of_zip(file) != contents:
        raise ExportRefused(f"{file}: something else is there, and was left as it is.")
    return Exported(unchanged=list(contents))


def _contents_of_zip(file: Path) -> dict[str, str]:
    """Paths and SHA-256 of a ZIP's files; empty for a file that is no readable ZIP."""
    found = {}
    try:
        with zipfile.ZipFile(file) as archive:
            for name in archive.namelist():
                found[name] = _digest(archive.open(name))
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError):
        return {}
    return found


def _contents(export: Export) -> Iterator[tuple[str, str]]:
    """Paths and SHA-256 of all files; the metadata comes last, after its takes."""
    for winner in export.winners:
        yield winner.path, winner.take.sha256
    yield METADATA, hashlib.sha256(export.metadata).hexdigest()


def _metadata(batch: Batch, winners: Iterable[Winner]) -> bytes:
    chosen = {winner.take.file_name for winner in winners}
    document = tree.metadata(batch)
    document["takes"] = [take for take in document["takes"] if take["file"] in chosen]
    return json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n"


def _require_files(winners: Iterable[Winner]) -> None:
    place = get_place("takes")
    lost = [winner.take.file_name for winner in winners if not place.exists(winner.take.key)]
    if lost:
        raise ExportRefused(f"The storage has lost {listed(lost, SHOWN)}. Nothing was written.")


def _copy(place: Place, take: Take, target: Path) -> None:
    with target.open("wb") as file:
        for block in _checked(place, take):
            file.write(block)


def _checked(place: Place, take: Take) -> Iterator[bytes]:
    """The blocks of the take's file. Raises ExportRefused when their SHA-256 is another."""
    digest = hashlib.sha256()
    try:
        with place.open(take.key) as stream:
            for block in stream:
                digest.update(block)
                yield block
    except ObjectMissing as error:
        raise ExportRefused(f"The storage has lost {take.file_name}.") from error
    if digest.hexdigest() != take.sha256:
        raise ExportRefused(
            f"{take.key} is no longer the file that was ranked, so it was not handed over. "
            "Restore it from a backup."
        )


def _fill_zip(export: Export, temporary: Path) -> None:
    place = get_place("takes")
    with zipfile.ZipFile(temporary, "w") as archive:
        for winner in export.winners:
            info = _info(winner.path, export.batch)
            with archive.open(info, "w") as entry:
                for block in _checked(place, winner.take):
                    entry.write(block)
        archive.writestr(_info(METADATA, export.batch), export.metadata)


def _info(path: str, batch: Batch) -> zipfile.ZipInfo:
    """The ZIP entry, not compressed, as MP3 does not shrink; with the time of the batch."""
    moment = (batch.generated_at or batch.created_at).astimezone(UTC).timetuple()[:6]
    info = zipfile.ZipInfo(path, max(EARLIEST, moment))
    info.external_attr = 0o644 << 16
    return info


@contextmanager
def _new_file(target: Path) -> Iterator[Path]:
    """A temporary file that is moved to `target` after a complete write."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.parent / f".tmp-{uuid.uuid4().hex}"
    try:
        yield temporary
        _move(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def _move(temporary: Path, target: Path) -> None:
    """Claim the name first, so that a concurrent writer's file is not overwritten."""
    try:
        target.open("xb").close()
    except FileExistsError as error:
        raise ExportRefused(f"{target} was written by somebody else just now.") from error
    temporary.replace(target)


def _sha256_of(path: Path) -> str:
    return _digest(path.open("rb"))


def _digest(stream: IO[bytes]) -> str:
    """The SHA-256 (hex) of a stream; closes the stream."""
    digest = hashlib.sha256()
    with stream:
        while block := stream.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()
