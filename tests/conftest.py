"""Fixtures that tests of every folder share, and the rule that nothing is skipped in CI."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings as django_settings
from django.db import connection
from django.test import TransactionTestCase
from hypothesis import settings as hypothesis_settings
from playwright.sync_api import expect

from apps.storage.places import Place, get_place
from apps.storage.urls import storage_from_url, storages_from_environ
from tests.emptying import empty
from tests.services import Postgres, Services, Valkey, services_key
from tests.storage import servers
from tests.workers import Processes

REPOSITORY = Path(__file__).resolve().parent.parent
REALDATA = Path(os.environ.get("VOICECMS_REALDATA") or REPOSITORY.parent / "shared" / "data")
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--metrics-recording-only",
    "--no-first-run",
    "--no-pings",
    "--disable-features=OptimizationHints,MediaRouter,Translate,AutofillServerCommunication",
)

# A busy machine is not a failure.
expect.set_options(timeout=20_000)
hypothesis_settings.register_profile("voicecms", deadline=None)
hypothesis_settings.load_profile("voicecms")

skipped_key = pytest.StashKey[list[str]]()


# --- Nothing is skipped in CI -------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    config.stash[skipped_key] = []
    config.pluginmanager.register(SkipsFail(config), "skips-fail-in-ci")


def in_ci() -> bool:
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


class SkipsFail:
    """In CI (`CI` set) a skipped test is a failed session, with the reasons listed."""

    def __init__(self, config: pytest.Config) -> None:
        self.skipped = config.stash[skipped_key]
        self.matters = in_ci()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._note(report)

    def _note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
            self.skipped.append(f"{report.nodeid}: {reason}")

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.matters and self.skipped and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.matters and self.skipped:
            terminalreporter.section("Skipped, and CI allows none", red=True)
            for line in self.skipped:
                terminalreporter.line(line)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Browser tests last: Playwright keeps an event loop running in this thread from then on.

    Where the real data is absent, CI does not select the tests that read it: it allows no skips.
    """
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
    if in_ci() and not REALDATA.is_dir():
        absent = [item for item in items if item.get_closest_marker("realdata")]
        items[:] = [item for item in items if not item.get_closest_marker("realdata")]
        config.hook.pytest_deselected(items=absent)


# --- Database and queue -------------------------------------------------------------------------


@pytest.fixture(scope="session")
def django_db_modify_db_settings(services: Services) -> None:
    """SQLite in a file, as users have it: with WAL and locks, and open to other processes."""
    database = django_settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database["TEST"]["NAME"] = str(services.directory / "test.sqlite3")


@pytest.fixture(scope="session", autouse=True)
def quick_emptying() -> None:
    """Permissions are not made anew after every test that commits."""
    TransactionTestCase._fixture_teardown = empty


@pytest.fixture(scope="session")
def services(pytestconfig: pytest.Config) -> Services:
    return pytestconfig.stash[services_key]


@pytest.fixture
def redis_clean(services: Services) -> Iterator[redis.Redis]:
    """A client of the session's Valkey, which is empty now."""
    with redis.Redis.from_url(services.valkey.url) as client:
        client.flushall()
        yield client


@pytest.fixture
def own_valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    """A Valkey of this test's own, to be stopped, killed and started; it keeps its data."""
    valkey = Valkey(tmp_path_factory.mktemp("v"), append_only=True)
    valkey.start()
    yield valkey
    valkey.stop()


@pytest.fixture
def own_postgres(services: Services) -> Iterator[Postgres]:
    """A PostgreSQL of this test's own, to be stopped, killed and started."""
    postgres = Postgres(services.directory / "own-postgres")
    postgres.start()
    yield postgres
    postgres.stop()
    shutil.rmtree(postgres.directory)


@pytest.fixture
def process_environ(transactional_db: None, audio_root: Path) -> dict[str, str]:
    """The environment in which another process sees this test's database, queue and files."""
    name = connection.settings_dict["NAME"]
    url = f"sqlite:///{name}"
    if connection.vendor == "postgresql":
        url = os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{name}"
    return os.environ | {"DATABASE_URL": url, "AUDIO_ROOT": str(audio_root)}


@pytest.fixture
def processes(
    process_environ: dict[str, str], redis_clean: redis.Redis, tmp_path: Path
) -> Iterator[Processes]:
    """Starts workers and sweepers; a lease ends 3 s after its worker."""
    environ = process_environ | {"LEASE_SECONDS": "3", "TAKES_PER_JOB": "20"}
    started = Processes(environ, tmp_path / "processes.log")
    yield started
    started.end()


# --- Files --------------------------------------------------------------------------------------


@pytest.fixture
def audio_root(tmp_path: Path, settings: Any) -> Path:
    """An empty AUDIO_ROOT of this test's own; the storage aliases follow it."""
    root = tmp_path / "output"
    root.mkdir()
    settings.AUDIO_ROOT = root
    settings.STORAGES = settings.STORAGES | storages_from_environ(
        os.environ, base_dir=tmp_path, audio_root=root
    )
    return root


@pytest.fixture
def place_at(settings: Any, tmp_path: Path) -> Callable[[str, str], Place]:
    """Makes the place of an alias from a URL, for this test only."""

    def make(alias: str, url: str) -> Place:
        entry = storage_from_url(url, base_dir=tmp_path)
        settings.STORAGES = settings.STORAGES | {alias: entry}
        return get_place(alias)

    return make


# Servers of the session: `server.url(name)` is a new and empty place. A test that stops its server
# starts one of its own.


@pytest.fixture(scope="session")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Moto]:
    with servers.moto_s3(tmp_path_factory.mktemp("moto")) as server:
        yield server


@pytest.fixture(scope="session")
def rclone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Rclone]:
    with servers.rclone_s3(tmp_path_factory.mktemp("rclone")) as server:
        yield server


@pytest.fixture(scope="session")
def gcs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Emulator]:
    with servers.gcs_emulator(tmp_path_factory.mktemp("gcs")) as server:
        yield server


@pytest.fixture
def bucket_server(request: pytest.FixtureRequest) -> servers.BucketServer:
    """The session's server of the name that the test is parametrized with."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def realdata() -> Path:
    """The folder of real scripts and manifests: read in place, never copied."""
    if not REALDATA.is_dir():
        pytest.skip(f"no real data at {REALDATA}; VOICECMS_REALDATA names another place")
    return REALDATA


@pytest.fixture(scope="session", autouse=True)
def empty_static_root(services: Services) -> None:
    """Static files come from their sources, not from what some `collectstatic` left behind."""
    django_settings.STATIC_ROOT = services.directory / "static"
    django_settings.STATIC_ROOT.mkdir()
    # Looked for when asked for: each test client would list them all otherwise.
    django_settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> None:
    """A good password hash takes half a second on purpose; nobody attacks the tests."""
    django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


# --- Browser ------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def base_url() -> None:
    """Stands in for pytest-base-url's fixture, of a form that pytest 9 warns of."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    """Chromium or Chrome of the machine, else Playwright's own; it talks to nobody on its own."""
    # Playwright runs an event loop in this thread: Django would take every query for async.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    found = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    place = {"executable_path": found} if found else {}
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return browser_type_launch_args | place | {"args": [*QUIET, *sandbox]}
