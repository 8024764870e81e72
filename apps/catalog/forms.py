"""Forms of the catalog's pages."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from apps.catalog.models import Character, Line, Series
from apps.catalog.planning import ImportOptions
from apps.catalog.reading import text_fault
from apps.catalog.tags import BadTag, normal_tag

ENCODING_CHOICES = [
    ("", "UTF-8 or UTF-16 (usual)"),
    ("windows-1252", "Windows-1252 (older Excel)"),
]


def tag_or_error(value: str) -> str:
    try:
        return normal_tag(value)
    except BadTag as error:
        raise ValidationError(str(error)) from error


class SeriesForm(forms.ModelForm):
    class Meta:
        model = Series
        fields = ["slug", "title", "kind", "default_language"]

    def clean_default_language(self) -> str:
        return tag_or_error(self.cleaned_data["default_language"])


class UploadForm(forms.Form):
    """A script file and how to read it. What it becomes is shown before anything is written."""

    file = forms.FileField(
        label="CSV or TSV file",
        help_text="With a header such as Function,Line or item_id,labels,en,es-CO. At most 20 MB.",
        allow_empty_file=True,  # the reader says more about an empty file than "is empty"
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv"}),
    )
    all_languages = forms.BooleanField(
        label="All languages of the file",
        required=False,
        help_text="For item banks with one column per language.",
    )
    language = forms.CharField(
        label="Language",
        required=False,
        help_text="As in en or es-CO. Empty: the Series' default language.",
    )
    encoding = forms.ChoiceField(label="Encoding", choices=ENCODING_CHOICES, required=False)
    key_column = forms.CharField(
        label="Key column", required=False, help_text="Only when it has an unusual name."
    )
    text_column = forms.CharField(
        label="Text column", required=False, help_text="Only when it has an unusual name."
    )
    retire_missing = forms.BooleanField(
        label="Retire lines that the file lacks",
        required=False,
        help_text="They are no longer offered for generating; their takes stay.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})

    def clean_language(self) -> str:
        value = self.cleaned_data["language"].strip()
        return tag_or_error(value) if value else ""

    def options(self) -> ImportOptions:
        given = {name: value for name, value in self.cleaned_data.items() if name != "file"}
        return ImportOptions(**given)


class LineForm(forms.ModelForm):
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
        text = self.cleaned_data["text"].replace("\r\n", "\n")
        if text == self.initial["text"].replace("\r\n", "\n"):
            return self.initial["text"]
        if fault := text_fault(text):
            raise ValidationError(fault[0].upper() + fault[1:] + ".")
        return text

    def clean_labels(self) -> list[str]:
        labels = (label.strip() for label in self.cleaned_data["labels"].split(","))
        return [label for label in labels if label]

    def clean_seen_version(self) -> int:
        """Holds the row until the page's transaction ends, so that no other text comes between."""
        seen = self.cleaned_data["seen_version"]
        row = Line.objects.select_for_update().filter(pk=self.instance.pk)
        if seen != row.values_list("version", flat=True).get():
            raise ValidationError(
                "Somebody else changed this line meanwhile. Nothing was saved; load the page again."
            )
        return seen
