"""Answers a form without its CSRF token, depending on its address."""

from django.http import HttpRequest, HttpResponse
from django.views import csrf

from apps.core.registry import offers


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page that an app registered for a prefix of addresses; elsewhere Django's own page."""
    for page in offers.csrf_failures:
        if request.path.startswith(page.prefix):
            return page.answer(request, reason)
    return csrf.csrf_failure(request, reason)
