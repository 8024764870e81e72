"""What a place tells about the objects it holds."""

from dataclasses import dataclass
from datetime import datetime

from apps.storage.errors import StorageError


@dataclass(frozen=True, slots=True)
class Stat:
    """`size` in bytes; `etag`, without quotes, is another whenever the content is."""

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
    """One copied object, or why it was not copied; `size` in bytes, of the copy."""

    src: str
    dst: str
    size: int | None = None
    etag: str | None = None
    error: StorageError | None = None
