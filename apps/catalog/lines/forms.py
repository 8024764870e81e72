"""The form of one line."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from apps.catalog.lines.faults import text_fault
from apps.catalog.models import Character, Line
from apps.catalog.texts import says_same


class LineForm(forms.ModelForm[Line]):
    """A line's text and details. `seen_version` notices that somebody else was quicker."""

    seen_version = forms.IntegerField(widget=forms.HiddenInput)
    text = forms.CharField(
        strip=False, widget=forms.Textarea(attrs={"rows": 4, "cols": 80, "dir": "auto"})
    )
    character = forms.ModelChoiceField(Character.objects.none(), required=False)
    labels = forms.CharField(required=False, help_text="Separated by commas.")

    class Meta:
        model = Line
        fields = ["text", "character", "notes", "labels", "max_duration"]
        widgets = {"notes": forms.Textarea(attrs={"rows": 3, "cols": 80})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["labels"] = ", ".join(self.instance.labels)
        self.initial["seen_version"] = self.instance.version
        if "text" in self.fields:
            self.fields["text"].widget.attrs["lang"] = self.instance.language.tag
        character = self.fields.get("character")
        if isinstance(character, forms.ModelChoiceField):
            character.queryset = Character.objects.filter(series=self.instance.series_id)

    def clean_text(self) -> str:
        text = str(self.cleaned_data["text"]).replace("\r\n", "\n")
        before = str(self.initial["text"])
        if says_same(text, before.replace("\r\n", "\n")):
            return before
        if fault := text_fault(text):
            raise ValidationError(fault[0].upper() + fault[1:] + ".")
        return text

    def clean_labels(self) -> list[str]:
        labels = (label.strip() for label in self.cleaned_data["labels"].split(","))
        return [label for label in labels if label]

    def clean_seen_version(self) -> int:
        """Holds the row until the page's transaction ends, so that no other text comes between."""
        seen = int(self.cleaned_data["seen_version"])
        row = Line.objects.select_for_update().filter(pk=self.instance.pk)
        if seen != row.values_list("version", flat=True).get():
            raise ValidationError(
                "Somebody else changed this line meanwhile. Nothing was saved; load the page again."
            )
        return seen
