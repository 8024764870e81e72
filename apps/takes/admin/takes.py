"""The library: every take, to find, hear and follow to its run."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from apps.catalog.admin.filters import SeriesFilter
from apps.catalog.admin.keys import SearchByKey, few_of
from apps.core.admin import BaseAdmin, ViewFunction
from apps.core.forms import number
from apps.core.registry import offers
from apps.takes import playback
from apps.takes.admin.lists import moment, state_chip
from apps.takes.models import Batch, Take
from apps.takes.ordering.views import runs


@admin.register(Take)
class TakeAdmin(SearchByKey, BaseAdmin):
    series_path = "series"
    offered = offers.take
    list_display = ["line_text", "voice", "player", "state", "found", "series", "go_to", "created"]
    list_filter = ["status", "origin", SeriesFilter]
    search_fields = ["line__key__istartswith", "batch__batch_id__startswith"]
    search_help_text = "The beginning of a key or of a batch id"
    sortable_by = ["created"]
    ordering = ["-created_at", "-id"]
    list_display_links = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Take]:
        return runs.with_details(super().get_queryset(request))

    def named(self, beginning: str) -> Q | None:
        lines = super().named(beginning)
        batches = few_of(Batch.objects.filter(batch_id__startswith=beginning))
        return None if lines is None or batches is None else lines | Q(batch__in=batches)

    @admin.display(description="Line")
    def line_text(self, take: Take) -> SafeString:
        return render_to_string("admin/takes/take_line.html", {"take": take})

    @admin.display(description="Voice")
    def voice(self, take: Take) -> str:
        return take.batch.voice.name

    @admin.display(description="Listen")
    def player(self, take: Take) -> SafeString:
        return render_to_string("admin/takes/take_player.html", {"take": take})

    @admin.display(description="Created", ordering="created_at")
    def created(self, take: Take) -> SafeString:
        return moment(take.created_at)

    @admin.display(description="State")
    def state(self, take: Take) -> SafeString:
        return state_chip(take.status)

    @admin.display(description="Findings")
    def found(self, take: Take) -> SafeString:
        return render_to_string("admin/takes/take_findings.html", {"take": take})

    def get_urls(self) -> list[URLPattern]:
        def page(route: str, view: ViewFunction, name: str, *, cached: bool = False) -> URLPattern:
            return path(route, self.admin_site.admin_view(view, cacheable=cached), name=name)

        own = [
            page("<int:pk>/row/", runs.take_row, "takes_take_row"),
            page("<int:pk>/peaks/", playback.peaks, "takes_take_peaks", cached=True),
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """A take is looked at on the page of its run."""
        take = get_object_or_404(self.get_queryset(request), pk=number(object_id))
        page = reverse("admin:takes_run_change", args=[take.run_id])
        return redirect(f"{page}?batch={take.batch.batch_id}#take-{take.pk}")
