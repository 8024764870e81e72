"""Explains errors of a bucket's service, in the same words for every service."""

from dataclasses import dataclass
from textwrap import shorten
from typing import NamedTuple

MOST_SAID = 200  # characters


class Reason(NamedTuple):
    """`what` happened, whether the error is `temporary`, and the repair that it `needs`."""

    what: str
    temporary: bool
    needs: str


@dataclass(frozen=True, slots=True)
class Reasons:
    """The reasons of one bucket; their texts name the bucket and its environment variable."""

    alias: str
    bucket: str

    @property
    def variable(self) -> str:
        return f"STORAGE_{self.alias.upper()}"

    def of_status(self, status: int, said: str) -> Reason:
        """The reason for an HTTP status, with the service's own words."""
        said = shorten(said, MOST_SAID)
        if status in (401, 403):
            return self.credentials(said)
        if status == 404:
            needs = f"Create the bucket, or correct {self.variable}."
            what = f"there is no bucket {self.bucket!r}, or the object is gone ({said})."
            return Reason(what, False, needs)
        if status in (409, 412):
            what = f"somebody else writes to the same object ({said})."
            return Reason(what, True, "Try again.")
        if status in (408, 429) or status >= 500:
            what = f"the service is busy, full or failing ({status}: {said})."
            return Reason(what, True, "Try again later; if it lasts, ask the provider.")
        needs = f"Compare {self.variable} with what the provider expects."
        return Reason(f"the service refused it ({status}: {said}).", False, needs)

    def credentials(self, said: str) -> Reason:
        what = f"the service does not accept the credentials or their rights ({said})."
        needs = f"Check the credentials in the environment and their rights on {self.bucket!r}."
        return Reason(what, False, needs)

    def unreachable(self, said: str) -> Reason:
        what = f"the service cannot be reached ({said})."
        needs = f"Check the network and the endpoint in {self.variable}."
        return Reason(what, True, needs)

    def too_slow(self, said: str) -> Reason:
        what = f"no answer in time, so it may have been done or not ({said})."
        return Reason(what, True, f"Try again; check the network to {self.bucket!r}.")

    def damaged(self, said: str) -> Reason:
        return Reason(f"the bytes were damaged on the way ({said}).", True, "Try again.")

    def unknown(self, said: str) -> Reason:
        return Reason(f"{said}.", False, f"Correct {self.variable}.")
