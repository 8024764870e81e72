"""Filters of voices whose choices are few, so that they cost one small query."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from apps.catalog.models import Language
from apps.core.access import visible_to
from apps.voices.library.queries import provider_labels
from apps.voices.library.sample_sentences import SENTENCES
from apps.voices.models import Voice

MOST_CHOICES = 100


class ProviderFilter(admin.SimpleListFilter):
    title = "provider"
    parameter_name = "provider"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(provider_labels().items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(provider=self.value()) if self.value() else queryset


class VoiceLanguageFilter(admin.SimpleListFilter):
    """Offers the languages of the Series that the person may see.

    Without such a Series it offers the languages of samples, as Django hides an empty filter.
    """

    title = "language"
    parameter_name = "language"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        languages = visible_to(request.user, Language.objects.all(), "series")
        tags = languages.order_by("tag").values_list("tag", flat=True).distinct()
        return [(tag, tag) for tag in list(tags[:MOST_CHOICES]) or SENTENCES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.speaking(self.value()) if self.value() else queryset


class CategoryFilter(admin.SimpleListFilter):
    title = "category"
    parameter_name = "category"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        known = Voice.objects.exclude(category="").order_by("category")
        names = known.values_list("category", flat=True).distinct()
        return [(name, name) for name in names[:MOST_CHOICES]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(category=self.value()) if self.value() else queryset


class VoiceStateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"
    STATES = {
        "offered": ("Offered now", Q(gone_at=None)),
        "gone": ("Gone", Q(gone_at__isnull=False)),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, title) for name, (title, _) in self.STATES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        state = self.STATES.get(self.value() or "")
        return queryset.filter(state[1]) if state else queryset
