"""Servers that the storage tests share, and places made from URLs."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from apps.storage.places import Place, get_place
from apps.storage.urls import storage_from_url
from tests.storage import servers


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
def place_at(settings, tmp_path: Path) -> Callable[[str, str], Place]:
    """Makes the place of an alias from a URL, for this test only."""

    def make(alias: str, url: str) -> Place:
        entry = storage_from_url(url, base_dir=tmp_path)
        settings.STORAGES = settings.STORAGES | {alias: entry}
        return get_place(alias)

    return make
