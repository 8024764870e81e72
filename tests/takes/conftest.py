"""What tests of the engine share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories import LanguageFactory, LineFactory
from tests.takes.workers import Processes


@pytest.fixture
def lines():
    """Three lines of one Series."""
    language = LanguageFactory()
    return [LineFactory(language=language, text=f"Lantern number {n} burns.") for n in range(3)]


@pytest.fixture
def processes(
    process_environ: dict[str, str], redis_clean: object, tmp_path: Path
) -> Iterator[Processes]:
    """Starts workers and sweepers; a lease ends 3 s after its worker."""
    environ = process_environ | {"LEASE_SECONDS": "3", "TAKES_PER_JOB": "20"}
    started = Processes(environ, tmp_path / "processes.log")
    yield started
    started.end()
