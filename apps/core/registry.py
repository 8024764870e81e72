"""What apps offer on a Series, a line, a take, a batch and on Home.

An app registers what it offers in its `offers.py`, which is loaded once all apps are. The pages
of lower apps are drawn from here, so that they name no higher one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from apps.core.access import Person, permitted_anywhere, permitted_series

COUNTED = 1_001  # Home counts no further, so that it does not grow with the tables


def _always(subject: Any) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Link:
    """A page about one object. `permission` is held on its Series; `applies` is asked of it."""

    label: str
    address: Callable[[Any], str]
    permission: str = "view"
    applies: Callable[[Any], bool] = _always


@dataclass(frozen=True, slots=True)
class Tab(Link):
    """A page of a Series. `counts` gives a number by language tag, all of them in one query."""

    counts: Callable[[Any], Mapping[str, int]] | None = None


@dataclass(frozen=True, slots=True)
class BulkAction:
    """What is begun with chosen rows of a list: `address` raises DomainError for unfit ones."""

    name: str
    label: str
    address: Callable[[Any], str]
    permission: str


@dataclass(frozen=True, slots=True)
class HomeLink:
    """A page to begin with; an empty `permission` offers it to everybody."""

    label: str
    address: Callable[[], str]
    permission: str = "view"
    is_primary: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a section that is a plain list."""

    address: str
    text: str
    number: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """The rows that are shown, of `total`; `shown` of these are in the rows, one each by default.

    `address` leads to all of them.
    """

    rows: Sequence[Any]
    total: int
    address: str = ""
    shown: int | None = None

    @property
    def more(self) -> str:
        """How many are not shown; empty when all are."""
        left = self.total - (len(self.rows) if self.shown is None else self.shown)
        if self.total >= COUNTED:
            return f"over {max(left - 1, 0):,}"
        return f"{left:,}" if left > 0 else ""


def count(rows: QuerySet[Any]) -> int:
    """How many there are, 1,001 at most."""
    return rows.order_by().values("pk")[:COUNTED].count()


@dataclass(frozen=True, slots=True)
class HomeSection:
    """What needs a person now. Without rows it says `empty`; with neither it is left out."""

    title: str
    find: Callable[[Person], Found]
    permission: str = "view"
    template: str = "admin/home_rows.html"
    empty: str = ""


@dataclass(frozen=True, slots=True)
class CsrfFailurePage:
    """The answer to a forged or outdated form below an address."""

    prefix: str
    answer: Callable[[HttpRequest, str], HttpResponse]


@dataclass(frozen=True, slots=True)
class Offers:
    """All that was registered, in the order of INSTALLED_APPS."""

    series: list[Tab] = field(default_factory=list)
    line: list[Link] = field(default_factory=list)
    chosen_lines: list[BulkAction] = field(default_factory=list)
    take: list[Link] = field(default_factory=list)
    batch: list[Link] = field(default_factory=list)
    home_links: list[HomeLink] = field(default_factory=list)
    home_sections: list[HomeSection] = field(default_factory=list)
    csrf_failures: list[CsrfFailurePage] = field(default_factory=list)


offers = Offers()


@dataclass(frozen=True, slots=True)
class Shown:
    """A link with its address, for a person who may follow it."""

    link: Link
    address: str

    @property
    def label(self) -> str:
        return self.link.label


def links_for(
    links: Iterable[Link], person: Person, subjects: Sequence[Any]
) -> dict[int, list[Shown]]:
    """What a person may follow from each of some objects that they see, by primary key.

    One query for each permission besides "view", whatever the number of objects and links.
    """
    links = list(links)
    series = {_series_pk(subject) for subject in subjects}
    held = {name: _held_on(person, name, series) for name in {one.permission for one in links}}
    return {
        subject.pk: [
            Shown(one, one.address(subject))
            for one in links
            if _series_pk(subject) in held[one.permission] and one.applies(subject)
        ]
        for subject in subjects
    }


def _series_pk(subject: Any) -> int:
    return int(getattr(subject, "series_id", subject.pk))


def _held_on(person: Person, permission: str, series: set[int]) -> set[int]:
    """Those of the Series, all of which the person sees, on which a permission is held."""
    if permission == "view" or not series:
        return series
    held = permitted_series(person, permission).filter(pk__in=series)
    return set(held.values_list("pk", flat=True))


def home_links(request: HttpRequest) -> list[HomeLink]:
    """The main act first."""
    held = [one for one in offers.home_links if _is_held(request, one.permission)]
    return sorted(held, key=lambda one: not one.is_primary)


def home_sections(request: HttpRequest) -> list[tuple[HomeSection, Found]]:
    held = [one for one in offers.home_sections if _is_held(request, one.permission)]
    filled = [(section, section.find(request.user)) for section in held]
    return [(one, found) for one, found in filled if found.rows or found.more or one.empty]


def _is_held(request: HttpRequest, permission: str) -> bool:
    return not permission or permitted_anywhere(request, permission)
