"""The generate form: from fields to a GenerationOrder, every error at its field."""

from typing import Any

from django import forms

from apps.catalog.models import Series
from apps.core.errors import Invalid
from apps.core.forms import number, take_errors
from apps.providers.base import RANGES
from apps.takes.ordering.generation_order import MOST_TAKES_PER_LINE, GenerationOrder
from apps.takes.ordering.take_requests import DEFAULT_FORMAT
from apps.voices.library.forms import BoostField
from apps.voices.models import Voice

FORMATS = ("mp3_44100_128", "mp3_44100_192", "mp3_44100_96", "mp3_44100_64", "mp3_22050_32")
HINTS = {
    "stability": "Low varies more, high stays even.",
    "similarity_boost": "How closely to keep to the original voice.",
    "style": "How much to exaggerate the voice's manner.",
    "speed": "1 is the voice's own pace.",
}


class VoicesField(forms.ModelMultipleChoiceField[Voice]):
    def label_from_instance(self, voice: Any) -> str:
        return f"{voice.name} ({voice.provider})"


class GenerateForm(forms.Form):
    """Lines × voices × takes of one Series. `ask()` is there once the form is valid."""

    which = forms.ChoiceField(
        label="Lines",
        choices=[
            ("all", "All lines"),
            ("without_audio", "Only lines without a take"),
            ("matching", "Lines whose key matches"),
            ("chosen", "The lines chosen in the list"),
        ],
        initial="all",
        widget=forms.RadioSelect,
    )
    lines = forms.CharField(
        label="Key pattern", required=False, help_text="Such as Intro_* for every key so begun."
    )
    line_pks = forms.CharField(required=False, widget=forms.HiddenInput)
    script = forms.FileField(
        label="Or a script",
        required=False,
        help_text="CSV with Function,Line or line_key,text: imported first, then generated.",
    )
    takes = forms.IntegerField(
        label="Takes per line", min_value=1, max_value=MOST_TAKES_PER_LINE, initial=3
    )
    model = forms.CharField(required=False, help_text="Empty: each voice's own.")
    output_format = forms.ChoiceField(
        label="Format", choices=[(name, name) for name in FORMATS], initial=DEFAULT_FORMAT
    )
    use_speaker_boost = BoostField()
    reuse_identical = forms.BooleanField(
        label="Reuse identical takes",
        required=False,
        initial=True,
        help_text="What was bought once with the same words, voice and settings is copied.",
    )

    def __init__(self, *args: Any, series: Series, voices: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.series = series
        tags = list(series.languages.values_list("tag", flat=True)) or [series.default_language]
        self.fields["language"] = forms.ChoiceField(
            choices=[(tag, tag) for tag in tags], initial=series.default_language
        )
        self.fields["voices"] = VoicesField(queryset=voices, widget=forms.CheckboxSelectMultiple)
        for name, (low, high) in RANGES.items():
            for end in ("low", "high"):
                self.fields[f"{name}_{end}"] = forms.FloatField(
                    required=False, min_value=low, max_value=high, help_text=HINTS[name]
                )

    def ranges(self) -> list[dict[str, Any]]:
        """What the template shows for each setting: two values, their limits and a word."""
        return [
            {
                "name": name,
                "label": name.replace("_", " ").capitalize(),
                "low": self[f"{name}_low"].value(),
                "high": self[f"{name}_high"].value(),
                "minimum": low,
                "maximum": high,
                "help": f"{HINTS[name]} Empty keeps the voice's own.",
                "error": " ".join([*self[f"{name}_low"].errors, *self[f"{name}_high"].errors]),
            }
            for name, (low, high) in RANGES.items()
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in RANGES:
            low, high = data.get(f"{name}_low"), data.get(f"{name}_high")
            if low is not None and high is not None and low > high:
                self.add_error(f"{name}_low", "The lower number comes first.")
        if data.get("which") == "matching" and not data.get("lines"):
            self.add_error("lines", "Say which keys, such as Intro_*.")
        return data

    def settings(self) -> dict[str, Any]:
        """Only what was chosen; a setting with one number is a value, with two a range."""
        chosen: dict[str, Any] = {}
        for name in RANGES:
            ends = [self.cleaned_data.get(f"{name}_{end}") for end in ("low", "high")]
            numbers = sorted({end for end in ends if end is not None})
            if numbers:
                chosen[name] = numbers if len(numbers) == 2 else numbers[0]
        boost = self.cleaned_data["use_speaker_boost"]
        return chosen if boost is None else {**chosen, "use_speaker_boost": boost}

    def ask(self) -> GenerationOrder:
        data = self.cleaned_data
        which = data["which"]
        pks = list(filter(None, map(number, data["line_pks"].split(","))))
        return GenerationOrder(
            series=self.series,
            language=data["language"],
            voices=list(data["voices"]),
            takes=data["takes"],
            lines=data["lines"] if which == "matching" else "",
            line_pks=pks if which == "chosen" else (),
            without_audio=which == "without_audio",
            settings=self.settings(),
            model=data["model"],
            output_format=data["output_format"],
            reuse_identical=data["reuse_identical"],
        )

    def take_errors(self, error: Invalid) -> None:
        """Show what a service refused at the fields that it names."""
        take_errors(self, error, {name: f"{name}_low" for name in RANGES})
