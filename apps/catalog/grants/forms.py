"""Validates the form that grants Series permissions."""

from typing import Any, cast

from django import forms
from django.contrib.auth.models import Group

from apps.accounts.models import User
from apps.accounts.roles import ROLES
from apps.catalog.grants.queries import Subject, address_of
from apps.core.access import SERIES_PERMISSIONS

BUNDLES = {role.name: f"{role.name}: {', '.join(role.on_series)}" for role in ROLES.values()}


class GrantForm(forms.Form):
    """Person or group, and the permissions: a role's bundle, single ones, or both."""

    subject = forms.ChoiceField(label="To")
    role = forms.ChoiceField(
        label="As",
        required=False,
        choices=[("", "Only what is ticked below"), *BUNDLES.items()],
        widget=forms.RadioSelect,
    )
    permissions = forms.MultipleChoiceField(
        label="May",
        required=False,
        choices=list(SERIES_PERMISSIONS.items()),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, subject: Subject | None = None, **kwargs: Any) -> None:
        """With a subject, the form edits its permissions and has no field for a subject."""
        super().__init__(*args, **kwargs)
        if subject is not None:
            del self.fields["subject"]
            return
        groups = [(address_of(group), group.name) for group in Group.objects.order_by("name")]
        people = User.objects.filter(is_active=True).order_by("username")
        named = [(address_of(user), _label(user)) for user in people]
        field = cast(forms.ChoiceField, self.fields["subject"])
        field.choices = [("", "–"), ("Groups", groups), ("People", named)]

    def wanted(self) -> set[str]:
        """Keys of SERIES_PERMISSIONS: the ticked ones and those of the role."""
        role = ROLES.get(self.cleaned_data["role"])
        return {*self.cleaned_data["permissions"], *(role.on_series if role else ())}


def find_subject(address: str) -> Subject | None:
    """The person or group of `user:5` or `group:2`; None when there is none."""
    kind, _, pk = address.partition(":")
    if not pk.isdecimal() or kind not in ("user", "group"):
        return None
    return (User if kind == "user" else Group).objects.filter(pk=pk).first()


def _label(user: User) -> str:
    full = user.get_full_name()
    return f"{user.get_username()} ({full})" if full else user.get_username()
