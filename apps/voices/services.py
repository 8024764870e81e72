"""What a person can ask of voices."""

from collections.abc import Iterable

from apps.accounts.models import User
from apps.catalog.models import Series
from apps.core.errors import Missing
from apps.voices.models import SeriesVoice, Voice


def link_voices(series: Series, voices: Iterable[Voice], *, by: User | None) -> None:
    """Let a Series use these voices."""
    links = [SeriesVoice(series=series, voice=voice) for voice in voices]
    SeriesVoice.objects.bulk_create(links, ignore_conflicts=True)


def find_voice(address: str) -> Voice:
    """The voice of an address such as `espeak:Annie`; raises Missing."""
    provider, _, voice_id = address.partition(":")
    voice = Voice.objects.filter(provider=provider, provider_voice_id=voice_id).first()
    if voice is None:
        raise Missing(f"There is no voice {address!r}.")
    return voice
