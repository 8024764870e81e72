"""What the plan page of an import shows: one kind of rows at a time, found and paged."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator

from apps.catalog.scripts.planning import Change, Plan
from apps.catalog.scripts.reading import BadRow

ROWS_PER_PAGE = 200
# The order in which the first kind that has rows is shown.
KINDS = {
    "changed": "Changed",
    "new": "New",
    "bad": "Bad rows",
    "missing": "Missing in the file",
    "unchanged": "Unchanged",
}


@dataclass(frozen=True)
class PlanTab:
    kind: str
    title: str
    total: int


@dataclass(frozen=True)
class PlanPage:
    """`found` is how many rows of the kind match the search and the language."""

    tabs: Sequence[PlanTab]
    kind: str
    query: str
    language: str
    found: int
    page: Page[Any]


def plan_page(plan: Plan, asked: dict[str, str]) -> PlanPage:
    """The page that `asked` names: `show` (a kind), `q`, `language`, `page`; wrong ones mend."""
    tabs = [PlanTab(kind, title, len(getattr(plan, kind))) for kind, title in KINDS.items()]
    kind = asked.get("show", "")
    if kind not in KINDS:
        kind = next((tab.kind for tab in tabs if tab.total), "new")
    query, language = asked.get("q", "").strip(), asked.get("language", "")
    rows = [row for row in getattr(plan, kind) if _matches(row, query.casefold(), language)]
    page = Paginator(rows, ROWS_PER_PAGE).get_page(asked.get("page"))
    return PlanPage(tabs, kind, query, language, len(rows), page)


def confirm_label(plan: Plan) -> str:
    """What confirming does: `Import 206 new lines`, `Import 1 new and 2 changed lines`."""
    parts = [(len(plan.new), "new"), (len(plan.changed), "changed")]
    said = [f"{number:,} {word}" for number, word in parts if number]
    if not said:
        said = [f"{len(plan.unchanged):,} unchanged"]
    label = f"Import {' and '.join(said)} {_lines(sum(n for n, _ in parts) or plan.lines)}"
    if plan.retire_missing and plan.missing:
        label += f", retire {len(plan.missing):,} {_lines(len(plan.missing))}"
    return label


def _lines(number: int) -> str:
    return "line" if number == 1 else "lines"


def _matches(row: Any, query: str, language: str) -> bool:
    subject = row.entry if isinstance(row, Change) else row
    if language and subject.language != language:
        return False
    text = subject.reason if isinstance(subject, BadRow) else subject.text
    return not query or query in subject.key.casefold() or query in text.casefold()
