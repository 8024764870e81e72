"""What all vendors reached over HTTP share: connections, keys that stay secret, faults in words."""

import hashlib
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from apps.providers.base import ProviderError

# As many as one job has threads; a few more serve listings beside them.
MAX_CONNECTIONS = 170
MAX_WORDS = 500
PRINTABLE = re.compile(r"[!-~]+")


def pooled_client(timeout: float) -> httpx.Client:
    """A client for many threads. `timeout` in seconds, for each wait on the network.

    It follows no redirect: httpx would hand the vendor's key header to the new host.
    """
    limits = httpx.Limits(
        max_connections=MAX_CONNECTIONS, max_keepalive_connections=MAX_CONNECTIONS
    )
    return httpx.Client(timeout=timeout, limits=limits, follow_redirects=False)


def hashed_account(name: str, base_url: str, api_key: str) -> str:
    """The same for every alias, process and machine that uses one key at one address."""
    digest = hashlib.sha256(f"{name}\n{base_url}\n{api_key}".encode()).hexdigest()
    return f"{name}:{digest[:16]}"


def check_key(api_key: str, label: str) -> None:
    """Raises ProviderError for a key that cannot be one.

    httpx would repeat a key with a line break or an umlaut in its own error message.
    """
    if not api_key:
        raise ProviderError(
            f"No API key is set for {label}: nothing was sent. Set one, then try again.",
            fatal_for_batch=True,
            code="missing_api_key",
        )
    if not PRINTABLE.fullmatch(api_key):
        raise ProviderError(
            f"The API key for {label} holds a space, a line break or a letter that no key has: "
            "nothing was sent. Set it anew.",
            fatal_for_batch=True,
            code="invalid_api_key",
        )


def network_error(
    fault: httpx.HTTPError | httpx.InvalidURL, label: str, timeout: float
) -> ProviderError:
    """A fault of the network in words; whether the request was carried out is not known."""
    if isinstance(fault, httpx.UnsupportedProtocol | httpx.InvalidURL):
        return ProviderError(f"The address set for {label} is not a web address.", code="address")
    if isinstance(fault, httpx.TimeoutException):
        return late_error(label, timeout)
    words = str(fault) or type(fault).__name__
    return ProviderError(f"{label} could not be reached: {words}", temporary=True, code="network")


def late_error(label: str, timeout: float) -> ProviderError:
    return ProviderError(
        f"{label} did not answer within {timeout:g} seconds.", temporary=True, code="timeout"
    )


def clean(words: str, api_key: str) -> str:
    """A vendor's words on one line, shortened, with the key taken out."""
    line = " ".join(words.split())
    if api_key:
        line = line.replace(api_key, "[key]")
    return line if len(line) <= MAX_WORDS else f"{line[:MAX_WORDS]}…"


def seconds_to_wait(headers: Mapping[str, str]) -> float | None:
    """Retry-After as seconds or as a date (RFC 9110); None when absent or senseless."""
    value = headers.get("retry-after", "").strip()
    try:
        seconds = float(value)
    except ValueError:
        return _seconds_until(value)
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def _seconds_until(date: str) -> float | None:
    try:
        then = parsedate_to_datetime(date)
    except ValueError:
        return None
    now = datetime.now(UTC)
    return max((then.replace(tzinfo=then.tzinfo or UTC) - now).total_seconds(), 0.0)


def whole_number(headers: Mapping[str, str], name: str) -> int | None:
    """A header's value as an integer of at least 0, or None."""
    value = headers.get(name, "")
    return int(value) if value.isascii() and value.isdigit() else None
