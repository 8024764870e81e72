"""What takes offer on a Series, on lines, on a batch and on Home."""

from dataclasses import replace
from urllib.parse import urlencode

from django.db.models import Count, QuerySet
from django.urls import reverse

from apps.catalog.models import Language, Line, Series
from apps.core.access import Person
from apps.core.errors import DomainError
from apps.core.registry import (
    BulkAction,
    Found,
    HomeLink,
    HomeSection,
    Link,
    Row,
    Tab,
    offers,
)
from apps.takes.models import Batch, Run
from apps.takes.progress import queries

MOST_CHOSEN = 500  # they are named in an address


def _runs(series: Series) -> str:
    return f"{reverse('admin:takes_run_changelist')}?series={series.pk}"


def _runs_by_language(series: Series) -> dict[str, int]:
    runs = Run.objects.filter(series=series).exclude(language=None).order_by()
    return dict(runs.values_list("language__tag").annotate(Count("pk")))


def _generate(series: Series) -> str:
    return f"{reverse('admin:takes_run_add')}?series={series.pk}"


def _generate_line(line: Line) -> str:
    query = {"series": line.series_id, "language": line.language.tag, "lines": line.pk}
    return f"{reverse('admin:takes_run_add')}?{urlencode(query)}"


def _generate_lines(lines: QuerySet[Line]) -> str:
    """One run speaks one language of one Series."""
    chosen = list(lines.order_by("position", "pk").values_list("language_id", "pk"))
    if len({language for language, _ in chosen}) > 1 or len(chosen) > MOST_CHOSEN:
        raise DomainError(
            f"Choose at most {MOST_CHOSEN} lines, all of one Series and language: "
            f"these are {len(chosen)} lines. Nothing was ordered."
        )
    language = Language.objects.get(pk=chosen[0][0])
    pks = ",".join(str(pk) for _, pk in chosen)
    query = urlencode({"series": language.series_id, "language": language.tag, "lines": pks})
    return f"{reverse('admin:takes_run_add')}?{query}"


def _rank(batch: Batch) -> str:
    return reverse("admin:takes_board", args=[batch.batch_id])


def _going(person: Person) -> Found:
    return _with_addresses(queries.going_runs(person), "")


def _failed(person: Person) -> Found:
    return _with_addresses(queries.failed_runs(person), "?state=failed")


def _with_addresses(found: Found, query: str) -> Found:
    """Rows are (address, run, progress)."""
    rows = [
        (reverse("admin:takes_run_change", args=[run.pk]) + query, run, progress)
        for run, progress in found.rows
    ]
    return replace(found, rows=rows, address=reverse("admin:takes_run_changelist"))


def _to_rank(person: Person) -> Found:
    return replace(queries.batches_to_rank(person), address=reverse("admin:takes_batch_changelist"))


def _failed_takes(person: Person) -> Found:
    failed = f"{reverse('admin:takes_take_changelist')}?status__exact=failed"
    found = queries.failed_takes(person)
    rows = [Row(f"{failed}&series={pk}", title, number) for (pk, title), number in found.rows]
    return replace(found, rows=rows, address=failed)


offers.series.extend(
    [
        Tab("Runs", _runs, counts=_runs_by_language),
        Tab("Generate takes", _generate, "generate"),
    ]
)
offers.line.append(
    Link("Generate takes", _generate_line, "generate", lambda line: line.retired_at is None)
)
offers.chosen_lines.append(
    BulkAction("generate_takes", "Generate takes of these lines", _generate_lines, "generate")
)
offers.batch.append(Link("Rank", _rank))
offers.home_links.extend(
    [
        HomeLink("Generate takes", lambda: reverse("admin:takes_run_add"), "generate", True),
        HomeLink("Library of takes", lambda: reverse("admin:takes_take_changelist")),
    ]
)
offers.home_sections.extend(
    [
        HomeSection(
            "Runs that are going",
            _going,
            template="admin/takes/home_runs.html",
            empty="Nothing is being generated.",
        ),
        HomeSection("Batches to rank", _to_rank, "rank", "admin/takes/home_batches.html"),
        HomeSection(
            "Runs with failed takes",
            _failed,
            template="admin/takes/home_runs.html",
            empty="No take has failed in the last 30 days.",
        ),
        HomeSection("Failed takes by Series", _failed_takes),
    ]
)
