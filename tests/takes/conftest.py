"""What tests of the engine share."""

import pytest

from tests.factories import LanguageFactory, LineFactory


@pytest.fixture
def lines():
    """Three lines of one Series."""
    language = LanguageFactory()
    return [LineFactory(language=language, text=f"Lantern number {n} burns.") for n in range(3)]
