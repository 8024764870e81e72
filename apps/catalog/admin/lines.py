"""Lines: found, read, and edited one at a time."""

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.db.models.functions import Substr
from django.http import HttpRequest, HttpResponseRedirect
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.catalog.admin.filters import (
    CharacterFilter,
    LanguageFilter,
    LineStateFilter,
    SeriesFilter,
)
from apps.catalog.lines.difference import difference
from apps.catalog.lines.forms import LineForm
from apps.catalog.lines.services import edit_line
from apps.catalog.models import Line
from apps.catalog.texts import Readiness
from apps.core.access import permitted_anywhere
from apps.core.admin import BaseAdmin
from apps.core.errors import DomainError
from apps.core.forms import number
from apps.core.registry import BulkAction, offers

EXCERPT = 140
MOST_VERSIONS = 20


class LineChangeList(ChangeList):
    """Reads the beginning of each text only."""

    def get_queryset(self, *args: Any, **kwargs: Any) -> QuerySet[Line]:
        return super().get_queryset(*args, **kwargs).defer("text", "notes")


@admin.register(Line)
class LineAdmin(BaseAdmin):
    series_path = "series"
    offered = offers.line
    needs = {"view": "view", "change": "edit"}
    form = LineForm
    list_display = ["key", "excerpt", "series", "language", "character", "state"]
    list_filter = [SeriesFilter, LanguageFilter, CharacterFilter, LineStateFilter]
    list_select_related = ["series", "language", "character"]
    search_fields = ["key", "text"]
    search_help_text = "Key or words of the text"
    sortable_by = ()
    fields = [
        "series", "language", "key", "text", "character", "notes", "labels", "max_duration",
        "versions", "seen_version",
    ]  # fmt: skip
    readonly_fields = ["series", "language", "key", "versions"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Line]:
        rows: QuerySet[Line] = super().get_queryset(request)
        return rows.annotate(beginning=Substr("text", 1, EXCERPT + 1))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return LineChangeList

    def get_ordering(self, request: HttpRequest) -> Any:
        """In script order within a Series, which an index gives; else the newest first."""
        if number(request.GET.get("series")):
            return ["language_id", "position", "pk"]
        return ["-pk"]

    def get_fields(self, request: HttpRequest, obj: Line | None = None) -> Any:
        fields = list(super().get_fields(request, obj))
        return fields if self.has_change_permission(request, obj) else fields[:-1]

    def save_model(self, request: HttpRequest, obj: Line, form: LineForm, change: bool) -> None:
        given = {**form.cleaned_data}
        given.pop("seen_version")
        text = given.pop("text")
        edit_line(Line.objects.get(pk=obj.pk), by=request.user, text=text, details=given)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """With those that apps offer on chosen lines."""
        actions: dict[str, Any] = super().get_actions(request)
        for one in offers.chosen_lines:
            if permitted_anywhere(request, one.permission):
                actions[one.name] = (partial(_go_on, one), one.name, one.label)
        return actions

    @admin.display(description="Text")
    def excerpt(self, line: Line) -> SafeString:
        more = "…" if len(line.beginning) > EXCERPT else ""
        spoken = '<span class="spoken" lang="{}" dir="auto">{}{}</span>'
        return format_html(spoken, line.language.tag, line.beginning[:EXCERPT], more)

    @admin.display(description="State")
    def state(self, line: Line) -> str:
        """The words of the filter."""
        if line.retired_at:
            return "retired"
        if line.readiness != Readiness.SPEAKABLE:
            return line.get_readiness_display()
        return "edited" if line.version > 1 else "current"

    @admin.display(description="Earlier texts")
    def versions(self, line: Line) -> SafeString:
        """The newest 20 texts that the line had, each with what the next one changed in it."""
        older = list(line.versions.select_related("replaced_by")[:MOST_VERSIONS])
        newer = [line.text, *(version.text for version in older)]
        rows = [
            {"version": version, "pairs": difference(version.text, after)}
            for version, after in zip(older, newer, strict=False)
        ]
        return render_to_string("admin/catalog/line_versions.html", {"rows": rows})


def _go_on(
    action: BulkAction, admin: LineAdmin, request: HttpRequest, lines: QuerySet[Line]
) -> HttpResponseRedirect | None:
    """To the page that the action begins on."""
    try:
        return HttpResponseRedirect(action.address(lines))
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return None
