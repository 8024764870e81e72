"""Runs a few programs together: restarts those that crash, and ends all of them at the end.

Each program runs under a tether (see `voicecms.tether`), so no program survives the supervisor,
even a killed one. This module knows neither Django nor the purpose of the programs.
"""

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from voicecms.tether import STARTER_GONE, adopt_orphans, kill_descendants, tethered

Say = Callable[[str, str], None]

TICK = 0.1  # seconds between two checks of the programs
STEADY = 30.0  # seconds after which a program no longer counts as crashing at start
LONGEST_PAUSE = 30.0  # seconds
LONGEST_LINE = 64 * 1024  # bytes
SAME_KEYPRESS = 1.0  # seconds in which a second signal counts as the same key press


class DoesNotAnswer(Exception):
    """A program that others need did not answer in time."""


@dataclass(frozen=True)
class Program:
    """A command to run, and a function that tells whether it works.

    `grace` is the time in seconds from SIGTERM to SIGKILL. Of all supervisors with the same `lock`
    only one runs the program; the others use its answers, and run the program when it stops.
    """

    name: str
    command: Sequence[str | Path]
    grace: float = 7.0
    answers: Callable[[], bool] | None = None
    lock: Path | None = None
    environ: Mapping[str, str] = field(default_factory=dict)


class Console:
    """Prints lines of several programs to one stream, each after its program's name."""

    def __init__(self, stream: TextIO, width: int) -> None:
        self._stream, self._width = stream, width
        self._lock = threading.Lock()

    def __call__(self, name: str, text: str) -> None:
        # Programs continue when the reader has gone, as in `up | head`.
        with self._lock, suppress(BrokenPipeError):
            self._stream.write(f"{name:<{self._width}} | {text}\n")
            self._stream.flush()


