"""The form that casts a voice."""

from typing import Any

from django import forms

from apps.core.errors import Invalid
from apps.core.forms import take_errors
from apps.voices.casting.rules import check_casting
from apps.voices.library.forms import VoiceField
from apps.voices.models import Casting


class CastingForm(forms.ModelForm[Casting]):
    voice = VoiceField(
        max_length=140,
        help_text="Its provider and id, as in espeak:Annie.",
        widget=forms.TextInput(attrs={"list": "voice-addresses", "size": 40}),
    )

    class Meta:
        model = Casting
        fields = ["character", "language", "voice"]
        help_texts = {"language": "Empty: in every language that has no casting of its own."}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        character = cleaned.get("character") or getattr(self.instance, "character", None)
        language = cleaned.get("language", self.instance.language if self.instance.pk else None)
        if character and cleaned.get("voice"):
            try:
                check_casting(character, cleaned["voice"], language)
            except Invalid as error:
                take_errors(self, error)
        return cleaned
