"""Addresses and fields in which a number is expected, and something else comes."""

import pytest
from django import forms

from apps.core.errors import Invalid
from apps.core.forms import number, take_errors
from apps.takes.models import Run
from tests.factories import LineFactory

HUGE = "9" * 30

ADDRESSES = [
    "takes/batch/{}/change/",
    "takes/take/{}/change/",
    "takes/run/{}/change/",
    "review/reviewlink/{}/change/",
    "takes/run/add/?series={}",
    "takes/run/add/?series=SERIES&voice={}",
    "takes/run/RUN/progress/?takes={}",
    "takes/run/?series={}",
    "takes/batch/?series={}",
    "takes/take/?series={}",
    "catalog/line/?series={}",
    "catalog/line/?series=SERIES&character={}",
    "review/draft/?series={}",
    "voices/casting/?series={}",
    "voices/casting/add/?series={}",
    "accounts/apitoken/revoke/?pk={}",
]


@pytest.mark.parametrize("odd", ["abc", "%C2%B2", HUGE, "-1", ""], ids=str)
@pytest.mark.parametrize("address", ADDRESSES)
def test_what_is_no_key_finds_nothing_and_breaks_nothing(admin_client, address, odd):
    line = LineFactory()
    run = Run.objects.create(series=line.series)
    named = address.replace("SERIES", str(line.series_id)).replace("RUN", str(run.pk))
    answer = admin_client.get(f"/admin/{named.format(odd)}")
    assert answer.status_code in (200, 302, 404)


@pytest.mark.parametrize(
    ("text", "meant"),
    [("7", 7), (7, 7), ("²", 0), ("٣", 0), ("-1", 0), (-1, 0), (True, 0), (HUGE, 0), (None, 0)],
)
def test_a_number_is_read_or_is_none(text, meant):
    assert number(text) == meant


class TwoFields(forms.Form):
    title = forms.CharField()
    voice = forms.CharField()


def test_what_a_service_refuses_stands_at_its_field_or_above_all():
    form = TwoFields({"title": "A", "voice": "B"})
    refusal = Invalid({"title": "Too long.", "voices": "Gone.", "lines": "None is left."})
    take_errors(form, refusal, {"voices": "voice"})
    assert form.errors == {
        "title": ["Too long."],
        "voice": ["Gone."],
        "__all__": ["None is left."],
    }
