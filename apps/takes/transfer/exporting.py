"""Handing over chosen takes of a batch as files: `01/`, `02/` … and their `metadata.json`.

Bytes are never changed, and no file that holds something else is written over.
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
EARLIEST = (1980, 1, 1, 0, 0, 0)  # of a time in a ZIP


class ExportRefused(DomainError):
    """Nothing was written over and nothing left half written; the message names the files."""


@dataclass(frozen=True, slots=True)
class Winner:
    """One take to be handed over, and its path in what is handed over."""

    take: Take
    path: str


@dataclass(frozen=True, slots=True)
class Export:
    """What is handed over of a batch. `metadata` is a file, of these takes only."""

    batch: Batch
    ranks: list[int]
    winners: list[Winner]
    metadata: bytes


@dataclass(slots=True)
class Exported:
    """The paths that were written, and those that were there already as they should be."""

    written: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)


def plan_export(batch: Batch, ranks: Sequence[int]) -> Export:
    """The takes of these ranks, best first. Raises Invalid, and ExportRefused without any."""
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
    """What writing there would do. Raises ExportRefused when something else is in the way."""
    return _compare_zip(export, target) if is_zip(target) else _compare_folder(export, target)


def write(export: Export, target: Path) -> Exported:
    """Write what is missing in a folder, which may exist, or one ZIP when it is called so.

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
    """As `_contents`; empty for what is no whole ZIP that anybody can open."""
    found = {}
    try:
        with zipfile.ZipFile(file) as archive:
            for name in archive.namelist():
                found[name] = _digest(archive.open(name))
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError):
        return {}
    return found


def _contents(export: Export) -> Iterator[tuple[str, str]]:
    """Paths and SHA-256 of everything; the metadata comes last, when its takes are there."""
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
    """The blocks of the take's file. Raises ExportRefused when they are not what was measured."""
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
    """Not compressed, as MP3 cannot be; the time is that of the batch."""
    moment = (batch.generated_at or batch.created_at).astimezone(UTC).timetuple()[:6]
    info = zipfile.ZipInfo(path, max(EARLIEST, moment))
    info.external_attr = 0o644 << 16
    return info


@contextmanager
def _new_file(target: Path) -> Iterator[Path]:
    """A temporary file that is moved to `target` when it is written whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.parent / f".tmp-{uuid.uuid4().hex}"
    try:
        yield temporary
        _move(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def _move(temporary: Path, target: Path) -> None:
    """Claim the name first: whoever has just written there is not written over."""
    try:
        target.open("xb").close()
    except FileExistsError as error:
        raise ExportRefused(f"{target} was written by somebody else just now.") from error
    temporary.replace(target)


def _sha256_of(path: Path) -> str:
    return _digest(path.open("rb"))


def _digest(stream: IO[bytes]) -> str:
    """SHA-256 (hex) of a stream, which is closed."""
    digest = hashlib.sha256()
    with stream:
        while block := stream.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()
