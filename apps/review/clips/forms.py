"""The form of one line in the clip table: its text, and how it is to be spoken."""

from collections.abc import Mapping
from typing import Any

from django import forms

from apps.catalog.lines.faults import text_fault
from apps.catalog.models import Line
from apps.catalog.texts import says_same
from apps.core.errors import Invalid
from apps.core.forms import take_errors
from apps.providers.base import RANGES, SETTING_NAMES
from apps.review.clips.patches import SpeechSettings
from apps.voices.library.forms import BoostField
from apps.voices.library.queries import offered_to
from apps.voices.models import Voice


class VoiceSelect(forms.Select):
    """Each voice says whose it is: a model is one of its provider's."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if value:
            option["attrs"]["data-provider"] = value.instance.provider
        return option


class VoiceChoice(forms.ModelChoiceField[Voice]):
    widget = VoiceSelect

    def label_from_instance(self, voice: Any) -> str:
        return f"{voice.name} ({voice.provider})"


class PatchForm(forms.Form):
    """`text` and `version` of a line; `voice`, `model` and settings as single values."""

    text = forms.CharField(
        label="Text", strip=False, widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"})
    )
    version = forms.IntegerField(widget=forms.HiddenInput)
    model = forms.CharField(required=False, max_length=60)
    use_speaker_boost = BoostField()

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        line: Line,
        speech: SpeechSettings,
        may_edit: bool = True,
    ) -> None:
        super().__init__(data, auto_id=f"line-{line.pk}-%s", label_suffix="")
        self.line, self.speech = line, speech
        self.initial = {"text": line.text, "version": line.version, **initial_of(speech)}
        attributes = self.fields["text"].widget.attrs
        attributes.update({"lang": line.language.tag, "data-saved": line.text})
        if not may_edit:
            attributes["readonly"] = True
        chosen = [self.initial["voice"], self.data.get("voice")]
        self.fields["voice"] = VoiceChoice(
            offered_to(line.series, chosen), required=False, empty_label="Choose a voice"
        )
        for name, (low, high) in RANGES.items():
            self.fields[name] = forms.FloatField(
                required=False,
                min_value=low,
                max_value=high,
                widget=forms.NumberInput(attrs={"step": 0.05}),
            )

    @property
    def speaker(self) -> str:
        """Who is to speak it, and why; empty when nobody is known."""
        if not self.is_bound:
            return f"{self.speech.voice.name}, as {self.speech.source}" if self.speech.voice else ""
        voice = getattr(self, "cleaned_data", {}).get("voice")
        return f"{voice}, as chosen" if voice else ""

    @property
    def is_speech_wrong(self) -> bool:
        return bool(self.errors.keys() - {"text", "version", "__all__"})

    def numbers(self) -> list[forms.BoundField]:
        return [self[name] for name in RANGES]

    def clean_text(self) -> str:
        """Browsers send CRLF; a text that is otherwise the same is the same."""
        text = str(self.cleaned_data["text"]).replace("\r\n", "\n")
        if says_same(text, self.line.text.replace("\r\n", "\n")):
            return self.line.text
        if fault := text_fault(text):
            raise forms.ValidationError(fault[0].upper() + fault[1:] + ".")
        return text

    def settings(self) -> dict[str, Any]:
        """Only what was chosen."""
        found = {name: self.cleaned_data.get(name) for name in SETTING_NAMES}
        return {name: value for name, value in found.items() if value is not None}

    def take_errors(self, error: Invalid) -> None:
        """Show what a service refused at the fields that it names."""
        take_errors(self, error, {"voices": "voice", "lines": "text"})


def initial_of(speech: SpeechSettings) -> dict[str, Any]:
    voice = speech.voice.pk if speech.voice else None
    named = {name: speech.settings.get(name) for name in SETTING_NAMES}
    return {"voice": voice, "model": speech.model, **named}
