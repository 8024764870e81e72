"""What tests of review share."""

from pathlib import Path

import pytest

from tests.factories import LanguageFactory, LineFactory, UserFactory


@pytest.fixture
def places(audio_root: Path, settings, tmp_path: Path) -> Path:
    """Every place is a folder of this test; their parent."""
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
