"""Batches: one voice's takes of a run, as a directory."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from apps.catalog.admin.filters import SeriesFilter
from apps.core.admin import BaseAdmin, ViewFunction
from apps.core.forms import number
from apps.core.registry import offers
from apps.takes.admin.lists import (
    DerivedStateFilter,
    ProgressChangeList,
    moment,
    progress_cell,
    state_chip,
)
from apps.takes.models import Batch
from apps.takes.ranking.views import acts, board, files


class BatchChangeList(ProgressChangeList):
    link = "batch"


class BatchStateFilter(DerivedStateFilter):
    link = "batch"


@admin.register(Batch)
class BatchAdmin(BaseAdmin):
    series_path = "series"
    offered = offers.batch
    list_display = ["batch_id", "series", "voice", "state", "takes", "go_to", "created", "locked"]
    list_filter = [BatchStateFilter, SeriesFilter]
    list_select_related = ["series", "voice"]
    search_fields = ["batch_id__startswith", "series__slug", "series__title", "voice__name"]
    search_help_text = "Batch id, Series or voice"
    sortable_by = ["created"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ProgressChangeList]:
        return BatchChangeList

    @admin.display(description="Created", ordering="created_at")
    def created(self, batch: Batch) -> SafeString:
        return moment(batch.created_at)

    @admin.display(description="State")
    def state(self, batch: Batch) -> SafeString:
        return state_chip(batch.progress.state)

    @admin.display(description="Takes")
    def takes(self, batch: Batch) -> SafeString:
        return progress_cell(batch.progress)

    @admin.display(description="Locked", boolean=True)
    def locked(self, batch: Batch) -> bool:
        return batch.is_locked

    def get_urls(self) -> list[URLPattern]:
        def page(
            route: str, view: ViewFunction, name: str = "", *, cached: bool = False
        ) -> URLPattern:
            guarded = self.admin_site.admin_view(view, cacheable=cached)
            return path(f"<str:batch_id>/rank/{route}", guarded, name=f"takes_board{name}")

        own = [
            page("", board.board),
            page("lines/", board.lines, "_lines"),
            page("line/<int:pk>/", board.line, "_line"),
            page("changes/", board.changes, "_changes"),
            page("audio/<int:pk>/<str:handle>/", files.audio, "_audio", cached=True),
            page("peaks/<int:pk>/<str:handle>/", files.peaks, "_peaks", cached=True),
            page("zip/", files.archive, "_zip"),
            *(page(f"{name}/", act, f"_{name}") for name, act in acts.ACTS.items()),
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """A batch is looked at on the page of its run."""
        batch = get_object_or_404(self.get_queryset(request), pk=number(object_id))
        page = reverse("admin:takes_run_change", args=[batch.run_id])
        return redirect(f"{page}?batch={batch.batch_id}")
