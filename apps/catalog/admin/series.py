"""Series: what there is, how much, and the way to importing a script."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import Model, OuterRef, Prefetch, QuerySet, Subquery
from django.forms import BaseModelFormSet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.catalog.models import Character, Language, Line, Series
from apps.catalog.scripts import views
from apps.catalog.series.forms import SeriesForm
from apps.catalog.series.services import create_series, edit_characters, edit_series
from apps.core.access import may
from apps.core.admin import COUNT_LIMIT, BaseAdmin
from apps.core.registry import Shown, offers


class BoundedCount(Subquery):
    """How many rows the subquery gives; its slice keeps the database from counting on."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"


class CharacterInline(admin.StackedInline[Character, Series]):
    model = Character
    fields = ["name", "notes"]
    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return obj is not None and may(request.user, "view", obj)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return obj is not None and may(request.user, "edit", obj)

    has_add_permission = has_change_permission
    has_delete_permission = has_change_permission


@admin.register(Series)
class SeriesAdmin(BaseAdmin):
    series_path = "pk"
    needs = {"view": "view", "change": "edit"}
    form = SeriesForm
    offered = offers.series
    list_display = ["title", "kind", "spoken", "lines", "go_to"]
    list_filter = ["kind"]
    search_fields = ["title", "slug"]
    search_help_text = "Title or slug"
    sortable_by = ["title"]
    inlines = [CharacterInline]
    change_form_template = "admin/catalog/series/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Series]:
        current = Line.objects.current().filter(series=OuterRef("pk")).order_by()
        tags = Prefetch("languages", Language.objects.order_by("tag"))
        counted = BoundedCount(current.values("pk")[:COUNT_LIMIT])
        rows: QuerySet[Series] = super().get_queryset(request)
        return rows.annotate(line_count=counted).prefetch_related(tags)

    def get_urls(self) -> list[URLPattern]:
        own = (
            ("import/", views.upload, "import"),
            ("import/<int:pending_pk>/", views.review, "import_preview"),
            ("import/<int:pending_pk>/discard/", views.discard, "import_discard"),
            ("import/<int:pending_pk>/bad-rows.csv", views.bad_rows, "import_bad_rows"),
        )
        return [self._page(*page) for page in own] + super().get_urls()

    def _page(self, route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
        guarded = self.admin_site.admin_view(view)
        return path(f"<int:series_pk>/{route}", guarded, name=f"catalog_{name}")

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm("catalog.add_series")

    def get_readonly_fields(self, request: HttpRequest, obj: Series | None = None) -> list[str]:
        """The slug names the folder of the audio and stays."""
        return ["slug"] if obj else []

    def get_inlines(self, request: HttpRequest, obj: Series | None) -> list[type]:
        return list(self.inlines) if obj else []

    def save_model(self, request: HttpRequest, obj: Series, form: SeriesForm, change: bool) -> None:
        if change:
            before = Series.objects.get(pk=obj.pk)
            edit_series(before, by=request.user, **form.cleaned_data)
        else:
            obj.pk = create_series(**form.cleaned_data, by=request.user).pk

    def save_formset(
        self,
        request: HttpRequest,
        form: SeriesForm,
        formset: BaseModelFormSet[Character, Any],
        change: bool,
    ) -> None:
        kept = formset.save(commit=False)
        edit_characters(form.instance, by=request.user, kept=kept, removed=formset.deleted_objects)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        answer = super().render_change_form(request, context, *args, **kwargs)
        if series := kwargs.get("obj"):
            answer.context_data |= _counts_of(series, answer.context_data["links"])
        return answer

    @admin.display(description="Languages")
    def spoken(self, series: Series) -> str:
        return ", ".join(language.tag for language in series.languages.all()) or "none yet"

    @admin.display(description="Lines")
    def lines(self, series: Series) -> SafeString:
        shown = f"{series.line_count:,}" if series.line_count < COUNT_LIMIT else "over 10,000"
        address = reverse("admin:catalog_line_changelist")
        return format_html('<a href="{}?series={}">{}</a>', address, series.pk, shown)

    @admin.display(description="Go to")
    def go_to(self, series: Series) -> SafeString:
        """The pages of everybody who sees the Series; what needs more stands on its own page."""
        links = [one for one in series.links if one.link.permission == "view"]
        return render_to_string("pieces/links.html", {"links": links, "subject": series})


def _counts_of(series: Series, links: list[Shown]) -> dict[str, Any]:
    """How much there is in each language, for the tabs that can tell."""
    counted = [one for one in links if one.link.counts]
    numbers = [one.link.counts(series) for one in counted]
    rows = [
        (language.tag, [number.get(language.tag, 0) for number in numbers])
        for language in series.languages.all()
    ]
    return {"counted": counted, "languages": rows}
