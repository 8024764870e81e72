"""The form that records consent."""

from typing import Any

from django import forms

from apps.core.errors import Invalid
from apps.core.forms import take_errors
from apps.voices.consent.services import check_consent
from apps.voices.models import Consent


class ConsentForm(forms.ModelForm[Consent]):
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
