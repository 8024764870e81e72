"""Where somebody works on the clips of a Series: who it is, what they may, which line is open."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from apps.accounts.models import User
from apps.catalog.models import Line, Series
from apps.core.access import may, visible_to
from apps.review.clips.forms import PatchForm
from apps.review.clips.patches import consequences, speech_of
from apps.review.clips.queries import ClipRow, rows_of
from apps.review.models import Draft

MOST_VERSIONS = 20
PERMISSIONS = ("edit", "generate", "review")


@dataclass(slots=True)
class ClipTableContext:
    """A Series in front of a person; `may` names what they are allowed to do with it."""

    request: HttpRequest
    series: Series
    person: User
    may: dict[str, bool]

    @property
    def is_part(self) -> bool:
        """Whether the page itself asks, for one line, and not somebody for a page."""
        return self.request.headers.get("X-Part") == "line"

    @property
    def query(self) -> str:
        """The table's filters and page, kept in every address below it."""
        query = self.request.GET.copy()
        query.pop("line", None)
        return f"?{query.urlencode()}" if query else ""

    def require(self, permission: str) -> None:
        """Raise PermissionDenied without it."""
        if not self.may[permission]:
            raise PermissionDenied

    def page(self, template: str, status: int = 200, **values: Any) -> HttpResponse:
        base = {} if self.is_part else admin.site.each_context(self.request)
        own = {"series": self.series, "may": self.may, "query": self.query}
        found = {**base, **own, **values}
        return TemplateResponse(
            self.request, f"admin/review/clips/{template}.html", found, status=status
        )


def context_of(request: HttpRequest, series_pk: int) -> ClipTableContext:
    """Raises Http404 when there is no such Series that the person may see."""
    series = get_object_or_404(visible_to(request.user, Series.objects.all(), "pk"), pk=series_pk)
    if not isinstance(request.user, User):
        raise Http404
    allowed = {name: may(request.user, name, series) for name in PERMISSIONS}
    return ClipTableContext(request, series, request.user, allowed)


def line_of(context: ClipTableContext, pk: int) -> Line:
    """Raises Http404 when the Series has no such current line."""
    return get_object_or_404(_lines(context), pk=pk)


def lines_of(context: ClipTableContext, pks: Collection[int]) -> list[Line]:
    """Those that are current lines of the Series."""
    return list(_lines(context).filter(pk__in=pks))


def _lines(context: ClipTableContext) -> QuerySet[Line]:
    lines = Line.objects.current().filter(series=context.series)
    return lines.select_related("language", "character", "series")


def show_line(
    context: ClipTableContext,
    line: Line,
    *,
    form: PatchForm | None = None,
    said: str = "",
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    """One line with its form, previews and versions: as a part of the table, or as a page.

    `said` tells what was done; `problem` what was refused of the previews.
    """
    values = {
        "row": row_of(context, line),
        "form": form or form_of(context, line),
        "touched": consequences(line),
        "versions": versions_of(line),
        "said": said,
        "problem": problem,
        "title": line.key,
    }
    return context.page("part" if context.is_part else "line", status, **values)


def done(
    context: ClipTableContext, line: Line, said: str, form: PatchForm | None = None
) -> HttpResponse:
    """After an act: the line as it is now, or for a browser without scripts its page anew."""
    if context.is_part:
        return show_line(context, line, form=form, said=said)
    messages.success(context.request, said)
    return redirect(address_of(context, line))


def address_of(context: ClipTableContext, line: Line) -> str:
    return reverse("admin:review_clip", args=[context.series.pk, line.pk]) + context.query


def form_of(context: ClipTableContext, line: Line, data: QueryDict | None = None) -> PatchForm:
    return PatchForm(data, line=line, speech=speech_of(line), may_edit=context.may["edit"])


def row_of(context: ClipTableContext, line: Line) -> ClipRow:
    return rows_of([line], context.person)[0]


def versions_of(line: Line) -> list[Draft]:
    """20 drafts of a line, the plain voice and the newest first; also those put aside."""
    return list(line.drafts.filter(purged_at=None).order_by("variant", "-version")[:MOST_VERSIONS])
