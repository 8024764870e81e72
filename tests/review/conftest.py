"""Fixtures for tests of review."""

from pathlib import Path

import pytest

from tests.factories import LanguageFactory, LineFactory, UserFactory


@pytest.fixture
def places(audio_root: Path, settings, tmp_path: Path) -> Path:
    """Set every storage alias to a folder of this test; returns their parent."""
    root = tmp_path / "places"
    for alias in ("drafts", "dev", "repo"):
        settings.STORAGES = settings.STORAGES | {
            alias: {
                "BACKEND": "django.core.files.storage.FileSystemStorage",
                "OPTIONS": {"location": root / alias},
            }
        }
    return root


@pytest.fixture
def language(places):
    return LanguageFactory(series__slug="Levels", tag="de")


@pytest.fixture
def line(language):
    return LineFactory(language=language, key="general-intro1", text="Willkommen im Turm.")


@pytest.fixture
def ada():
    return UserFactory(username="ada")
