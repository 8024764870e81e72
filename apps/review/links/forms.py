"""Forms that make, extend and share a review link."""

from collections.abc import Sequence
from typing import Any

from django import forms

from apps.catalog.models import Language, Series
from apps.review.models import Draft, ReviewLink

LIVES = [("3", "3 days"), ("7", "7 days"), ("14", "14 days"), ("30", "30 days"), ("90", "90 days")]


class LinkForm(forms.Form):
    """Drafts, reviewers, rights and lifetime of a new link."""

    title = forms.CharField(max_length=200, help_text="Reviewers see it at the top.")
    message = forms.CharField(
        required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    languages: Any = forms.ModelMultipleChoiceField(
        Language.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    reviewers = forms.CharField(
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One name a line. Each gets an address of their own.",
    )
    rights = forms.ChoiceField(
        label="They may", choices=ReviewLink.Rights.choices, initial=ReviewLink.Rights.DECIDE
    )
    days = forms.ChoiceField(label="Open for", choices=LIVES, initial="14")
    passcode = forms.CharField(
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="Optional: tell it them another way than the address.",
    )
    contact = forms.CharField(
        max_length=200, help_text="Whom reviewers ask: a name, and how to reach you."
    )

    def __init__(self, *args: Any, series: Series, drafts: Sequence[Draft], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.series, self.drafts = series, list(drafts)
        field: Any = self.fields["languages"]
        field.queryset = series.languages.all()
        spoken = {draft.line.language_id for draft in self.drafts}
        field.initial = sorted(spoken) or list(series.languages.values_list("pk", flat=True))

    @property
    def chosen(self) -> str:
        """The keys of the chosen drafts, for a hidden field."""
        return ",".join(str(draft.pk) for draft in self.drafts)

    def asked(self) -> dict[str, Any]:
        """The arguments for `create_link`."""
        arguments = {**self.cleaned_data, "days": int(self.cleaned_data["days"])}
        arguments["reviewers"] = [
            name.strip() for name in arguments["reviewers"].splitlines() if name.strip()
        ]
        return {**arguments, "drafts": self.drafts, "everything": not self.drafts}


class ReviewerForm(forms.Form):
    """The name of one more reviewer of a link."""

    label = forms.CharField(label="Name", max_length=150)


class ExtendForm(forms.Form):
    """The number of days, from now, that a link stays open."""

    days = forms.ChoiceField(label="Open for", choices=LIVES, initial="14")
