"""The frame of all JSON: `{"data": …}` for what worked, `{"error": message}` for what did not.

A refusal of wrong input also has `"errors": {field: message}`. Documents whose format is not ours
have no frame, because other programs read them as they are: waveforms (audiowaveform JSON version
2, `apps.takes.playback.peaks_of`), the API's OpenAPI schema, and the answers of Django's admin to
its own scripts (autocompletion).
"""

from typing import Any

from django.http import JsonResponse

from apps.core.errors import DomainError


def answer(data: Any, status: int = 200) -> JsonResponse:
    """What is so now, kept by no cache."""
    return _uncached({"data": data}, status)


def refusal(status: int, message: str, **more: Any) -> JsonResponse:
    return _uncached({"error": message, **more}, status)


def refuse(error: DomainError) -> JsonResponse:
    """The error as JSON, with its HTTP status."""
    return refusal(error.status, str(error), **error.details)


def _uncached(document: dict[str, Any], status: int) -> JsonResponse:
    return JsonResponse(document, status=status, headers={"Cache-Control": "no-store"})
