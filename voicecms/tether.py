"""Runs one command that ends, with all its descendants, when the starter of the command ends.

    python tether.py STARTER_PID COMMAND [ARGUMENT ...]

Workers fork, and their children outlive them when they are killed. A tether stands between the
starter and the command. It adopts orphans of the command (Linux: child subreaper), and the kernel
wakes it when the starter ends, even by SIGKILL (Linux: parent death signal, prctl(2)). Then, and
also when the command itself ends, the tether kills all its descendants.

Only the standard library is used and no module of VoiceCMS is imported: a tether starts in about
20 ms and needs about 10 MB. On other systems than Linux it looks for the starter once a second and
cannot adopt orphans.
"""

import ctypes
import os
import signal
import sys
import time
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
STARTER_GONE = signal.SIGUSR1
CANNOT_RUN = 127


def tethered(*command: str | os.PathLike[str]) -> list[str]:
    """The command line that runs `command` tethered to this process.

    The kernel watches the thread that starts the command; this thread must not end early.
    """
    starter = [sys.executable, "-I", "-S", str(Path(__file__).resolve()), str(os.getpid())]
    return starter + [os.fspath(part) for part in command]


def adopt_orphans() -> None:
    """Make this process the parent of its descendants' orphans."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def descendants(root: int) -> list[int]:
    """Process ids of all descendants of `root`, zombies too; empty on systems without /proc."""
    children = defaultdict(list)
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # the process ended meanwhile
            fields = stat.read_text(errors="replace").rpartition(")")[2].split()
            children[int(fields[1])].append(int(stat.parent.name))
    found: list[int] = []
    waiting = [root]
    while waiting:
        below = children[waiting.pop()]
        found += below
        waiting += below
    return found


def kill_descendants(keep: frozenset[int] = frozenset()) -> None:
    """SIGKILL and reap all descendants of this process, except `keep` and their descendants."""
    kept = keep.union(*(descendants(pid) for pid in keep))
    while family := [pid for pid in descendants(os.getpid()) if pid not in kept]:
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for pid in family:
            with suppress(ChildProcessError):  # not adopted yet: the next round finds it
                os.waitpid(pid, os.WNOHANG)
        time.sleep(0.01)


def main() -> None:
    """Run the command given on the command line and exit as it does (128 + signal when killed)."""
    starter, command = int(sys.argv[1]), sys.argv[2:]
    adopt_orphans()
    _notice_end_of(starter, STARTER_GONE)
    tether = os.getpid()
    child = os.fork()
    if child == 0:
        _notice_end_of(tether, signal.SIGKILL)
        _become(command)
    code = _watch(child, starter)
    kill_descendants()
    sys.exit(code if code >= 0 else 128 - code)


def _notice_end_of(parent: int, signum: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signum, 0, 0, 0)
    if os.getppid() != parent:  # the starter ended before the kernel was asked
        os.kill(os.getpid(), signum)


def _become(command: list[str]) -> None:
    try:
        os.execvp(command[0], command)  # noqa: S606 - its callers are our own programs
    except OSError as error:
        sys.stderr.write(f"Cannot run {command[0]}: {error.strerror}.\n")
        os._exit(CANNOT_RUN)


def _watch(child: int, starter: int) -> int:
    def forward(signum: int, frame: object) -> None:
        with suppress(ProcessLookupError):
            os.kill(child, signum)

    def end(signum: int, frame: object) -> None:
        if signum == STARTER_GONE or os.getppid() != starter:
            forward(signal.SIGKILL, frame)

    for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(signum, forward)
    signal.signal(STARTER_GONE, end)
    if sys.platform != "linux":
        signal.signal(signal.SIGALRM, end)
        signal.setitimer(signal.ITIMER_REAL, 1, 1)
    while True:
        pid, status = os.wait()  # also reaps adopted orphans
        if pid == child:
            return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    main()
