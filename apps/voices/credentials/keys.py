"""Encrypts and decrypts people's own keys for providers, and makes providers with them."""

import base64
from collections.abc import Iterable

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from apps.accounts.models import User
from apps.audit.services import Actor
from apps.core.errors import DomainError
from apps.providers.base import Provider, ProviderError
from apps.providers.registry import (
    LEGACY,
    aliases,
    get_provider,
    missing_keys,
    options_of,
    provider_class,
)
from apps.voices.models import Credential
from apps.voices.refusals import page

PLAYHT = "playht"
PURPOSE = b"voicecms: keys of providers"
TEST_SECONDS = 15.0


class UnreadableKey(DomainError):
    """The key was encrypted with another SECRET_KEY than the present ones."""


def kept_for() -> dict[str, str]:
    """Alias -> label of each provider that people may keep a key for."""
    named = {alias: provider_class(alias) for alias in aliases()}
    keyed = {alias: found.label for alias, found in named.items() if found.needs_key}
    return keyed | {PLAYHT: "PlayHT"}


# --- At rest ------------------------------------------------------------------------------------


def seal(key: str) -> str:
    """Encrypt a key with the present SECRET_KEY (Fernet: AES-128-CBC and HMAC-SHA256)."""
    return _box().encrypt(key.encode()).decode()


def opened(credential: Credential) -> str:
    """The decrypted key. Raises UnreadableKey."""
    try:
        return _box().decrypt(credential.sealed).decode()
    except InvalidToken:
        raise UnreadableKey(
            f"The key of {credential.user} for {credential.provider} cannot be read any more: the "
            f"secret key of this installation has changed. Enter it again on {page()}."
        ) from None


def _box() -> MultiFernet:
    """Encrypts with SECRET_KEY, and decrypts with SECRET_KEY_FALLBACKS too."""
    return MultiFernet(map(_fernet, [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]))


def _fernet(secret: str) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(derived))


# --- In use -------------------------------------------------------------------------------------


def key_of(person: Actor, alias: str) -> str:
    """The person's own key; "" for none or an inactive person. Raises UnreadableKey."""
    if not isinstance(person, User) or not person.is_active:
        return ""
    found = Credential.objects.filter(user=person, provider=alias).select_related("user").first()
    return opened(found) if found else ""


def provider_for(alias: str, person: Actor) -> Provider:
    """The provider with the person's own key, else with the installation's.

    Raises UnknownProvider and UnreadableKey.
    """
    return get_provider(alias, key_of(person, alias))


def shared_provider(alias: str, person: Actor) -> Provider:
    """The provider for shared things: with the installation's key, else with the person's.

    Raises UnknownProvider and UnreadableKey.
    """
    return provider_for(alias, person if alias in missing_keys() else None)


def keyless(names: Iterable[str], person: Actor) -> list[str]:
    """A sentence for each provider that this person has no key for. Raises UnreadableKey."""
    missing = missing_keys()
    return [
        f"{missing[alias]} Enter yours on {page()}, or have one set for everybody."
        for alias in sorted(set(names))
        if alias in missing and not key_of(person, alias)
    ]


def try_key(alias: str, key: str) -> str:
    """The provider's answer to the key. Raises ProviderError."""
    if alias == PLAYHT:
        raise ProviderError(LEGACY[PLAYHT])
    provider = provider_class(alias)(
        **options_of(alias) | {"api_key": key, "timeout": TEST_SECONDS}
    )
    try:
        return provider.check_key()
    finally:
        provider.close()
