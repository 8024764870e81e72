"""`manage.py up` with real processes: it serves, mends itself, and leaves nothing behind."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from rq import Queue, Worker
from rq.serializers import JSONSerializer

from tests.services import wait_until

REPOSITORY = Path(__file__).resolve().parent.parent
MARK = "VOICECMS_TEST_UP"


class House:
    """One `manage.py up`; its processes are known by a mark in their environment."""

    def __init__(self, directory: Path, *options: str) -> None:
        self.directory, self.mark = directory, uuid.uuid4().hex
        self.port = free_port()
        self.environ = os.environ | environ_in(directory) | {MARK: self.mark}
        place = ["--port", str(self.port)] if "--no-web" not in options else []
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--workers", "1", *place, *options],
            cwd=REPOSITORY,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.lines: list[str] = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    @property
    def queue(self) -> Queue:
        client = redis.Redis.from_url(self.environ["REDIS_URL"])
        return Queue("default", connection=client, serializer=JSONSerializer)

    def said(self, text: str) -> bool:
        return any(text in line for line in self.lines)

    def wait_for(self, what: str | Callable[[], object], seconds: float = 60) -> None:
        true = (lambda: self.said(what)) if isinstance(what, str) else (lambda: bool(what()))
        wait_until(true, seconds, lambda: f"no {what!r} in:\n" + "\n".join(self.lines))

    def wait_for_worker(self) -> None:
        self.wait_for(lambda: self.pids(" renders ") and self._has_idle_worker())

    def occupy_worker(self) -> int:
        """Give the worker a job that takes ten minutes; the id of a process below its horse."""
        self.wait_for_worker()
        seconds = 600 + int(self.mark[:4], 16) / 1e5  # so that its command line is its own
        with (queue := self.queue).connection:
            queue.enqueue("os.system", f"sleep {seconds}; true")
        self.wait_for(lambda: self.pids(f"sleep {seconds}"))
        return self.pids(f"sleep {seconds}")[0]

    def pids(self, command: str = "") -> list[int]:
        """Living processes of this house whose command line contains `command`."""
        return [pid for pid in all_pids() if self._owns(pid) and command in command_line(pid)]

    def end(self, signum: int = signal.SIGKILL) -> None:
        """Signal it as a terminal does, to the whole group, and wait until it is gone."""
        os.killpg(self.process.pid, signum)
        self.process.wait(60)
        self.reader.join(5)

    def _read(self) -> None:
        with self.process.stdout as lines:
            for line in lines:
                self.lines.append(line.decode().rstrip())

    def _has_idle_worker(self) -> bool:
        """By process id: workers that were killed stay known to the queue for minutes."""
        with self.queue.connection as client:
            try:
                idle = {w.pid for w in Worker.all(connection=client) if w.get_state() == "idle"}
            except redis.ConnectionError:
                return False
        return not idle.isdisjoint(self.pids(" renders "))

    def _owns(self, pid: int) -> bool:
        try:
            return f"{MARK}={self.mark}".encode() in Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            return False  # it ended, or is a zombie


def all_pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").glob("[0-9]*")]


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environ_in(directory: Path) -> dict[str, str]:
    return {
        "DATABASE_URL": f"sqlite:///{directory / 'db.sqlite3'}",
        "REDIS_URL": f"unix://{directory / 'valkey.sock'}",
        "AUDIO_ROOT": str(directory / "output"),
        "PYTHONWARNINGS": "ignore",
    }


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One place for all houses: only the first one has a database to make."""
    return tmp_path_factory.mktemp("up")


@pytest.fixture
def up(directory: Path) -> Iterator[Callable[..., House]]:
    houses: list[House] = []

    def start(*options: str) -> House:
        houses.append(House(directory, *options))
        return houses[-1]

    yield start
    for house in houses:
        if house.process.poll() is None:
            house.end()


