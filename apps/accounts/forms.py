"""The form that makes an API token."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib.auth.forms import AdminUserCreationForm
from django.utils import timezone

from apps.accounts.models import ApiToken, Scope, User

LIVES = [("7", "7 days"), ("30", "30 days"), ("90", "90 days"), ("365", "A year")]


class TokenForm(forms.ModelForm[ApiToken]):
    """What a new token is for, what it may do and until when."""

    scopes = forms.MultipleChoiceField(
        choices=Scope.choices,
        initial=[Scope.READ_JOB],
        widget=forms.CheckboxSelectMultiple,
        help_text="It never may do more than you may yourself.",
    )
    days = forms.ChoiceField(label="Good for", choices=LIVES, initial="90")

    class Meta:
        model = ApiToken
        fields = ["name"]

    def expires_at(self) -> datetime:
        return timezone.now() + timedelta(days=int(self.cleaned_data["days"]))


class UserAddForm(AdminUserCreationForm[User]):
    """A new account; it may log in to the admin unless that is unticked."""

    class Meta(AdminUserCreationForm.Meta):
        model = User

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "is_staff" in self.fields:
            self.fields["is_staff"].initial = True