class Child:
    """One program, restarted with growing pauses whenever it ends by itself."""

    def __init__(self, program: Program, say: Say) -> None:
        self.program, self._say = program, say
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None
        self._adopted = False
        self._started = self._due = 0.0
        self._crashes = 0

    @property
    def pid(self) -> int | None:
        """Process id of the tether while it runs."""
        return self._process.pid if self._process else None

    def look(self) -> bool:
        """Start the program when it is due; True when it has just ended by itself."""
        if self._process is not None:
            return self._process.poll() is not None and self._note_end(self._process.returncode)
        if time.monotonic() >= self._due:
            self._start_or_adopt()
        return False

    def ask_to_end(self) -> None:
        if self._process is not None:
            self._process.terminate()

    def has_ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def end_at_once(self) -> None:
        """Kill all remaining processes of the program, and read its last lines."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._say(self.program.name, "did not end in time and is killed")
            self._process.send_signal(STARTER_GONE)
        self._process.wait()
        if self._reader is not None:
            self._reader.join(1)
        self._process = None

    def _start_or_adopt(self) -> None:
        lock, answers = self.program.lock, self.program.answers
        if lock and answers and answers():
            self._adopt()
            return
        with _locked(lock) as held:
            if held is not None:
                self._start(held)

    def _adopt(self) -> None:
        if not self._adopted:
            self._say(self.program.name, "runs already and is used as it is")
        self._adopted = True
        self._due = time.monotonic() + 1

    def _start(self, held: Sequence[int]) -> None:
        self._adopted = False
        self._started = time.monotonic()
        self._process = subprocess.Popen(  # noqa: S603 - the programs are our own
            tethered(*self.program.command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=os.environ | self.program.environ,
            pass_fds=held,  # the lock is held as long as any process of the program lives
            start_new_session=True,  # Ctrl-C reaches the supervisor only, which keeps the order
        )
        self._reader = threading.Thread(target=self._echo, args=[self._process], daemon=True)
        self._reader.start()

    def _echo(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None  # noqa: S101 - Popen was given a pipe
        with process.stdout as lines:
            while line := lines.readline(LONGEST_LINE):
                self._say(self.program.name, line.decode(errors="replace").rstrip())

    def _note_end(self, code: int) -> bool:
        self._process = None
        lived = time.monotonic() - self._started
        self._crashes = 1 if lived > STEADY else self._crashes + 1
        pause = min(0.5 * 2 ** (self._crashes - 1), LONGEST_PAUSE)
        self._due = time.monotonic() + pause
        self._say(self.program.name, f"{_how_it_ended(code)}; it starts again in {pause:g} s")
        return True


class Supervisor:
    """Runs waves of programs: a wave starts when the one before it answers, and ends before it."""

    def __init__(self, waves: Sequence[Sequence[Program]], stream: TextIO = sys.stdout) -> None:
        width = max(len(program.name) for wave in waves for program in wave)
        self.say = Console(stream, width)
        self._waves = [[Child(program, self.say) for program in wave] for wave in waves]
        self._children = [child for wave in self._waves for child in wave]
        self._stop, self._hurry = threading.Event(), threading.Event()
        self._asked_at = 0.0

    def run(self) -> None:
        """Run all waves; returns when a signal asked for the end and all programs have ended.

        The first SIGINT, SIGTERM or SIGHUP ends programs in order, the second kills them. Raises
        DoesNotAnswer, after ending all programs, when a wave cannot start.
        """
        adopt_orphans()
        with _signals_go_to(self._on_signal):
            try:
                self._start_waves()
                while not self._stop.wait(TICK):
                    self._look(self._children)
            finally:
                self._end()

    def _start_waves(self) -> None:
        running: list[Child] = []
        for wave in self._waves:
            running += wave
            self._look(running)
            if wave is not self._waves[-1]:
                self._wait_for_answers(running, wave)

    def _wait_for_answers(self, running: list[Child], wave: list[Child], limit: float = 20) -> None:
        end = time.monotonic() + limit
        while silent := [
            c.program.name for c in wave if c.program.answers and not c.program.answers()
        ]:
            if self._stop.wait(TICK):
                return
            if time.monotonic() > end:
                raise DoesNotAnswer(f"No answer from {', '.join(silent)} after {limit:g} seconds.")
            self._look(running)

    def _look(self, children: list[Child]) -> None:
        ended = [child for child in children if child.look()]
        if ended:
            # A killed tether cannot clean up: its descendants have become the supervisor's.
            kill_descendants(keep=frozenset(c.pid for c in self._children if c.pid is not None))

    def _end(self) -> None:
        for wave in reversed(self._waves):
            for child in wave:
                child.ask_to_end()
            end = time.monotonic() + max(child.program.grace for child in wave)
            while not all(child.has_ended() for child in wave) and time.monotonic() < end:
                if self._hurry.wait(TICK / 2):
                    break
            for child in wave:
                child.end_at_once()
        kill_descendants()

    def _on_signal(self, signum: int, _frame: object) -> None:
        if not self._stop.is_set():
            self._asked_at = time.monotonic()
            self._stop.set()
        elif time.monotonic() - self._asked_at > SAME_KEYPRESS:
            self._hurry.set()


@contextmanager
def _locked(path: Path | None) -> Iterator[Sequence[int] | None]:
    """Descriptors that hold the lock (empty without a lock); None when another process holds it."""
    if path is None:
        yield ()
        return
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield None
    else:
        yield (handle,)
    finally:
        os.close(handle)


@contextmanager
def _signals_go_to(handler: Callable[[int, object], None]) -> Iterator[None]:
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {signum: signal.signal(signum, handler) for signum in signals}
    try:
        yield
    finally:
        for signum, previous in before.items():
            signal.signal(signum, previous)


def _how_it_ended(code: int) -> str:
    number = -code if code < 0 else code - 128
    if number in set(signal.Signals):
        return f"was ended by {signal.Signals(number).name}"
    return f"ended with exit code {code}"
