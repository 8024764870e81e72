"""The list of runs in the admin: state, failures and cost."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString

from apps.catalog.admin.filters import SeriesFilter
from apps.core.access import may
from apps.core.admin import BaseAdmin, ViewFunction
from apps.core.forms import number
from apps.takes.admin.lists import (
    DerivedStateFilter,
    ProgressChangeList,
    moment,
    progress_cell,
    state_chip,
)
from apps.takes.models import Run
from apps.takes.ordering.services.control import cancel_run, retry_takes
from apps.takes.ordering.views import generate, runs


@admin.register(Run)
class RunAdmin(BaseAdmin):
    series_path = "series"
    needs = {"view": "view", "add": "generate", "change": "generate"}
    list_display = ["name", "series", "language", "state", "takes", "ordered_by", "created"]
    list_filter = [DerivedStateFilter, SeriesFilter]
    list_select_related = ["series", "language", "ordered_by"]
    search_fields = ["series__slug", "series__title", "ordered_by__username"]
    search_help_text = "Series or person"
    sortable_by = ["created"]
    actions = ["cancel", "retry"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ProgressChangeList]:
        return ProgressChangeList

    @admin.display(description="Run")
    def name(self, run: Run) -> str:
        return str(run)

    @admin.display(description="Created", ordering="created_at")
    def created(self, run: Run) -> SafeString:
        return moment(run.created_at)

    @admin.display(description="State")
    def state(self, run: Run) -> SafeString:
        return state_chip(run.progress.state)

    @admin.display(description="Takes")
    def takes(self, run: Run) -> SafeString:
        return progress_cell(run.progress)

    @admin.action(description="Cancel what is not done", permissions=["change"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Run]) -> None:
        for run in self.workable(request, queryset):
            self.attempt(request, partial(self._cancel, request, run))

    @admin.action(description="Retry failed takes", permissions=["change"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Run]) -> None:
        for run in self.workable(request, queryset):
            self.attempt(request, partial(self._retry, request, run))

    def workable(self, request: HttpRequest, queryset: QuerySet[Run]) -> list[Run]:
        runs = queryset.select_related("series")
        return [run for run in runs if may(request.user, "generate", run.series)]

    def _cancel(self, request: HttpRequest, run: Run) -> str:
        return f"{run}: {cancel_run(run, by=request.user)} takes cancelled."

    def _retry(self, request: HttpRequest, run: Run) -> str:
        return f"{run}: {retry_takes(run, by=request.user)} takes are tried again."

    def get_urls(self) -> list[URLPattern]:
        def page(route: str, view: ViewFunction, name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=name)

        urls = [
            page("<int:pk>/progress/", runs.run_progress, "takes_run_progress"),
            page("<int:pk>/cancel/", runs.run_cancel, "takes_run_cancel"),
            page("<int:pk>/retry/", runs.run_retry, "takes_run_retry"),
        ]
        return [*urls, *super().get_urls()]

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return generate.generate(request)

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        return runs.run_page(request, number(object_id))
