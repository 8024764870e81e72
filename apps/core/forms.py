"""Reads numbers from forms and addresses, and shows service errors at form fields."""

from collections.abc import Mapping

from django.forms import BaseForm

from apps.core.errors import Invalid


def number(text: object) -> int:
    """The text as a whole number of at most 18 digits; 0, which is no key, for any other text."""
    if isinstance(text, int) and not isinstance(text, bool):
        return text if 0 < text < 10**18 else 0
    is_number = isinstance(text, str) and text.isascii() and text.isdecimal() and len(text) < 19
    return int(text) if is_number and isinstance(text, str) else 0


def take_errors(form: BaseForm, error: Invalid, names: Mapping[str, str] | None = None) -> None:
    """Put each problem at its field, or above the form where the form lacks the field.

    `names` maps the service's field names to the form's, where the two differ.
    """
    for name, problem in error.errors.items():
        field = (names or {}).get(name, name)
        form.add_error(field if field in form.fields else None, problem)
