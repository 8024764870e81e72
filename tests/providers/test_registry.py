"""Aliases, instances, and what is said about names that are not (or no longer) there."""

import os
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module

import pytest

from apps.providers import registry
from apps.providers.base import Provider, ProviderError
from apps.providers.elevenlabs import ElevenLabsProvider
from apps.providers.espeak import Espeak
from apps.providers.registry import MOST_KEPT, UnknownProvider, get_provider

ELEVENLABS = "apps.providers.elevenlabs.ElevenLabsProvider"


@pytest.fixture(autouse=True)
def providers(settings):
    settings.TTS_PROVIDERS = {
        "espeak": {"BACKEND": "apps.providers.espeak.Espeak", "OPTIONS": {}},
        "house": {"BACKEND": ELEVENLABS, "OPTIONS": {"api_key": "one", "timeout": 3.0}},
        "guest": {"BACKEND": ELEVENLABS, "OPTIONS": {"api_key": ""}},
        "openai": {"BACKEND": "apps.providers.openai.OpenAI"},
    }
    yield settings.TTS_PROVIDERS
    registry._built.clear()


def test_aliases_keep_their_order():
    assert registry.aliases() == ("espeak", "house", "guest", "openai")


def test_builds_what_is_configured():
    assert isinstance(get_provider("espeak"), Espeak)
    assert isinstance(get_provider("house"), ElevenLabsProvider)
    assert get_provider("house").account_key == ElevenLabsProvider("one").account_key
    assert get_provider("guest").account_key != get_provider("house").account_key


def test_one_instance_per_alias_and_options(settings, providers):
    house = get_provider("house")
    assert get_provider("house") is house
    options = {"api_key": "two"}
    settings.TTS_PROVIDERS = {**providers, "house": {"BACKEND": ELEVENLABS, "OPTIONS": options}}
    assert get_provider("house") is not house
    settings.TTS_PROVIDERS = providers
    assert get_provider("house") is house


def test_keys_of_people_are_not_kept_for_ever(settings):
    first = get_provider("house", "key 0")
    for number in range(MOST_KEPT):
        get_provider("house", f"key {number}")
    assert get_provider("house", "key 0") is first
    newest = get_provider("house", "one more")
    assert get_provider("house", "one more") is newest
    assert get_provider("house", "key 0") is not first


def test_threads_share_one_instance():
    with ThreadPoolExecutor(8) as pool:
        assert len({id(provider) for provider in pool.map(get_provider, ["house"] * 50)}) == 1


@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_a_forked_child_builds_its_own():
    """Two processes that wrote to one connection would mix up their answers."""
    house = get_provider("house")
    child = os.fork()
    if child == 0:
        os._exit(0 if get_provider("house") is not house else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert get_provider("house") is house


def test_an_unknown_alias_is_said_in_words():
    with pytest.raises(UnknownProvider, match="no provider “azure”.*espeak, house") as caught:
        get_provider("azure")
    assert isinstance(caught.value, ProviderError)
    assert caught.value.fatal_for_batch


def test_playht_is_known_as_a_name_of_the_past():
    with pytest.raises(UnknownProvider, match="shut down on 2025-12-31.*another provider"):
        get_provider("playht")
    assert "playht" in registry.LEGACY
    assert "playht" not in registry.aliases()


def test_names_providers_without_a_key():
    assert set(registry.missing_keys()) == {"guest", "openai"}
    assert registry.missing_keys()["guest"] == "ElevenLabs (guest) has no API key and cannot speak."


def test_shows_what_is_announced():
    assert set(registry.notices()) == {"openai"}


def test_works_without_the_setting(settings):
    del settings.TTS_PROVIDERS
    assert registry.aliases() == ()
    with pytest.raises(UnknownProvider, match="Configured: none"):
        get_provider("espeak")


def test_the_product_is_configured_with_providers_that_exist(settings):
    """The project's own settings, not those of this module's fixture."""
    settings.TTS_PROVIDERS = import_module("voicecms.settings").TTS_PROVIDERS
    assert registry.aliases()[0] == "espeak"
    for alias in registry.aliases():
        assert isinstance(get_provider(alias), Provider)
        assert registry.provider_class(alias).name == alias
    assert "espeak" not in registry.missing_keys()
