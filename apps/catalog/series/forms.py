"""The form of a Series."""

from django import forms
from django.core.exceptions import ValidationError

from apps.catalog.language_tags import BadTag, normal_tag
from apps.catalog.models import Series


def tag_or_error(value: str) -> str:
    try:
        return normal_tag(value)
    except BadTag as error:
        raise ValidationError(str(error)) from error


class SeriesForm(forms.ModelForm[Series]):
    class Meta:
        model = Series
        fields = ["slug", "title", "kind", "default_language"]

    def clean_default_language(self) -> str:
        return tag_or_error(self.cleaned_data["default_language"])
