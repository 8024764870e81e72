"""Clients of services: one per process, shared by its threads but not by forked children."""

import os
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class PerProcess(Generic[T]):
    """Decorates a function that builds a client: one per set of arguments and process.

    A forked child builds its own client, as two processes must not share one socket.
    """

    def __init__(self, build: Callable[..., T]) -> None:
        self._build = build
        self._forget()
        os.register_at_fork(after_in_child=self._forget)

    def __call__(self, *settings: Hashable) -> T:
        with self._lock:
            if settings not in self._built:
                self._built[settings] = self._build(*settings)
            return self._built[settings]

    def _forget(self) -> None:
        self._built: dict[tuple[Hashable, ...], T] = {}
        self._lock = Lock()
