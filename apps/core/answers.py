"""JSON that refuses: `{"error": message}`, with `"errors": {field: message}` for wrong input."""

from typing import Any

from django.http import JsonResponse

from apps.core.errors import DomainError


def answer(document: dict[str, Any], status: int = 200) -> JsonResponse:
    return JsonResponse(document, status=status, headers={"Cache-Control": "no-store"})


def refusal(status: int, message: str, **more: Any) -> JsonResponse:
    return answer({"error": message, **more}, status)


def refuse(error: DomainError) -> JsonResponse:
    """The error as programs are told it."""
    return refusal(error.status, str(error), **error.details)
