"""Validates the form that uploads a script."""

from typing import Any

from django import forms

from apps.catalog.scripts.planning import ImportOptions
from apps.catalog.series.forms import tag_or_error

ENCODING_CHOICES = [
    ("", "UTF-8 or UTF-16 (usual)"),
    ("windows-1252", "Windows-1252 (older Excel)"),
]


class UploadForm(forms.Form):
    """A script file and how to read it; the plan is shown before anything is written."""

    file = forms.FileField(
        label="CSV or TSV file",
        help_text="With a header such as Function,Line or item_id,labels,en,es-CO. At most 20 MB.",
        allow_empty_file=True,  # the reader's message on an empty file says more than Django's
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
