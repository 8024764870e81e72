"""Slows down guessing of tokens and passcodes: counts per address, per reviewer and in all.

A valid token is never blocked because other callers guess tokens.
"""

from collections.abc import Mapping

import structlog
from django.core.cache import cache
from django.http import HttpRequest
from redis.exceptions import RedisError

from apps.review.models import Reviewer

WINDOW = 600
"""Seconds for which wrong attempts are counted."""

TOKENS = "token"
PASSCODES = "passcode"
MOST_OF_ADDRESS = 20
MOST_OF_PERSON = 10  # wrong passcodes with one token, from all addresses
MOST_OF_ALL = 2000

log = structlog.get_logger(__name__)


def is_blocked(request: HttpRequest, what: str, reviewer: Reviewer | None = None) -> bool:
    """Whether too many wrong attempts came lately: from this address, for this reviewer, or in all.

    Without a cache no caller is blocked: tokens have 256 random bits, passcodes a slow hash.
    """
    limits = _limits(request, what, reviewer)
    try:
        counted = cache.get_many(limits)
    except RedisError as error:
        log.warning("review.guessing_not_counted", error=str(error))
        return False
    return any(counted.get(key, 0) >= most for key, most in limits.items())


def note_wrong(request: HttpRequest, what: str, reviewer: Reviewer | None = None) -> None:
    """Count a wrong token or passcode."""
    try:
        for key in _limits(request, what, reviewer):
            cache.add(key, 0, WINDOW)
            cache.incr(key)
    except (RedisError, ValueError) as error:  # ValueError: the counter expired in between
        log.warning("review.guessing_not_counted", error=str(error))


def _limits(request: HttpRequest, what: str, reviewer: Reviewer | None) -> Mapping[str, int]:
    """The counters of an attempt, and the number of attempts that each lets through."""
    address = request.META.get("REMOTE_ADDR", "")
    limits = {
        f"review.wrong.{what}.from.{address}": MOST_OF_ADDRESS,
        f"review.wrong.{what}.all": MOST_OF_ALL,
    }
    if reviewer is not None:
        limits[f"review.wrong.{what}.for.{reviewer.pk}"] = MOST_OF_PERSON
    return limits
