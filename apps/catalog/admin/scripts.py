"""Lists scripts: the history of imports."""

from django.contrib import admin

from apps.catalog.admin.filters import SeriesFilter
from apps.catalog.models import Script
from apps.core.admin import BaseAdmin


@admin.register(Script)
class ScriptAdmin(BaseAdmin):
    series_path = "series"
    list_display = [
        "file_name", "number", "series", "spoken", "lines_new", "lines_changed",
        "lines_unchanged", "lines_missing", "imported_by", "created_at",
    ]  # fmt: skip
    list_filter = [SeriesFilter]
    list_select_related = ["series", "imported_by"]
    search_fields = ["file_name", "series__slug", "series__title"]
    search_help_text = "File or Series"
    sortable_by = ()
    fields = [
        "file_name", "sha256", "number", "series", "spoken", "lines_new", "lines_changed",
        "lines_unchanged", "lines_missing", "imported_by", "created_at",
    ]  # fmt: skip
    readonly_fields = ["spoken", "created_at"]

    @admin.display(description="Languages")
    def spoken(self, script: Script) -> str:
        return ", ".join(script.languages)
