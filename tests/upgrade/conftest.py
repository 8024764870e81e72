"""The upgraded installation that each test gets as its own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import global_settings

from apps.storage.urls import storages_from_environ
from tests.services import STORAGE_ALIASES, Services
from tests.upgrade.installation import Databases, copy_tree, talking_to


@pytest.fixture(scope="session")
def upgraded_databases(services: Services, django_db_blocker: Any) -> Databases:
    with django_db_blocker.unblock():
        return Databases(services)


@pytest.fixture
def installation(
    upgraded_databases: Databases,
    django_db_blocker: Any,
    redis_clean: redis.Redis,
    settings: Any,
    tmp_path: Path,
) -> Iterator[Path]:
    """Database, queue and settings of an upgraded installation; the folder of all its files."""
    root = tmp_path / "installation"
    copy_tree(root)
    folders = {f"STORAGE_{alias}": (root / alias.lower()).as_uri() for alias in STORAGE_ALIASES}
    settings.PASSWORD_HASHERS = global_settings.PASSWORD_HASHERS
    settings.AUDIO_ROOT = root / "takes"
    settings.STORAGES = settings.STORAGES | storages_from_environ(
        folders, base_dir=root, audio_root=settings.AUDIO_ROOT
    )
    with django_db_blocker.unblock(), upgraded_databases.copy() as name, talking_to(name):
        yield root
