"""Surveys a foreign tree of takes: its batches, and the content of their folders.

Symbolic links are never followed; links to files and folders are refused.
"""

import errno
import os
import stat as modes
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from apps.audio.containers.wav import is_wav
from apps.audio.errors import AudioError
from apps.audio.examining import Examined, ExamineOptions
from apps.core.english import listed
from apps.storage.keys import BadName, check_name
from apps.takes.models.ranking import RANKS
from apps.takes.rendering.measuring import MeasurerDied, Measurers
from apps.takes.transfer.reading import Document, Record, read_document

SHOWN = 5  # names in one sentence
DEPTH = 3  # <skin>/<voice>/<batch>
MEGABYTE = 1 << 20
LARGEST_DOCUMENT = 64 * MEGABYTE  # a document of 100,000 takes has 30 MB
LARGEST_TAKE = 150 * MEGABYTE  # an hour, the longest recording that is read, at 320 kbps

A = TypeVar("A")
B = TypeVar("B")


class BadFile(Exception):
    """The file cannot be taken in; the message says why."""


@dataclass(slots=True)
class BatchSurvey:
    """The content of a batch's folder. `faults` are the reasons against its import."""

    folder: Path
    document: Document = field(default_factory=Document)
    locked_at: datetime | None = None
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def find_batches(folder: Path) -> Iterator[Path]:
    """The batch folders in a root, or in one skin, voice or batch folder, by name; none hidden.

    Links to folders and unreadable folders are included, so that the import refuses them by name.
    """
    for depth in range(DEPTH, -1, -1):
        if any(map(_looks_like_batch, _below(folder, depth))):
            yield from (
                path
                for path in _below(folder, depth)
                if _is_closed(path) or _looks_like_batch(path)
            )
            return


def survey(folder: Path) -> BatchSurvey:
    """Read metadata.json, the names in takes/ and ranked/, and LOCKED, but no audio."""
    found = BatchSurvey(folder)
    if folder.is_symlink():
        found.document.faults.append("It was not read.")
        found.faults.append("The folder is a link; name the folder that it leads to.")
        return found
    try:
        data = read_file(folder / "metadata.json", LARGEST_DOCUMENT)
    except BadFile as error:
        found.document.faults.append(f"It {error}.")
        found.faults.append(f"metadata.json {error}.")
        return found
    found.document = document = read_document(data)
    document.voice_name = document.voice_name or folder.parent.name
    document.skin_name = document.skin_name or folder.parent.parent.name
    found.faults += [f"metadata.json: {fault}" for fault in document.faults]
    found.notes += [*document.notes, *_other_names(found)]
    try:
        _look_at_files(found)
    except OSError as error:
        found.faults.append(f"The folder cannot be read ({error.strerror}).")
    return found


def read_file(path: Path, most: int) -> bytes:
    """The bytes of a regular file of at most `most` bytes. Raises BadFile, also for links."""
    try:
        # O_NONBLOCK: opening a pipe would otherwise wait for its writer for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise BadFile(_why_not_opened(error)) from error
    try:
        _check_file(os.fstat(descriptor), most)
        # After the check: fdopen of a folder raises and leaves the descriptor open.
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(most)
    finally:
        os.close(descriptor)


def _check_file(status: os.stat_result, most: int) -> None:
    if not modes.S_ISREG(status.st_mode):
        raise BadFile("is a folder, not a file" if modes.S_ISDIR(status.st_mode) else "is no file")
    if status.st_size > most:
        raise BadFile(f"is larger than {most // MEGABYTE} MB")


def examined_takes(
    found: BatchSurvey, measurers: Measurers, max_durations: Mapping[str, float | None]
) -> Iterator[tuple[Record, Examined | str]]:
    """Every record with its examined file, or with the reason of a failure, in order.

    `max_durations` are the lines' limits in seconds, by line key. The files' bytes are not kept.
    Records whose file has no safe name are left out.
    """
    takes = found.folder / "takes"

    def measured(record: Record) -> tuple[Record, Examined | str]:
        order = ExamineOptions(output_format="", max_duration=max_durations.get(record.line))
        return record, _examined(takes / record.file, order, measurers)

    records = (record for record in found.document.records if _is_name(record.file))
    return in_order(measured, records, measurers.processes + 1)


