"""Listening blind: what names the takes of a line for a person who has not ranked it yet.

Takes have handles that mean nothing to anybody else, and come in an order of one's own.
"""

from collections.abc import Iterable
from string import ascii_uppercase

from django.utils.crypto import salted_hmac

from apps.accounts.models import User
from apps.takes.models import Take

HANDLE_DIGITS = 16


def handle_of(take: Take, person: User) -> str:
    """16 hexadecimal digits of HMAC-SHA256 over both, keyed by the SECRET_KEY.

    They name the take for this person only, and say nothing about it.
    """
    value = f"{person.pk}:{take.pk}"
    mac = salted_hmac("apps.takes.ranking.blind_mode.handle", value, algorithm="sha256")
    return mac.hexdigest()[:HANDLE_DIGITS]


def take_by_handle(takes: Iterable[Take], handle: str, person: User) -> Take | None:
    """Which of these takes the person means; None when it is none of them."""
    return next((take for take in takes if handle_of(take, person) == handle), None)


def shuffled(takes: Iterable[Take], person: User) -> list[Take]:
    """In the same order always for this person, and in another one for everybody else.

    Takes that were ordered later follow those that have a letter already, so that no take
    changes its letter.
    """
    return sorted(takes, key=lambda take: (take.run_id, handle_of(take, person)))


def letter(index: int) -> str:
    """A to Z for 0 to 25, then AA, AB and so on, as the columns of a spreadsheet are named."""
    rest, last = divmod(index, len(ascii_uppercase))
    return (letter(rest - 1) if rest else "") + ascii_uppercase[last]
