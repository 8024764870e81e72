"""What the catalog offers on a Series and on Home."""

from django.db.models import Count
from django.urls import reverse

from apps.catalog.models import Line, Series
from apps.core.registry import HomeLink, Tab, offers


def _import(series: Series) -> str:
    return reverse("admin:catalog_import", args=[series.pk])


def _lines(series: Series) -> str:
    return f"{reverse('admin:catalog_line_changelist')}?series={series.pk}"


def _imports(series: Series) -> str:
    return f"{reverse('admin:catalog_script_changelist')}?series={series.pk}"


def _lines_by_language(series: Series) -> dict[str, int]:
    lines = Line.objects.current().filter(series=series).order_by()
    return dict(lines.values_list("language__tag").annotate(Count("pk")))


offers.series.extend(
    [
        Tab("Import script", _import, "edit"),
        Tab("Lines", _lines, counts=_lines_by_language),
        Tab("Imports", _imports),
    ]
)
offers.home_links.append(
    HomeLink("Series and scripts", lambda: reverse("admin:catalog_series_changelist"), "")
)
