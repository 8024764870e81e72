"""Checks settings, model and format against a provider."""

from collections.abc import Mapping
from typing import Any

from apps.audio.formats import UnknownFormat, parse_format
from apps.providers.base import SETTING_NAMES, Provider, Settings, settings_errors


def setting_errors(
    settings: Mapping[str, Any], model: str, output_format: str, provider: Provider
) -> dict[str, str]:
    """The faults, by field; settings are values or ranges `[low, high]`."""
    errors = chosen_errors(settings, provider)
    if model and model not in provider.models:
        errors["model"] = f"{provider.name} has no model {model}."
    if problem := _format_problem(output_format):
        errors["output_format"] = problem
    return errors


def chosen_errors(settings: Mapping[str, Any], provider: Provider) -> dict[str, str]:
    """The faults of each setting, a value or a range `[low, high]`."""
    problems = {name: _problem(name, value, provider) for name, value in settings.items()}
    return {name: problem for name, problem in problems.items() if problem}


def _problem(name: str, value: Any, provider: Provider) -> str:
    if name not in SETTING_NAMES:
        return "There is no such setting."
    is_range = isinstance(value, list | tuple)
    if is_range and (len(value) != 2 or isinstance(value[0], bool)):
        return "Give one value, or a range of two numbers."
    ends = list(value) if is_range else [value]
    for end in ends:
        if problem := settings_errors(Settings(**{name: end}), provider).get(name):
            return problem
    return "" if ends == sorted(ends) else "A range rises: put the lower number first."


def _format_problem(output_format: str) -> str:
    if not output_format.startswith("mp3_"):
        return "Takes are kept as MP3: choose a format such as mp3_44100_128."
    try:
        parse_format(output_format)
    except UnknownFormat as error:
        return str(error)
    return ""
