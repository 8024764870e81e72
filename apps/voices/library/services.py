"""What a person can ask of the library of voices: sync, find, edit, link, hear."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.audit.services import Actor, record
from apps.catalog.models import Series
from apps.core.errors import DomainError, Missing
from apps.voices.library import samples, syncing
from apps.voices.library.samples import VoiceSample, plan_sample
from apps.voices.library.syncing import SyncResult
from apps.voices.models import Casting, SeriesVoice, Voice

MOST_NAMED = 100  # voices in one Event


IMPORTED = "imported"  # stands for the provider of voices that came with takes of other tools


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


@transaction.atomic(savepoint=False)  # it refuses nothing: what fails here fails as a whole
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


def hear_sample(voice: Voice, language: str = "") -> VoiceSample:
    """A sample that can be played now. Only a free one is made for that.

    Raises Missing for one that would cost something and that nobody has had made yet.
    """
    sample = plan_sample(voice, language)
    if sample.is_free:
        samples.make(sample)
    elif not samples.is_made(sample):
        raise Missing(
            f"There is no sample of {voice} in {sample.language} yet. Making it costs "
            f"{sample.characters} characters at {sample.label}; it is made by POST only."
        )
    return sample


def make_sample(voice: Voice, language: str = "", *, by: Actor) -> VoiceSample:
    """Have a sample made, once, whatever it costs. Raises BeingMade when somebody just does."""
    sample = plan_sample(voice, language)
    if samples.is_made(sample):
        return sample
    with samples.claimed(sample):
        made = samples.make(sample)
    if made:
        characters = 0 if sample.is_free else sample.characters
        language = sample.language
        record("voice.sample_made", voice, by=by, language=language, characters=characters)
    return sample


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
