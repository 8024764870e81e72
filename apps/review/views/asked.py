"""Numbers as they come from forms and addresses."""

from django.utils.translation import gettext as _

from apps.core.errors import Invalid


def number(text: object) -> int:
    """A key as it came, or 0 for what is none."""
    if isinstance(text, int) and not isinstance(text, bool):
        return text if 0 < text < 10**18 else 0
    is_number = isinstance(text, str) and text.isascii() and text.isdecimal() and len(text) < 19
    return int(text) if is_number and isinstance(text, str) else 0


def seconds(text: str) -> float | None:
    """Seconds as they came; None for nothing. Raises Invalid."""
    if not text.strip():
        return None
    try:
        return float(text)
    except ValueError as error:
        raise Invalid({"at": _("Seconds are a number.")}) from error
