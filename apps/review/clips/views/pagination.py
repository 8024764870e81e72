"""Splits the clip table into pages."""

from dataclasses import dataclass

from django.db.models import QuerySet

from apps.catalog.models import Line
from apps.core.forms import number

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines, and whether more lines follow.

    No query counts all lines: counting a state among 20,000 lines takes up to 90 ms, longer than
    the page itself. One line more than the page shows tells that more follow; the page fetches
    the counts later.
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
    """The requested page; the last one for a number beyond the end."""
    wanted = max(1, number(asked))
    first = (wanted - 1) * PER_PAGE
    rows = list(lines[first : first + PER_PAGE + 1]) if first < 2**31 else []
    if not rows and wanted > 1:
        return page_of(lines, str(max(1, -(-lines.count() // PER_PAGE))))
    return Page(rows[:PER_PAGE], wanted, len(rows) > PER_PAGE)
