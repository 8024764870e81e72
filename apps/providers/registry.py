"""Builds providers by alias, from TTS_PROVIDERS in the Django settings."""

import os
from collections.abc import Mapping
from importlib import import_module
from typing import Any, cast

from django.conf import settings

from apps.providers.base import Provider, ProviderError

LEGACY: Mapping[str, str] = {
    "playht": (
        "PlayHT shut down on 2025-12-31: its takes can still be heard and shipped, but no new "
        "ones made. Choose a voice of another provider for the same lines and generate them anew."
    ),
    "imported": (
        "This voice came with imported takes, and nobody knows which provider it belongs to. "
        "Choose a voice of a provider for the same lines and generate them anew."
    ),
}
"""Reason by alias, for aliases of imported takes without a provider."""

MOST_KEPT = 32  # instances: each holds a key and connections

_built: dict[tuple[str, str], Provider] = {}
# Two processes must not share connections: a forked child builds its own instances.
os.register_at_fork(after_in_child=_built.clear)


class UnknownProvider(ProviderError):
    """No provider is configured under this alias."""

    def __init__(self, alias: str) -> None:
        known = ", ".join(aliases()) or "none"
        message = LEGACY.get(alias, f"There is no provider “{alias}”.")
        super().__init__(
            f"{message} Configured: {known}.", fatal_for_batch=True, code="unknown_provider"
        )


def aliases() -> tuple[str, ...]:
    """Configured providers, in the order of the setting."""
    return tuple(_configured())


def get_provider(alias: str, api_key: str = "") -> Provider:
    """The provider, one instance per process and set of options; `api_key` replaces the
    configured key. Raises UnknownProvider.
    """
    options = options_of(alias) | ({"api_key": api_key} if api_key else {})
    built_for = (alias, repr(sorted(options.items())))
    if (built := _built.get(built_for)) is None:
        built = _built.setdefault(built_for, provider_class(alias)(**options))
        # A removed instance stays usable for its present users.
        for oldest in list(_built)[:-MOST_KEPT]:
            _built.pop(oldest, None)
    return built


def options_of(alias: str) -> dict[str, Any]:
    """The options of a provider, its key included. Raises UnknownProvider."""
    return dict(_entry(alias).get("OPTIONS", {}))


def provider_class(alias: str) -> type[Provider]:
    """The class of a provider, whose facts need no key. Raises UnknownProvider."""
    module, _, name = _entry(alias)["BACKEND"].rpartition(".")
    return cast(type[Provider], getattr(import_module(module), name))


def missing_keys() -> dict[str, str]:
    """Alias -> sentence for each provider that lacks a needed key.

    A system check reports these as information: the offline voice needs none.
    """
    return {
        alias: f"{provider_class(alias).label} ({alias}) has no API key and cannot speak."
        for alias, entry in _configured().items()
        if provider_class(alias).needs_key and not entry.get("OPTIONS", {}).get("api_key")
    }


def notices() -> dict[str, str]:
    """Alias -> notice, for each configured provider with a notice."""
    found = {alias: provider_class(alias).notice for alias in aliases()}
    return {alias: notice for alias, notice in found.items() if notice}


def _entry(alias: str) -> Mapping[str, Any]:
    if alias not in _configured():
        raise UnknownProvider(alias)
    return _configured()[alias]


def _configured() -> Mapping[str, Mapping[str, Any]]:
    return getattr(settings, "TTS_PROVIDERS", {})