def refused(directory: Path, *options: str, **environ: str) -> str:
    """What `up` says when it exits with 1, the database untouched."""
    done = subprocess.run(
        [sys.executable, "manage.py", "up", *options],
        cwd=REPOSITORY,
        env=os.environ | environ_in(directory) | environ,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1, done
    assert done.stdout == ""
    assert not (directory / "db.sqlite3").exists()
    return done.stderr


def test_it_serves_and_ctrl_c_leaves_nothing(up: Callable[..., House]) -> None:
    house = up()
    house.wait_for(f"open http://127.0.0.1:{house.port}/")
    with urllib.request.urlopen(f"http://127.0.0.1:{house.port}/", timeout=10) as answer:
        assert answer.status == 200
        assert "/admin/login/" in answer.url
    house.wait_for_worker()
    for program in ("valkey-server", "rqworker", "gunicorn"):
        assert house.pids(program), program

    house.end(signal.SIGINT)
    assert house.process.returncode == 0
    assert house.lines[-1] == "All ended."
    assert house.pids() == []


def test_a_job_that_will_not_end_does_not_keep_ctrl_c_waiting(up: Callable[..., House]) -> None:
    house = up("--no-web")
    house.occupy_worker()
    house.end(signal.SIGINT)
    assert house.said("worker 1 | did not end in time")
    assert house.pids() == []


STUBBORN = """
from voicecms.supervising import Program, Supervisor
deaf = "trap '' TERM; echo deaf; while :; do sleep 1; done"
Supervisor([[Program("stubborn", ["sh", "-c", deaf], grace=600)]]).run()
"""


def test_a_second_ctrl_c_ends_at_once() -> None:
    """It would have waited for ten minutes."""
    command = [sys.executable, "-u", "-c", STUBBORN]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as supervisor:
        assert "deaf" in supervisor.stdout.readline()
        supervisor.send_signal(signal.SIGINT)
        time.sleep(1.5)
        assert supervisor.poll() is None
        supervisor.send_signal(signal.SIGINT)
        assert supervisor.wait(60) == 0
        assert "did not end in time and is killed" in supervisor.stdout.read()


def test_nothing_survives_when_the_supervisor_is_killed(up: Callable[..., House]) -> None:
    house = up()
    house.wait_for(f"open http://127.0.0.1:{house.port}/")
    below_the_horse = house.occupy_worker()
    os.kill(house.process.pid, signal.SIGKILL)
    house.wait_for(lambda: not house.pids())
    assert below_the_horse not in all_pids() or command_line(below_the_horse) == ""


def test_a_killed_queue_leaves_a_socket_that_the_next_start_replaces(
    up: Callable[..., House], directory: Path
) -> None:
    first = up("--no-web")
    first.wait_for_worker()
    with (queue := first.queue).connection:
        Queue("kept", connection=queue.connection, serializer=JSONSerializer).enqueue("time.time")
    time.sleep(1.2)  # the server syncs to disk once a second
    first.end(signal.SIGKILL)
    first.wait_for(lambda: not first.pids())
    assert (directory / "valkey.sock").is_socket()

    second = up("--no-web")
    second.wait_for_worker()
    with (queue := second.queue).connection:
        assert queue.connection.llen("rq:queue:kept") == 1


def test_a_killed_worker_comes_back_and_its_horse_goes(up: Callable[..., House]) -> None:
    house = up("--no-web")
    house.occupy_worker()
    worker = [p for p in house.pids(" renders ") if "tether.py" not in command_line(p)][0]
    os.kill(worker, signal.SIGKILL)
    house.wait_for("worker 1 | was ended by SIGKILL; it starts again in 0.5 s")
    house.wait_for(lambda: not house.pids("sleep 6"))
    house.wait_for_worker()


def test_a_killed_tether_leaves_no_strays(up: Callable[..., House]) -> None:
    house = up("--no-web")
    house.occupy_worker()
    tether = [p for p in house.pids(" renders ") if "tether.py" in command_line(p)][0]
    os.kill(tether, signal.SIGKILL)
    house.wait_for("worker 1 | was ended by SIGKILL")
    house.wait_for(lambda: not house.pids("sleep 6"))
    house.wait_for_worker()


def test_a_second_house_uses_the_queue_of_the_first_and_takes_over(
    up: Callable[..., House],
) -> None:
    first = up("--no-web")
    first.wait_for_worker()
    second = up("--no-web")
    second.wait_for("queue    | runs already and is used as it is")
    assert not second.pids("valkey-server")
    first.end(signal.SIGTERM)
    second.wait_for(lambda: second.pids("valkey-server"))
    second.wait_for_worker()


def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = refused(tmp_path, "--port", str(port))
    assert said.startswith(f"CommandError: Port {port} is taken")
    assert "manage.py up --port" in said
    assert said.count("\n") == 1


def test_a_directory_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    said = refused(tmp_path, "--port", str(free_port()), AUDIO_ROOT="/proc/voicecms")
    assert said.startswith("CommandError: /proc/voicecms cannot be written")
    assert said.count("\n") == 1


def test_a_database_that_does_not_answer_is_said(tmp_path: Path) -> None:
    nowhere = "postgres://nobody@127.0.0.1:9/nothing"
    said = refused(tmp_path, "--port", str(free_port()), DATABASE_URL=nowhere)
    assert said.startswith("CommandError: The database cannot be used: ")


def test_a_queue_elsewhere_that_does_not_answer_is_one_sentence(tmp_path: Path) -> None:
    said = refused(tmp_path, "--port", str(free_port()), REDIS_URL="redis://127.0.0.1:9/0")
    assert said.startswith("CommandError: The queue at REDIS_URL does not answer.")
    assert said.count("\n") == 1
