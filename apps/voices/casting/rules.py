"""Checks whether a voice may play a character."""

from apps.catalog.models import Character, Language
from apps.core.errors import Invalid
from apps.voices.models import Voice


def check_casting(character: Character, voice: Voice, language: Language | None) -> None:
    """Raise Invalid with all faults, by field."""
    errors = {}
    if language is not None and language.series_id != character.series_id:
        errors["language"] = f"{language} is a language of another Series than {character}."
    if voice.gone_at:
        errors["voice"] = f"{voice.provider} no longer offers {voice}; choose another voice."
    elif fault := voice.fault:
        errors["voice"] = f"No batch can be made with this voice. {fault}"
    if errors:
        raise Invalid(errors)
