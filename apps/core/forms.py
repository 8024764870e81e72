"""What comes with forms and addresses, and what is said of it there."""

from collections.abc import Mapping

from django.forms import BaseForm

from apps.core.errors import Invalid


def number(text: object) -> int:
    """A whole number of 18 digits at most as it came; 0, which is no key, for anything else."""
    if isinstance(text, int) and not isinstance(text, bool):
        return text if 0 < text < 10**18 else 0
    is_number = isinstance(text, str) and text.isascii() and text.isdecimal() and len(text) < 19
    return int(text) if is_number and isinstance(text, str) else 0


def take_errors(form: BaseForm, error: Invalid, names: Mapping[str, str] | None = None) -> None:
    """Put each problem at its field, or above the form where it has none.

    `names` are the fields that are called otherwise here than in the service.
    """
    for name, problem in error.errors.items():
        field = (names or {}).get(name, name)
        form.add_error(field if field in form.fields else None, problem)
