"""Castings: which voice plays whom."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, ForeignKey, Model, OuterRef, QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest, HttpResponse

from apps.catalog.admin.filters import LanguageFilter, SeriesFilter, of_chosen_series
from apps.catalog.models import Character, Language
from apps.core.access import visible_to
from apps.core.admin import BaseAdmin
from apps.core.forms import number
from apps.voices.casting.forms import CastingForm
from apps.voices.casting.services import cast, uncast
from apps.voices.models import Casting, SeriesVoice, Voice

MOST_SUGGESTED = 500


class InSeriesField(ModelChoiceField[Any]):
    """Names its rows with their Series: many have a “Narrator”."""

    def label_from_instance(self, obj: Model) -> str:
        return f"{obj.series}: {obj}"


@admin.register(Casting)
class CastingAdmin(BaseAdmin):
    series_path = "series"
    needs = {"view": "view", "add": "edit", "change": "edit", "delete": "edit"}
    form = CastingForm
    list_display = ["character", "series", "spoken", "voice", "created_at"]
    list_filter = [SeriesFilter, LanguageFilter]
    list_select_related = ["character", "series", "language", "voice"]
    search_fields = ["character__name", "voice__name", "series__title", "series__slug"]
    search_help_text = "Character, voice or Series"
    sortable_by = ()
    fields = ["character", "language", "voice"]

    def get_readonly_fields(self, request: HttpRequest, obj: Casting | None = None) -> list[str]:
        """Another character or language is another casting."""
        return ["character", "language"] if obj else []

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        """Only what the person may edit; of one Series when the address names it (?series=)."""
        model = {"character": Character, "language": Language}.get(db_field.name)
        if model is not None:
            rows = visible_to(request.user, model.objects.all(), "series", "edit")
            kwargs["queryset"] = of_chosen_series(request, rows).select_related("series")
            kwargs["form_class"] = InSeriesField
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        initial = super().get_changeform_initial_data(request)
        initial.pop("series", None)
        return initial

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context["voices"] = suggested_voices(kwargs.get("obj"), request.GET.get("series", ""))
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(
        self, request: HttpRequest, obj: Casting, form: CastingForm, change: bool
    ) -> None:
        casting = cast(obj.character, obj.voice, obj.language, by=request.user)
        obj.pk, obj.series = casting.pk, casting.series

    def delete_model(self, request: HttpRequest, obj: Casting) -> None:
        uncast(obj, by=request.user)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Casting]) -> None:
        for casting in queryset.select_related("character", "voice"):
            uncast(casting, by=request.user)

    @admin.display(description="Language")
    def spoken(self, casting: Casting) -> str:
        return casting.language.tag if casting.language else "all"


def suggested_voices(casting: Casting | None, series: str) -> QuerySet[Voice]:
    """Voices to choose from while typing: those that the Series uses, if any, come first."""
    chosen = casting.series_id if casting else number(series)
    used = Exists(SeriesVoice.objects.filter(series=chosen, voice=OuterRef("pk")))
    return Voice.objects.present().order_by(used.desc(), "provider", "name")[:MOST_SUGGESTED]
