"""Turns provider errors into refusals with the provider's words and advice."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.urls import reverse

from apps.core.errors import Unavailable
from apps.providers.base import ProviderError
from apps.providers.registry import UnknownProvider, provider_class


class ProviderRefused(Unavailable):
    """The provider refused; the message says why, what was kept, and where to correct it."""


@contextmanager
def in_words(alias: str, kept: str) -> Iterator[None]:
    """Turn a ProviderError into ProviderRefused; `kept` is a sentence on what did not happen."""
    try:
        yield
    except UnknownProvider as error:
        raise ProviderRefused(f"{error} {kept} Providers are set in TTS_PROVIDERS.") from error
    except ProviderError as error:
        label = provider_class(alias).label
        advice = "Try again in a while; if it goes on: " if error.temporary else ""
        raise ProviderRefused(
            f"{label} ({alias}) said: “{error}” {kept} {advice}{where_to_mend(alias)}"
        ) from error


def where_to_mend(alias: str) -> str:
    """The settings that a provider depends on. Raises UnknownProvider."""
    provider = provider_class(alias)
    if not provider.needs_key or alias != provider.name:
        return f"Look at TTS_PROVIDERS[{alias!r}] in the settings."
    name = provider.name.upper()
    own = f"or enter a key of your own on {page()}"
    return f"Look at {name}_API_KEY and {name}_BASE_URL in the environment, {own}."


def page() -> str:
    """The name and address of the page on which people enter their keys."""
    return f"Credentials ({reverse('admin:voices_credential_changelist')})"


def with_advice(error: ProviderError) -> str:
    """The provider's words, and where to correct the key when the error is about it."""
    if not error.concerns_key:
        return str(error)
    message = str(error)
    stop = "" if message.endswith((".", "!", "?")) else "."
    return f"{message}{stop} Check the key on {page()}."
