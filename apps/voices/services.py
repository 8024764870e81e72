"""What a person can ask of voices."""

from collections.abc import Iterable
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.services import Actor, record
from apps.catalog.models import Character, Language, Series
from apps.core.errors import DomainError, Invalid, Missing
from apps.providers.base import ProviderError
from apps.providers.transport import PRINTABLE
from apps.voices import credentials, previewing, syncing
from apps.voices.casting import check_casting
from apps.voices.models import Casting, Consent, Credential, SeriesVoice, Voice
from apps.voices.previewing import Preview, plan_preview
from apps.voices.syncing import SyncResult

LONGEST_KEY = 500
MOST_NAMED = 100  # voices in one Event
IMPORTED = "imported"  # stands for the provider of voices that came with takes of other tools


# --- The voices there are ----------------------------------------------------------------------


def sync_voices(provider_alias: str, *, by: Actor) -> SyncResult:
    """Take over the provider's list: all of it or, when it refuses, nothing.

    Voices that are no longer listed are marked as gone, and come back when listed again.
    Raises ProviderRefused, and Unreadable.
    """
    # Outside the transaction: reading a list page by page takes seconds.
    listed = syncing.listed_voices(provider_alias, by)
    with transaction.atomic():
        difference = syncing.compare(provider_alias, listed)
        syncing.write(difference, timezone.now())
        # The list as a whole has no row of its own: the alias names it.
        record(
            "voices.synced",
            Voice(provider=provider_alias, name=provider_alias),
            by=by,
            new=len(difference.new),
            changed=len(difference.changed),
            gone=[voice.address for voice in difference.gone[:MOST_NAMED]],
            unusable=list(difference.unusable[:MOST_NAMED]),
        )
    return difference.result()


def compare_voices(provider_alias: str) -> SyncResult:
    """What `sync_voices` would do now; nothing is written. Raises ProviderRefused."""
    return syncing.compare(provider_alias, syncing.listed_voices(provider_alias, None)).result()


def find_voice(address: str) -> Voice:
    """The voice of an address such as `espeak:Annie`. Raises Missing, naming similar ones."""
    provider, _, voice_id = address.partition(":")
    voice = Voice.objects.filter(provider=provider, provider_voice_id=voice_id).first()
    if voice is None:
        raise Missing(f"There is no voice {address!r}. {_advice(provider, voice_id or provider)}")
    return voice


@transaction.atomic
def import_voice(name: str, provider_voice_id: str, *, by: Actor) -> Voice:
    """The voice of imported takes whose provider nobody knows: found by its id, or made.

    Nothing can be asked of the provider “imported”, and nobody's consent is recorded: what the
    voice has said can be heard, and it says nothing more.
    """
    voice, is_new = Voice.objects.get_or_create(
        provider=IMPORTED, provider_voice_id=provider_voice_id, defaults={"name": name}
    )
    if is_new:
        record("voice.imported", voice, by=by, provider_voice_id=provider_voice_id)
    return voice


@transaction.atomic
def edit_voice(voice: Voice, *, by: Actor, **fields: Any) -> Voice:
    """Change owner, default model or default settings; all else is the provider's."""
    changed = {name: value for name, value in fields.items() if getattr(voice, name) != value}
    if changed:
        for name, value in changed.items():
            setattr(voice, name, value)
        voice.save(update_fields=list(changed))
        record("voice.edited", voice, by=by, fields=sorted(changed))
    return voice


# --- Who uses them -----------------------------------------------------------------------------


@transaction.atomic
def link_voices(series: Series, voices: Iterable[Voice], *, by: Actor) -> None:
    """Let a Series use these voices; those it uses already stay as they are."""
    used = set(SeriesVoice.objects.filter(series=series).values_list("voice_id", flat=True))
    new = [voice for voice in voices if voice.pk not in used]
    if new:
        links = [SeriesVoice(series=series, voice=voice) for voice in new]
        SeriesVoice.objects.bulk_create(links, ignore_conflicts=True)
        addresses = [voice.address for voice in new[:MOST_NAMED]]
        record("series.voices_linked", series, by=by, voices=addresses)


@transaction.atomic
def unlink_voice(series: Series, voice: Voice, *, by: Actor) -> None:
    """Take the voice from the Series; takes stay. Refused while it plays a character there."""
    castings = Casting.objects.filter(series=series, voice=voice)
    roles = list(castings.values_list("character__name", flat=True).distinct()[:5])
    if roles:
        raise DomainError(
            f"{voice} plays {', '.join(roles)} in {series} and stays: cast somebody else first."
        )
    deleted, _ = SeriesVoice.objects.filter(series=series, voice=voice).delete()
    if deleted:
        record("series.voice_unlinked", series, by=by, voice=voice.address)


@transaction.atomic
def cast(character: Character, voice: Voice, language: Language | None, *, by: Actor) -> Casting:
    """Let the voice play the character in one language, or (None) in all. Raises Invalid."""
    check_casting(character, voice, language)
    link_voices(character.series, [voice], by=by)
    casting, _ = Casting.objects.update_or_create(
        character=character,
        language=language,
        defaults={"voice": voice, "series": character.series},
    )
    spoken = language.tag if language else "all"
    record("character.cast", character, by=by, voice=voice.address, language=spoken)
    return casting