def in_order(act: Callable[[A], B], things: Iterable[A], threads: int) -> Iterator[B]:
    """The results of `act` in the order of `things`; only a few things are in work at a time."""
    waiting: deque[Future[B]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for thing in things:
            waiting.append(pool.submit(act, thing))
            if len(waiting) > 2 * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _below(folder: Path, depth: int) -> Iterator[Path]:
    if depth == 0 or _is_closed(folder):
        yield folder
        return
    with os.scandir(folder) as entries:
        names = sorted(
            entry.name for entry in entries if entry.is_dir() and not entry.name.startswith(".")
        )
    for name in names:
        yield from _below(folder / name, depth - 1)


def _is_closed(path: Path) -> bool:
    return path.is_symlink() or not os.access(path, os.R_OK | os.X_OK)


def _looks_like_batch(path: Path) -> bool:
    if _is_closed(path):
        return False
    return os.path.lexists(path / "metadata.json") or (path / "takes").is_dir()


def _other_names(found: BatchSurvey) -> Iterator[str]:
    document, folder = found.document, found.folder
    names = (document.batch_id, document.voice_name, document.skin_name)
    for name, parent in zip(names, (folder, *folder.parents), strict=False):
        if name and name != parent.name:
            yield f"It calls itself {name!r} and lies in {parent.name!r}; its own name is used."


def _look_at_files(found: BatchSurvey) -> None:
    takes = found.folder / "takes"
    if takes.is_symlink() or not takes.is_dir():
        found.faults.append("takes/ is no folder.")
        return
    named = {record.file for record in found.document.records}
    with os.scandir(takes) as entries:
        is_link = {entry.name: entry.is_symlink() for entry in entries}
    # Links that the document names are refused when they are opened.
    for name in sorted(name for name in set(is_link) - named if is_link[name]):
        found.faults.append(f"takes/{name} is a link; only real files are taken in.")
    if named and (others := sorted(set(is_link) - named)):
        found.notes.append(f"takes/ has what metadata.json does not name: {listed(others, SHOWN)}.")
    found.notes += _other_links(found)
    found.locked_at = _locked_at(found)


def _other_links(found: BatchSurvey) -> Iterator[str]:
    stated = set(found.document.stated.items())
    linked = set()
    for rank in RANKS:
        folder = found.folder / "ranked" / f"{rank:02}"
        if folder.is_dir() and _is_inside(folder, found.folder):
            linked |= {(name, rank) for name in os.listdir(folder)}
    if differing := {name for name, _rank in stated ^ linked}:
        yield (
            f"ranked/ and metadata.json differ on {listed(sorted(differing), SHOWN)}; "
            "metadata.json is followed."
        )


def _is_inside(path: Path, folder: Path) -> bool:
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def _locked_at(found: BatchSurvey) -> datetime | None:
    """The time of the lock in metadata.json, else the time of the file LOCKED."""
    try:
        status = os.lstat(found.folder / "LOCKED")
    except OSError:
        return None
    return found.document.ranked_at or datetime.fromtimestamp(int(status.st_mtime), UTC)


def _examined(path: Path, order: ExamineOptions, measurers: Measurers) -> Examined | str:
    try:
        data = read_file(path, LARGEST_TAKE)
        if is_wav(data):
            return f"takes/{path.name} is a WAV file under the name of an MP3; convert it."
        return replace(measurers.examine(data, order), data=b"")
    except BadFile as error:
        return f"takes/{path.name} {error}."
    except (AudioError, MeasurerDied) as error:
        return f"takes/{path.name}: {error}"


def _is_name(text: str) -> bool:
    try:
        check_name(text)
    except BadName:
        return False
    return True


def _why_not_opened(error: OSError) -> str:
    if error.errno == errno.ENOENT:
        return "is missing"
    if error.errno == errno.ELOOP:
        return "is a link; only real files are read"
    return f"cannot be read ({error.strerror})"
