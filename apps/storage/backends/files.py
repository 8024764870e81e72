"""A place that is a folder on a disk."""

import errno
import os
import stat as modes
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from apps.storage.errors import LeadsOut, ObjectMissing
from apps.storage.keys import check_key
from apps.storage.objects import ListedObject, Stat
from apps.storage.places import Place
from apps.storage.reasons import Reason
from apps.storage.streams import Stream

# A leading dot: no key can have such a name, and listings leave it out.
TEMPORARY_PREFIX = ".tmp-"

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
IN_THE_WAY = {errno.EEXIST, errno.ENOTDIR, errno.EISDIR}
PASSING = {errno.EIO, errno.ESTALE, errno.EBUSY, errno.ETIMEDOUT, errno.EMFILE, errno.ENFILE}
NO_FILE = (FileNotFoundError, NotADirectoryError, IsADirectoryError)


class FilePlace(Place):
    supports_symlinks: ClassVar[bool] = True
    vendor_errors = (OSError,)

    def __init__(self, alias: str, storage: Any) -> None:
        super().__init__(alias, storage)
        self.root = Path(storage.location)

    def local_path(self, key: str, within: str = "") -> Path:
        """The file's path. Raises LeadsOut for a link out of the place's root, or of `within`."""
        path = self.root / check_key(key)
        self._confine(path, key, within)
        return path

    def symlink(self, key: str, target: str) -> None:
        check_key(target)
        with self._guarded("write", check_key(key)):
            path = self._writable(key)
            with _temporary_name(path.parent) as temporary:
                temporary.symlink_to(os.path.relpath(self.root / target, path.parent))
                temporary.replace(path)

    def make_folders(self, prefixes: Iterable[str]) -> None:
        for prefix in prefixes:
            with self._guarded("write", check_key(prefix)):
                self._confine(self.root / prefix, prefix)
                (self.root / prefix).mkdir(parents=True, exist_ok=True)

    def remove_leftovers(self, older_than: float, under: str = "") -> int:
        """Delete temporary files of killed processes, `older_than` seconds old or older.

        Returns their number. A temporary file lives for milliseconds: an hour is safe, and 0 where
        no other process can be writing. `under` is a folder of the place.
        """
        latest = datetime.now(UTC).timestamp() - older_than
        removed = 0
        self._confine(self.root / under, under)
        with self._guarded("tidy", ""):
            for folder, _folders, names in os.walk(self.root / under):
                for name in filter(_is_temporary, names):
                    removed += _remove_if_older(Path(folder, name), latest)
        return removed

    def _create(self, key: str, data: bytes, content_type: str, cache: str | None) -> bool:
        path = self._writable(key)
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if os.path.lexists(path):
            return False
        with _temporary_file(path.parent, data) as temporary:
            try:
                os.link(temporary, path)
            except FileExistsError:
                return False
        _sync(path.parent)
        return True

    def _put(self, key: str, data: bytes, content_type: str, cache: str | None) -> None:
        path = self._writable(key)
        with _temporary_file(path.parent, data) as temporary:
            temporary.replace(path)
        _sync(path.parent)

    def _delete(self, key: str) -> bool:
        path = self.root / key
        self._confine(path.parent, key)
        if path.is_dir() and not path.is_symlink():
            return False
        try:
            path.unlink()
        except NO_FILE:
            return False
        return True

    def _open(self, key: str, start: int, end: int | None) -> Stream:
        try:
            file = self.local_path(key).open("rb")
        except NO_FILE as error:
            raise ObjectMissing(self.alias, key) from error
        file.seek(start)
        length = None if end is None else end - start
        return Stream(file, length=length, guard=partial(self._guarded, "read", key))

    def _stat(self, key: str) -> Stat | None:
        try:
            found = self.local_path(key).stat()
        except NO_FILE:
            return None
        return _stat(found) if modes.S_ISREG(found.st_mode) else None

    def _list(self, prefix: str) -> Iterator[ListedObject]:
        """Objects in order of keys; holds the names of one folder and its parents in memory."""
        folder = prefix.rpartition("/")[0]
        if folder:
            self._confine(self.root / folder, prefix)
        yield from _walk(self.root, f"{folder}/" if folder else "", prefix)

    def _explain(self, error: Exception) -> Reason:
        number = error.errno if isinstance(error, OSError) else None
        words = os.strerror(number) if number else str(error)
        if number in FULL:
            what = "the disk is full. What was there is kept."
            return Reason(what, True, f"Free space in {self.root}.")
        if number in FORBIDDEN:
            needs = (
                f"Let this process's user read and write in {self.root}, a disk with hard links."
            )
            return Reason(f"it is not permitted ({words}).", False, needs)
        if number in IN_THE_WAY:
            what = "a folder is where a file should be, or a file where a folder."
            return Reason(what, False, "Rename one of them: on a disk one name cannot be both.")
        needs = f"Look at the disk of {self.root} and this machine's log."
        return Reason(f"{words}.", number in PASSING, needs)

    def _writable(self, key: str) -> Path:
        """The path of a key, in folders that are made if missing."""
        path = self.root / key
        self._confine(path.parent, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _confine(self, path: Path, key: str, folder: str = "") -> None:
        # The root may be a link, but no folder below it.
        bounds = Path(os.path.realpath(self.root), folder)
        if not Path(os.path.realpath(path)).is_relative_to(bounds):
            raise LeadsOut(self.alias, key, folder)


def _stat(found: os.stat_result) -> Stat:
    etag = f"{found.st_ino:x}-{found.st_mtime_ns:x}-{found.st_size:x}"
    return Stat(found.st_size, etag, datetime.fromtimestamp(found.st_mtime, UTC))


def _walk(root: Path, folder: str, prefix: str) -> Iterator[ListedObject]:
    """Entries below `folder` ("" or ending in a slash) whose key begins with `prefix`."""
    for name in _sorted_names(root / folder):
        key = folder + name
        if not key.startswith(prefix):
            continue
        if name.endswith("/"):
            yield from _walk(root, key, prefix)
            continue
        with suppress(FileNotFoundError):  # deleted since the folder was read
            found = _stat(os.lstat(f"{root}/{key}"))
            yield ListedObject(key, found.size, found.etag, found.modified)


def _sorted_names(folder: Path) -> list[str]:
    """Names of files and, with a trailing slash, of folders, in the order of whole keys."""
    try:
        with os.scandir(folder) as found:
            return sorted(filter(None, map(_listed_name, found)))
    except NO_FILE:
        return []


def _listed_name(entry: os.DirEntry[str]) -> str | None:
    if entry.name.startswith("."):
        return None
    if entry.is_dir(follow_symlinks=False):
        return entry.name + "/"
    return entry.name if entry.is_file(follow_symlinks=False) else None


@contextmanager
def _temporary_file(folder: Path, data: bytes) -> Iterator[Path]:
    """A complete, synced file with a temporary name, to be linked or renamed to its key."""
    with _temporary_name(folder) as temporary:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        yield temporary


@contextmanager
def _temporary_name(folder: Path) -> Iterator[Path]:
    temporary = folder / f"{TEMPORARY_PREFIX}{uuid.uuid4().hex}"
    try:
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """Sync the folder too, so that a new name survives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_temporary(name: str) -> bool:
    return name.startswith(TEMPORARY_PREFIX)


def _remove_if_older(path: Path, latest: float) -> bool:
    try:
        if path.lstat().st_mtime > latest:
            return False
        path.unlink()
    except FileNotFoundError:
        return False
    return True
