"""Forms of voices."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from apps.catalog.models import Series
from apps.core.errors import Missing
from apps.providers.registry import UnknownProvider, get_provider, provider_class
from apps.voices.library.services import find_voice
from apps.voices.library.speech_settings import chosen_errors
from apps.voices.models import Voice


class BoostField(forms.TypedChoiceField):
    """Speaker boost on or off; None leaves it to the voice."""

    def __init__(self) -> None:
        super().__init__(
            label="Speaker boost",
            required=False,
            choices=[("", "As the voice has it"), ("on", "On"), ("off", "Off")],
            coerce=lambda text: text == "on",
            empty_value=None,
        )

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, bool):
            return "on" if value else "off"
        return value


class VoiceForm(forms.ModelForm[Voice]):
    """What is ours about a voice: the rest is what the provider says."""

    class Meta:
        model = Voice
        fields = ["owner", "default_model", "default_settings"]
        widgets = {"default_settings": forms.Textarea(attrs={"rows": 3, "cols": 60})}
        help_texts = {
            "owner": "May record consent, as administrators may.",
            "default_model": "Empty: the provider's own default.",
            "default_settings": 'Values or ranges, such as {"stability": 0.5, "speed": [0.9, 1.1]}',
        }

    def clean_default_model(self) -> str:
        model = str(self.cleaned_data["default_model"]).strip()
        known = provider_class(self._alias()).models
        if model and model not in known:
            raise forms.ValidationError(f"Choose one of {', '.join(known)}.")
        return model

    def clean_default_settings(self) -> dict[str, Any]:
        chosen = self.cleaned_data["default_settings"] or {}
        if not isinstance(chosen, dict):
            raise forms.ValidationError('Give an object such as {"stability": 0.5}.')
        if errors := chosen_errors(chosen, get_provider(self._alias())):
            raise forms.ValidationError([f"{name}: {told}" for name, told in errors.items()])
        return chosen

    def _alias(self) -> str:
        try:
            provider_class(self.instance.provider)
        except UnknownProvider as error:
            raise forms.ValidationError(str(error)) from error
        return self.instance.provider


class VoiceField(forms.CharField):
    """A voice by its address; what is typed wrongly is answered with similar addresses."""

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, int):
            return value
        voice = Voice.objects.filter(pk=value).first()
        return voice.address if voice else ""

    def clean(self, value: Any) -> Voice:
        try:
            return find_voice(super().clean(value))
        except Missing as error:
            raise forms.ValidationError(str(error)) from error


class SeriesLinkForm(forms.Form):
    """A Series that shall use the voice, out of those that the person may edit."""

    series = forms.ModelChoiceField(Series.objects.none(), label="Use it in")

    def __init__(self, *args: Any, series: QuerySet[Series], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["series"] = forms.ModelChoiceField(series, label="Use it in")
