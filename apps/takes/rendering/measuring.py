"""Measures recordings in separate processes, so that measuring does not delay requests."""

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from apps.audio.examining import Examined, ExamineOptions, examine

PR_SET_PDEATHSIG = 1


class MeasurerDied(Exception):
    """The process that measured a recording ended; a new process has replaced it."""


class Measurers:
    """A pool of processes that examine recordings; the processes end with their parent.

    The pool must be made before the parent starts threads, as it forks at once.
    """

    def __init__(self, processes: int) -> None:
        self.processes = processes
        self._lock = threading.Lock()
        self._pool = self._start()

    def examine(self, data: bytes, options: ExamineOptions) -> Examined:
        """Call `apps.audio.examining.examine`; raises MeasurerDied when the process is killed."""
        pool = self._pool
        try:
            return pool.submit(examine, data, options).result()
        except BrokenProcessPool as error:
            self._replace(pool)
            raise MeasurerDied("The process that measured this recording died.") from error

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _start(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("fork")
        pool = ProcessPoolExecutor(self.processes, context, _end_with, (os.getpid(),))
        pool.submit(os.getpid).result()
        return pool

    def _replace(self, broken: ProcessPoolExecutor) -> None:
        with self._lock:
            if self._pool is broken:
                broken.shutdown(wait=False)
                self._pool = self._start()


def _end_with(parent: int) -> None:
    """End this process with its parent, and ignore Ctrl-C and SIGTERM, which the parent handles."""
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
