"""Casts voices for characters and removes castings."""

from django.db import transaction

from apps.audit.services import Actor, record
from apps.catalog.models import Character, Language
from apps.voices.casting.rules import check_casting
from apps.voices.library.services import link_voices
from apps.voices.models import Casting, Voice


@transaction.atomic
def cast(character: Character, voice: Voice, language: Language | None, *, by: Actor) -> Casting:
    """Cast the voice for the character in one language, or (None) in all. Raises Invalid."""
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
    """Delete a casting; takes stay."""
    record("character.uncast", casting.character, by=by, voice=casting.voice.address)
    casting.delete()
