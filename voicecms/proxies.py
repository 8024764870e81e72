"""Behind proxies: whose address a request really comes from."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase


class ClientAddressMiddleware:
    """Puts the client's address into REMOTE_ADDR, where guessing is counted and logs are written.

    With PROXIES=n, the address that the outermost of n proxies saw: the n-th from the end of
    X-Forwarded-For. What a client writes there itself stands further to the front.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if proxies := settings.PROXIES:
            seen = request.headers.get("X-Forwarded-For", "").split(",")[-proxies:]
            if len(seen) == proxies and seen[0].strip():
                request.META["REMOTE_ADDR"] = seen[0].strip()
        return self.get_response(request)
