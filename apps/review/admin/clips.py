"""The clip table's place in the admin; its pages are its own."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from apps.core.admin import BaseAdmin
from apps.review.models import LiveClip
from apps.review.views import clip_acts, clips, comparing


@admin.register(LiveClip)
class ClipAdmin(BaseAdmin):
    series_path = "series"

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return clips.choose(request)

    def get_urls(self) -> list[URLPattern]:
        def page(route: str, view: Any, name: str, *, cached: bool = False) -> URLPattern:
            guarded = self.admin_site.admin_view(view, cacheable=cached)
            return path(f"<int:series_pk>/{route}", guarded, name=f"review_{name}")

        one = "line/<int:pk>/"
        own = [
            page("", clips.table, "clips"),
            page("counts/", clips.counts, "clips_counts"),
            page("rows/", clips.rows, "clips_rows"),
            page(one, clips.line, "clip"),
            page(f"{one}patch/", clip_acts.patch, "clip_patch"),
            page(f"{one}save/", clip_acts.save, "clip_save"),
            page(f"{one}compare/", comparing.compare, "compare"),
            page(f"{one}decide/", comparing.decide, "decide"),
            page(f"{one}live/", clips.live_audio, "clip_live", cached=True),
            page(f"{one}live/peaks/", clips.live_peaks, "clip_live_peaks", cached=True),
        ]
        listed = [one for one in super().get_urls() if one.name == "review_liveclip_changelist"]
        return [*own, *listed]
