"""Blind mode: handles and order of a line's takes for a person who has not ranked the line yet.

Each person gets other handles, and another order of the takes.
"""

from collections.abc import Iterable
from string import ascii_uppercase

from django.utils.crypto import salted_hmac

from apps.accounts.models import User
from apps.takes.models import Take

HANDLE_DIGITS = 16


def handle_of(take: Take, person: User) -> str:
    """16 hexadecimal digits of HMAC-SHA256 over take and person, keyed by the SECRET_KEY.

    A handle identifies the take for this person only, and reveals nothing about the take.
    """
    value = f"{person.pk}:{take.pk}"
    mac = salted_hmac("apps.takes.ranking.blind_mode.handle", value, algorithm="sha256")
    return mac.hexdigest()[:HANDLE_DIGITS]


def take_by_handle(takes: Iterable[Take], handle: str, person: User) -> Take | None:
    """The take of `takes` with this handle for the person, or None."""
    return next((take for take in takes if handle_of(take, person) == handle), None)


def shuffled(takes: Iterable[Take], person: User) -> list[Take]:
    """The takes in a fixed order per person, which differs between persons.

    Takes of a later order follow the earlier takes, so that no take changes its letter.
    """
    return sorted(takes, key=lambda take: (take.run_id, handle_of(take, person)))


def letter(index: int) -> str:
    """A to Z for 0 to 25, then AA, AB and so on, as the columns of a spreadsheet are named."""
    rest, last = divmod(index, len(ascii_uppercase))
    return (letter(rest - 1) if rest else "") + ascii_uppercase[last]
