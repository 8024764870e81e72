"""Pages of the clip table."""

from dataclasses import dataclass

from django.db.models import QuerySet

from apps.catalog.models import Line
from apps.core.forms import number

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines, and whether others follow.

    Nothing counts them all: of 20,000 lines a state takes up to 90 ms to count, longer than the
    page itself. That more follow is seen by the first of them; how many pages there are is told
    by the numbers that the page asks for once it is there.
    """

    lines: list[Line]
    number: int
    has_next: bool

    @property
    def is_alone(self) -> bool:
        return self.number == 1 and not self.has_next

    @property
    def previous(self) -> int:
        return self.number - 1

    @property
    def next(self) -> int:
        return self.number + 1


def page_of(lines: QuerySet[Line], asked: str) -> Page:
    """The page that is asked for; of one beyond the end, the last."""
    wanted = max(1, number(asked))
    first = (wanted - 1) * PER_PAGE
    found = list(lines[first : first + PER_PAGE + 1]) if first < 2**31 else []
    if not found and wanted > 1:
        return page_of(lines, str(max(1, -(-lines.count() // PER_PAGE))))
    return Page(found[:PER_PAGE], wanted, len(found) > PER_PAGE)
