"""System checks: providers without a key, and what they need."""

from typing import Any

from django.core.checks import CheckMessage, Info

from apps.providers.registry import missing_keys
from apps.voices.refusals import where_to_mend


def check_provider_keys(**_options: Any) -> list[CheckMessage]:
    """One note per provider without its key, in `manage.py check --deploy`."""
    return [
        Info(
            sentence,
            hint=f"{where_to_mend(alias)} The offline voice needs no key.",
            id="voices.I001",
        )
        for alias, sentence in missing_keys().items()
    ]
