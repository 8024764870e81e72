"""The facts that a place returns about its objects."""

from dataclasses import dataclass
from datetime import datetime

from apps.storage.errors import StorageError


@dataclass(frozen=True, slots=True)
class Stat:
    """`size` in bytes; `etag`, without quotes, changes with the content."""

    size: int
    etag: str
    modified: datetime


@dataclass(frozen=True, slots=True)
class ListedObject:
    """One line of a listing; the fields are those of Stat."""

    key: str
    size: int
    etag: str
    modified: datetime


@dataclass(frozen=True, slots=True)
class CopyResult:
    """One copied object, or the error that prevented the copy; `size` of the copy in bytes."""

    src: str
    dst: str
    size: int | None = None
    etag: str | None = None
    error: StorageError | None = None
