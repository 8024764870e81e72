"""Finds the client's address behind proxies."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase


class ClientAddressMiddleware:
    """Puts the client's address into REMOTE_ADDR, which the guessing limits and the logs use.

    With PROXIES=n this is the address that the outermost of n proxies saw: the n-th from the end
    of X-Forwarded-For. Entries that the client itself sent stand before it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if proxies := settings.PROXIES:
            seen = request.headers.get("X-Forwarded-For", "").split(",")[-proxies:]
            if len(seen) == proxies and seen[0].strip():
                request.META["REMOTE_ADDR"] = seen[0].strip()
        return self.get_response(request)
