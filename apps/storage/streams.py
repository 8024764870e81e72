"""Reads an object block by block, from any kind of place."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Protocol

BLOCK = 64 * 1024  # bytes


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...
    def close(self) -> None: ...


class Stream:
    """The bytes of one object in order, not seekable. Close the stream, or use it in `with`.

    `read` raises StorageError when the place fails in the middle.
    """

    def __init__(
        self,
        source: Readable,
        *,
        skip: int = 0,
        length: int | None = None,
        guard: Callable[[], AbstractContextManager[None]],
    ) -> None:
        """Skips the first `skip` bytes; `length` limits the bytes that follow, None means all."""
        self._source = source
        self._guard = guard
        self._left = length
        while skip > 0 and (block := self._next(min(skip, BLOCK))):
            skip -= len(block)

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes, fewer only at the end; all remaining bytes for a negative size."""
        wanted = size
        parts = []
        while wanted != 0 and (block := self._taken(wanted)):
            parts.append(block)
            wanted = max(wanted - len(block), 0) if wanted > 0 else wanted
        return b"".join(parts)

    def __iter__(self) -> Iterator[bytes]:
        while block := self.read(BLOCK):
            yield block

    def close(self) -> None:
        self._source.close()

    def __enter__(self) -> "Stream":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _taken(self, wanted: int) -> bytes:
        size = BLOCK if wanted < 0 else min(wanted, BLOCK)
        if self._left is not None:
            size = min(size, self._left)
        block = self._next(size) if size else b""
        if self._left is not None:
            self._left -= len(block)
        return block

    def _next(self, size: int) -> bytes:
        with self._guard():
            return self._source.read(size)
