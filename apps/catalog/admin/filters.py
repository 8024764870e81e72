"""Filters whose choices are few and known beforehand, so that they cost one small query."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from apps.catalog.models import Character, Language
from apps.catalog.texts import Readiness
from apps.core.access import permitted_series, visible_to
from apps.core.forms import number

MOST_CHOICES = 100


class SeriesFilter(admin.SimpleListFilter):
    """The Series that the person may see, by title; 100 at most, search finds the others."""

    title = "Series"
    parameter_name = "series"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        series = permitted_series(request.user, "view").order_by("title")
        return [(str(pk), title) for pk, title in series.values_list("pk", "title")[:MOST_CHOICES]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = number(self.value())
        return queryset.filter(series=chosen) if chosen else queryset


class LanguageFilter(admin.SimpleListFilter):
    title = "language"
    parameter_name = "language"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        languages = of_chosen_series(
            request, visible_to(request.user, Language.objects.all(), "series")
        )
        tags = languages.order_by("tag").values_list("tag", flat=True).distinct()
        return [(tag, tag) for tag in tags[:MOST_CHOICES]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(language__tag=self.value()) if self.value() else queryset


class CharacterFilter(admin.SimpleListFilter):
    """The characters of the chosen Series; without one there would be too many."""

    title = "character"
    parameter_name = "character"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        if not number(request.GET.get("series")):
            return []
        characters = of_chosen_series(
            request, visible_to(request.user, Character.objects.all(), "series")
        )
        named = characters.order_by("name").values_list("pk", "name")
        return [(str(pk), name) for pk, name in named[:MOST_CHOICES]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = number(self.value())
        return queryset.filter(character=chosen) if chosen else queryset


def _unready(readiness: Readiness) -> Q:
    return Q(retired_at=None, readiness=readiness)


class LineStateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"
    STATES = {
        "current": ("current: in the script", Q(retired_at=None)),
        "retired": ("retired: no longer in the script", Q(retired_at__isnull=False)),
        "placeholder": ("placeholder: waits for its text", _unready(Readiness.PLACEHOLDER)),
        "markup": ("markup only: nothing to speak", _unready(Readiness.MARKUP)),
        "empty": ("empty: has no text", _unready(Readiness.EMPTY)),
        "edited": ("edited: the text has changed", Q(version__gt=1)),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, title) for name, (title, _) in self.STATES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        state = self.STATES.get(self.value() or "")
        return queryset.filter(state[1]) if state else queryset


def of_chosen_series(request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
    """The rows of the Series that the address names (?series=); all when it names none."""
    chosen = number(request.GET.get("series"))
    return queryset.filter(series=chosen) if chosen else queryset
