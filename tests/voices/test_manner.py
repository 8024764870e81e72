"""How a voice is asked to speak: what is refused, and the field of the speaker boost."""

import pytest
from django import forms

from apps.providers.registry import get_provider
from apps.voices.library.forms import BoostField
from apps.voices.library.speech_settings import chosen_errors, setting_errors


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("speed", 1.0, ""),
        ("speed", [0.9, 1.1], ""),
        ("speed", [1.0, 1.0], ""),
        ("speed", None, ""),
        ("speed", [], "a range of two numbers"),
        ("speed", [0.9], "a range of two numbers"),
        ("speed", [1.1, 0.9], "lower number first"),
        ("speed", "fast", "must be a number"),
        ("use_speaker_boost", True, ""),
        ("use_speaker_boost", [True, False], "a range of two numbers"),
        ("mood", 1, "no such setting"),
    ],
)
def test_a_setting_is_a_value_or_a_rising_range(name, value, problem):
    found = chosen_errors({name: value}, get_provider("espeak"))
    assert problem in found.get(name, "")
    assert bool(found) == bool(problem)


def test_model_and_format_are_named_when_they_are_wrong():
    assert set(setting_errors({}, "gpt", "flac", get_provider("espeak"))) == {
        "model",
        "output_format",
    }
    assert setting_errors({}, "", "mp3_44100_128", get_provider("espeak")) == {}


class Form(forms.Form):
    boost = BoostField()


@pytest.mark.parametrize(("sent", "meant"), [("on", True), ("off", False), ("", None)])
def test_the_boost_is_on_off_or_left_to_the_voice(sent, meant):
    form = Form({"boost": sent})
    assert form.is_valid()
    assert form.cleaned_data["boost"] is meant


def test_the_boost_shows_what_was_chosen_before():
    shown = str(Form(initial={"boost": False})["boost"])
    assert '<option value="off" selected>' in shown
    assert '<option value="" selected>' in str(Form()["boost"])
