"""Guessing tokens and passcodes: counted per address and altogether, and slowed down."""

import structlog
from django.core.cache import cache
from django.http import HttpRequest
from redis.exceptions import RedisError

WINDOW = 600
"""Seconds for which wrong attempts are counted."""

MOST_OF_ONE = 20
MOST_OF_ALL = 2000
ALL = "review.wrong.all"

log = structlog.get_logger(__name__)


def is_blocked(request: HttpRequest) -> bool:
    """Whether too many wrong attempts came from this address, or from everywhere, lately.

    Without a cache nobody is blocked: tokens have 256 random bits, and passcodes are hashed slowly.
    """
    try:
        counted = cache.get_many([_key(request), ALL])
    except RedisError as error:
        log.warning("review.guessing_not_counted", error=str(error))
        return False
    return counted.get(_key(request), 0) >= MOST_OF_ONE or counted.get(ALL, 0) >= MOST_OF_ALL


def note_wrong(request: HttpRequest) -> None:
    """Count a wrong token or passcode."""
    try:
        for key in (_key(request), ALL):
            cache.add(key, 0, WINDOW)
            cache.incr(key)
    except (RedisError, ValueError) as error:  # ValueError: it expired in between
        log.warning("review.guessing_not_counted", error=str(error))


def _key(request: HttpRequest) -> str:
    return f"review.wrong.{request.META.get('REMOTE_ADDR', '')}"
