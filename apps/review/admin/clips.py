"""The clip table's place in the admin; its pages are its own."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from apps.core.admin import BaseAdmin, ViewFunction
from apps.review.clips.views import acts, comparison, table
from apps.review.models import LiveClip


@admin.register(LiveClip)
class ClipAdmin(BaseAdmin):
    series_path = "series"

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return table.choose(request)

    def get_urls(self) -> list[URLPattern]:
        def page(route: str, view: ViewFunction, name: str, *, cached: bool = False) -> URLPattern:
            guarded = self.admin_site.admin_view(view, cacheable=cached)
            return path(f"<int:series_pk>/{route}", guarded, name=f"review_{name}")

        one = "line/<int:pk>/"
        own = [
            page("", table.table, "clips"),
            page("counts/", table.counts, "clips_counts"),
            page("rows/", table.rows, "clips_rows"),
            page(one, table.line, "clip"),
            page(f"{one}patch/", acts.patch, "clip_patch"),
            page(f"{one}save/", acts.save, "clip_save"),
            page(f"{one}compare/", comparison.compare, "compare"),
            page(f"{one}decide/", comparison.decide, "decide"),
            page(f"{one}live/", table.live_audio, "clip_live", cached=True),
            page(f"{one}live/peaks/", table.live_peaks, "clip_live_peaks", cached=True),
        ]
        listed = [one for one in super().get_urls() if one.name == "review_liveclip_changelist"]
        return [*own, *listed]