@transaction.atomic
def uncast(casting: Casting, *, by: Actor) -> None:
    """Free the character again; what was recorded stays."""
    record("character.uncast", casting.character, by=by, voice=casting.voice.address)
    casting.delete()


# --- Consent -----------------------------------------------------------------------------------


@transaction.atomic
def record_consent(
    voice: Voice,
    act: str,
    audience: str,
    basis: str,
    expires_at: datetime | None = None,
    *,
    by: User | None,
) -> Consent:
    """Add a grant or a revocation, from now on the voice's state. Raises Invalid."""
    check_consent(act, audience, basis, expires_at)
    consent = Consent.objects.create(
        voice=voice,
        act=act,
        audience=audience,
        basis=basis.strip(),
        expires_at=expires_at,
        recorded_by=by,
    )
    record("voice.consent_recorded", voice, by=by, act=act, audience=audience, basis=basis.strip())
    return consent


def check_consent(act: str, audience: str, basis: str, expires_at: datetime | None) -> None:
    """Raise Invalid with everything that is wrong, by field."""
    errors = {}
    if act not in Consent.Act.values:
        errors["act"] = f"Choose one of {', '.join(Consent.Act.values)}."
    if audience not in Consent.Audience.values:
        errors["audience"] = f"Choose one of {', '.join(Consent.Audience.values)}."
    if not basis.strip():
        errors["basis"] = "Say what it rests on and where that can be found."
    if expires_at and act == Consent.Act.REVOCATION:
        errors["expires_at"] = "A revocation has no end; record a new grant instead."
    elif expires_at and expires_at <= timezone.now():
        errors["expires_at"] = "This moment has passed."
    if errors:
        raise Invalid(errors)


# --- Previews ----------------------------------------------------------------------------------


def hear_preview(voice: Voice, language: str = "") -> Preview:
    """A preview that can be played now. Only a free one is made for that.

    Raises Missing for one that would cost something and that nobody has had made yet.
    """
    preview = plan_preview(voice, language)
    if preview.is_free:
        previewing.make(preview)
    elif not previewing.is_made(preview):
        raise Missing(
            f"There is no preview of {voice} in {preview.language} yet. Making it costs "
            f"{preview.characters} characters at {preview.label}; it is made by POST only."
        )
    return preview


def make_preview(voice: Voice, language: str = "", *, by: Actor) -> Preview:
    """Have a preview made, once, whatever it costs. Raises BeingMade when somebody just does."""
    preview = plan_preview(voice, language)
    if previewing.is_made(preview):
        return preview
    with previewing.claimed(preview):
        made = previewing.make(preview)
    if made:
        characters = 0 if preview.is_free else preview.characters
        language = preview.language
        record("voice.preview_made", voice, by=by, language=language, characters=characters)
    return preview


def _advice(provider: str, wanted: str) -> str:
    """Addresses whose id or name is much like what was wanted."""
    rows = Voice.objects.present().values_list("provider", "provider_voice_id", "name")
    same_provider = list(rows.filter(provider=provider)) or list(rows)
    by_word: dict[str, str] = {}
    for alias, voice_id, name in same_provider:
        by_word.setdefault(voice_id.casefold(), f"{alias}:{voice_id}")
        by_word.setdefault(name.casefold(), f"{alias}:{voice_id}")
    near = get_close_matches(wanted.casefold(), by_word, n=3, cutoff=0.5)
    if near:
        return f"Similar: {', '.join(dict.fromkeys(by_word[word] for word in near))}."
    return "Bring in what a provider offers with manage.py sync_voices."


# --- Keys of one's own --------------------------------------------------------------------------


@transaction.atomic
def save_credential(alias: str, key: str, *, by: User) -> Credential:
    """Keep somebody's own key for a provider, in place of the one before. Raises Invalid."""
    key = key.strip()
    if alias not in credentials.kept_for():
        raise Invalid({"provider": "There is no such provider to keep a key for."})
    if not PRINTABLE.fullmatch(key) or len(key) > LONGEST_KEY:
        raise Invalid({"key": "That is no key: it has no spaces, line breaks or other letters."})
    untested = {"created_at": timezone.now(), "tested_at": None, "is_good": None, "answer": ""}
    credential, _ = Credential.objects.update_or_create(
        user=by, provider=alias, defaults={"sealed": credentials.seal(key), **untested}
    )
    record("credential.saved", credential, by=by)
    return credential


@transaction.atomic
def delete_credential(credential: Credential, *, by: User) -> None:
    record("credential.deleted", credential, by=by)
    credential.delete()


def test_credential(credential: Credential, *, by: User) -> Credential:
    """Ask the provider whether the key is good, and keep its answer. Raises Unreadable.

    A provider that could not be asked, or speaks of something else, says nothing of the key.

    An answer to a key that was replaced or deleted meanwhile is told, and not kept.
    """
    key = credentials.opened(credential)
    is_good: bool | None = True
    try:
        answer = credentials.try_key(credential.provider, key)
    except ProviderError as error:
        answer, is_good = str(error), False if error.concerns_key else None
    credential.answer, credential.is_good = answer, is_good
    credential.tested_at = timezone.now()
    asked = Credential.objects.filter(pk=credential.pk, sealed=credential.sealed)
    with transaction.atomic():
        asked.update(answer=answer, is_good=is_good, tested_at=credential.tested_at)
        record("credential.tested", credential, by=by, is_good=is_good)
    return credential
