"""Forms of the pages about voices."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from apps.catalog.models import Series
from apps.core.errors import Invalid, Missing
from apps.core.forms import take_errors
from apps.providers.registry import UnknownProvider, get_provider, provider_class
from apps.voices.casting import check_casting
from apps.voices.manner import chosen_errors
from apps.voices.models import Casting, Consent, Voice
from apps.voices.services import check_consent, find_voice


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


class VoiceForm(forms.ModelForm):
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
        model = self.cleaned_data["default_model"].strip()
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


class ConsentForm(forms.ModelForm):
    """One grant or revocation. It becomes the voice's state at once and is never changed."""

    class Meta:
        model = Consent
        fields = ["act", "audience", "basis", "expires_at"]
        widgets = {
            "act": forms.RadioSelect,
            "basis": forms.Textarea(attrs={"rows": 3}),
            "expires_at": forms.DateTimeInput(
                attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"
            ),
        }
        help_texts = {
            "audience": "Each includes the ones before it.",
            "expires_at": "Empty: until it is revoked. In the time zone of the server.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["act"] = forms.ChoiceField(
            choices=Consent.Act.choices, widget=forms.RadioSelect, initial=Consent.Act.GRANT
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            try:
                check_consent(**cleaned)
            except Invalid as error:
                take_errors(self, error)
        return cleaned


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


class CastingForm(forms.ModelForm):
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


class SeriesLinkForm(forms.Form):
    """A Series that shall use the voice, out of those that the person may edit."""

    series = forms.ModelChoiceField(Series.objects.none(), label="Use it in")

    def __init__(self, *args: Any, series: QuerySet[Series], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["series"] = forms.ModelChoiceField(series, label="Use it in")
