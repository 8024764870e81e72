"""HTTP for all vendors: pooled connections, secret keys, faults as messages."""

import hashlib
import json
import math
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from apps.providers.base import ProviderError
from apps.providers.bounds import UnusableAnswer

# As many as one job has threads; a few more serve listings beside them.
MAX_CONNECTIONS = 170
MAX_WORDS = 500
# Bytes of an answer: of refusals, and of everything else (listings; recordings have less).
MOST_OF_REFUSAL = 1_000_000
MOST_OF_ANSWER = 150_000_000
PRINTABLE = re.compile(r"[!-~]+")


def pooled_client(timeout: float) -> httpx.Client:
    """A client for many threads. `timeout` in seconds, for each wait on the network.

    The client follows no redirect, as httpx would send the vendor's key header to the new host.
    """
    limits = httpx.Limits(
        max_connections=MAX_CONNECTIONS, max_keepalive_connections=MAX_CONNECTIONS
    )
    return httpx.Client(
        timeout=timeout,
        limits=limits,
        follow_redirects=False,
        # Compressed, a small answer could grow without bounds.
        headers={"accept-encoding": "identity"},
        event_hooks={"response": [_bound]},
    )


class AnswerTooLarge(httpx.HTTPError):
    """An answer went on and on; the rest of it was not read."""


class _BoundedStream(httpx.SyncByteStream):
    def __init__(self, stream: httpx.SyncByteStream, most: int) -> None:
        self.stream = stream
        self.most = most

    def __iter__(self) -> Iterator[bytes]:
        left = self.most
        for piece in self.stream:
            left -= len(piece)
            if left < 0:
                raise AnswerTooLarge("the answer has no end")
            yield piece

    def close(self) -> None:
        self.stream.close()


def _bound(answer: httpx.Response) -> None:
    if isinstance(answer.stream, httpx.SyncByteStream):
        most = MOST_OF_ANSWER if answer.is_success else MOST_OF_REFUSAL
        answer.stream = _BoundedStream(answer.stream, most)


def read_recording(pieces: Iterable[bytes], *, most: int, timeout: float, label: str) -> bytes:
    """All pieces of an answer, at most so many bytes in so many seconds.

    A server that sends a byte now and then never trips the timeout of a single wait.
    """
    deadline, data = time.monotonic() + timeout, bytearray()
    for piece in pieces:
        data += piece
        if len(data) > most:
            raise UnusableAnswer(
                f"{label} sent more than {most:,} bytes, which no recording of this text has.",
                "too_large",
            )
        if time.monotonic() > deadline:
            raise late_error(label, timeout)
    if not data:
        raise UnusableAnswer(f"{label} answered without any audio.", "empty")
    return bytes(data)


def error_in(data: bytes) -> object:
    """The JSON document that came instead of a recording; None when that is none."""
    if data.lstrip()[:1] != b"{" or len(data) > MOST_OF_REFUSAL:
        return None
    try:
        return json.loads(data)
    except ValueError:
        return None


def hashed_account(name: str, base_url: str, api_key: str) -> str:
    """A name that is equal for every alias, process and machine with one key at one address."""
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
    """The ProviderError of a network fault; the vendor may have carried out the request."""
    if isinstance(fault, httpx.UnsupportedProtocol | httpx.InvalidURL):
        return ProviderError(f"The address set for {label} is not a web address.", code="address")
    if isinstance(fault, httpx.TimeoutException):
        return late_error(label, timeout)
    words = str(fault) or type(fault).__name__
    return ProviderError(
        f"{label} could not be reached: {words}",
        temporary=True,
        code="network",
        may_be_billed=not isinstance(fault, httpx.ConnectError),
    )


def late_error(label: str, timeout: float) -> ProviderError:
    return ProviderError(
        f"{label} did not answer within {timeout:g} seconds.",
        temporary=True,
        code="timeout",
        may_be_billed=True,
    )


def clean(words: str, api_key: str) -> str:
    """A vendor's message on one line, shortened, without the key."""
    line = " ".join(words.split())
    if api_key:
        line = line.replace(api_key, "[key]")
    return line if len(line) <= MAX_WORDS else f"{line[:MAX_WORDS]}…"


def seconds_to_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds of Retry-After, a number or a date (RFC 9110); None when absent or invalid."""
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
