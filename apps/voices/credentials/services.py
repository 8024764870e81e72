"""Saves, deletes and tests people's own keys."""

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.services import record
from apps.core.errors import Invalid
from apps.providers.base import ProviderError
from apps.providers.transport import PRINTABLE
from apps.voices.credentials import keys
from apps.voices.models import Credential

LONGEST_KEY = 500


@transaction.atomic
def save_credential(alias: str, key: str, *, by: User) -> Credential:
    """Save the person's own key for a provider, replacing a former one. Raises Invalid."""
    key = key.strip()
    if alias not in keys.kept_for():
        raise Invalid({"provider": "There is no such provider to keep a key for."})
    if not PRINTABLE.fullmatch(key) or len(key) > LONGEST_KEY:
        raise Invalid({"key": "That is no key: it has no spaces, line breaks or other letters."})
    untested = {"created_at": timezone.now(), "tested_at": None, "is_good": None, "answer": ""}
    credential, _ = Credential.objects.update_or_create(
        user=by, provider=alias, defaults={"sealed": keys.seal(key), **untested}
    )
    record("credential.saved", credential, by=by)
    return credential


@transaction.atomic
def delete_credential(credential: Credential, *, by: User) -> None:
    record("credential.deleted", credential, by=by)
    credential.delete()


def test_credential(credential: Credential, *, by: User) -> Credential:
    """Test the key at the provider, and save the answer. Raises UnreadableKey.

    `is_good` is None when the provider could not be reached or its error is not about the key.

    The answer for a key that was replaced or deleted meanwhile is returned but not saved.
    """
    key = keys.opened(credential)
    is_good: bool | None = True
    try:
        answer = keys.try_key(credential.provider, key)
    except ProviderError as error:
        answer, is_good = str(error), False if error.concerns_key else None
    credential.answer, credential.is_good = answer, is_good
    credential.tested_at = timezone.now()
    asked = Credential.objects.filter(pk=credential.pk, sealed=credential.sealed)
    with transaction.atomic():
        asked.update(answer=answer, is_good=is_good, tested_at=credential.tested_at)
        record("credential.tested", credential, by=by, is_good=is_good)
    return credential
