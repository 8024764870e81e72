"""Provider fixtures for tests of voices: the offline one, and a vendor on this machine."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from apps.accounts.models import User
from apps.providers import registry
from tests.factories import UserFactory
from tests.providers.wire import WireServer, wire_server

KEY = "sk-wire-voices"


@pytest.fixture(scope="module")
def running_vendor() -> Iterator[WireServer]:
    with wire_server(api_key=KEY, voices=7) as server:
        yield server


@pytest.fixture
def vendor(running_vendor, settings) -> Iterator[WireServer]:
    """ElevenLabs' wire protocol on this machine, configured as `elevenlabs`."""
    running_vendor.restore()
    configure_vendor(settings, running_vendor.url, KEY)
    yield running_vendor
    for provider in registry._built.values():
        provider.close()
    registry._built.clear()


def configure_vendor(settings, url: str, key: str) -> None:
    entry = settings.TTS_PROVIDERS["elevenlabs"]
    options = {"api_key": key, "base_url": url, "timeout": 10.0}
    settings.TTS_PROVIDERS = settings.TTS_PROVIDERS | {"elevenlabs": {**entry, "OPTIONS": options}}


def permitted(user: User, *names: str) -> User:
    """The user with Django permissions such as `voices.change_voice`, loaded anew."""
    for name in names:
        app, _, codename = name.partition(".")
        permission = Permission.objects.get(content_type__app_label=app, codename=codename)
        user.user_permissions.add(permission)
    return User.objects.get(pk=user.pk)


@pytest.fixture
def staff(db) -> User:
    """A staff user without permissions."""
    return UserFactory()


@pytest.fixture
def keeper(db) -> User:
    """A staff user who may change voices."""
    return permitted(UserFactory(), "voices.change_voice")


@pytest.fixture
def browse():
    """A function that logs a user in and returns the client."""

    def logged_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return logged_in
