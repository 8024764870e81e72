"""The registry of links, tabs and sections that apps offer on Series, lines, takes, batches, Home.

An app registers its offers in its `offers.py`, which is loaded after all apps. The pages
of lower apps read the registry, so that lower apps do not import higher apps.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from apps.core.access import Person, permitted_anywhere, permitted_series

COUNTED = 1_001  # Home counts no further, so that its time does not grow with the tables


def _always(subject: Any) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Link:
    """A page about one object. `permission` is checked on its Series, `applies` on the object."""

    label: str
    address: Callable[[Any], str]
    permission: str = "view"
    applies: Callable[[Any], bool] = _always


@dataclass(frozen=True, slots=True)
class Tab(Link):
    """A page of a Series. `counts` gives a number by language tag, all languages in one query."""

    counts: Callable[[Any], Mapping[str, int]] | None = None


@dataclass(frozen=True, slots=True)
class BulkAction:
    """An act on chosen rows of a list; `address` raises DomainError for unfit rows."""

    name: str
    label: str
    address: Callable[[Any], str]
    permission: str


@dataclass(frozen=True, slots=True)
class HomeLink:
    """A link on Home; an empty `permission` offers it to everybody."""

    label: str
    address: Callable[[], str]
    permission: str = "view"
    is_primary: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a section that is a plain list."""

    address: str
    text: str
    number: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """The shown rows, of `total` objects; `shown` objects are in the rows (default: one per row).

    `address` is the page of all objects.
    """

    rows: Sequence[Any]
    total: int
    address: str = ""
    shown: int | None = None

    @property
    def more(self) -> str:
        """The number of objects not shown; empty when all are shown."""
        left = self.total - (len(self.rows) if self.shown is None else self.shown)
        if self.total >= COUNTED:
            return f"over {max(left - 1, 0):,}"
        return f"{left:,}" if left > 0 else ""


def count(rows: QuerySet[Any]) -> int:
    """The number of rows, 1,001 at most."""
    return rows.order_by().values("pk")[:COUNTED].count()


@dataclass(frozen=True, slots=True)
class HomeSection:
    """A section of Home. Without rows it shows `empty`; without both Home leaves it out."""

    title: str
    find: Callable[[Person], Found]
    permission: str = "view"
    template: str = "admin/home_rows.html"
    empty: str = ""


@dataclass(frozen=True, slots=True)
class CsrfFailurePage:
    """The page that answers a failed CSRF check below an address."""

    prefix: str
    answer: Callable[[HttpRequest, str], HttpResponse]


@dataclass(frozen=True, slots=True)
class Offers:
    """All registered offers, in the order of INSTALLED_APPS."""

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
    """The links that a person may follow from each visible object, by the object's primary key.

    One query for each permission besides "view", for any number of objects and links.
    """
    links = list(links)
    series = {_series_pk(subject) for subject in subjects}
    held = {name: _held_on(person, name, series) for name in {link.permission for link in links}}
    return {
        subject.pk: [
            Shown(link, link.address(subject))
            for link in links
            if _series_pk(subject) in held[link.permission] and link.applies(subject)
        ]
        for subject in subjects
    }


def _series_pk(subject: Any) -> int:
    return int(getattr(subject, "series_id", subject.pk))


def _held_on(person: Person, permission: str, series: set[int]) -> set[int]:
    """The Series of `series` (all visible to the person) on which the person has the permission."""
    if permission == "view" or not series:
        return series
    held = permitted_series(person, permission).filter(pk__in=series)
    return set(held.values_list("pk", flat=True))


def home_links(request: HttpRequest) -> list[HomeLink]:
    """The links of Home that the person may follow, the main act first."""
    held = [link for link in offers.home_links if _is_held(request, link.permission)]
    return sorted(held, key=lambda link: not link.is_primary)


def home_sections(request: HttpRequest) -> list[tuple[HomeSection, Found]]:
    held = [section for section in offers.home_sections if _is_held(request, section.permission)]
    filled = [(section, section.find(request.user)) for section in held]
    return [
        (section, found) for section, found in filled if found.rows or found.more or section.empty
    ]


def _is_held(request: HttpRequest, permission: str) -> bool:
    return not permission or permitted_anywhere(request, permission)
