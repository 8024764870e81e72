"""Real workers of real queues, to be stopped, killed and replaced."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from voicecms.programs import web_answers, web_program
from voicecms.tether import descendants, tethered

REPOSITORY = Path(__file__).resolve().parents[1]
QUEUES = ["previews", "renders", "default"]
WORKER = ["rqworker", *QUEUES, "--serializer", "rq.serializers.JSONSerializer"]


class Processes:
    """`manage.py` processes of one test; all end with it."""

    def __init__(self, environ: dict[str, str], log: Path) -> None:
        self.environ = environ
        self.log = log
        self.running: list[subprocess.Popen] = []

    def start(self, *command: str) -> subprocess.Popen:
        return self.run(sys.executable, str(REPOSITORY / "manage.py"), *command)

    def web(self) -> tuple[subprocess.Popen, str]:
        """The web server as `manage.py up` runs it, once it answers, and its address."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        process = self.run(*map(str, web_program("127.0.0.1", port).command))
        wait_for(lambda: web_answers("127.0.0.1", port), 60, self.said)
        return process, f"127.0.0.1:{port}"

    def run(self, *command: str) -> subprocess.Popen:
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                tethered(*command),
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.running.append(process)
        return process

    def worker(self) -> subprocess.Popen:
        return self.start(*WORKER)

    def kill(self, process: subprocess.Popen) -> None:
        """SIGKILL the process and everything below it, as a power cut would."""
        for pid in [*descendants(process.pid), process.pid]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait(20)
        self.running.remove(process)

    def kill_one(self, chance: random.Random) -> None:
        """SIGKILL a worker at random and put a new one in its place."""
        workers = [one for one in self.running if "rqworker" in one.args]
        self.kill(chance.choice(workers))
        self.worker()

    def end(self) -> None:
        for process in list(self.running):
            self.kill(process)

    def said(self) -> str:
        return self.log.read_text(errors="replace")[-6000:]


def wait_for(true: Callable[[], bool], seconds: float, otherwise: Callable[[], str]) -> None:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise AssertionError(otherwise())
        time.sleep(0.1)
