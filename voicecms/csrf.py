"""The answer to a form without its CSRF token, by the address that it was sent to."""

from django.http import HttpRequest, HttpResponse
from django.views import csrf

from apps.core.registry import offers


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page that an app registered for addresses below a prefix; Django's own elsewhere."""
    for page in offers.csrf_failures:
        if request.path.startswith(page.prefix):
            return page.answer(request, reason)
    return csrf.csrf_failure(request, reason)
