"""The read-only list of Events."""

import json
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.audit.models import Event
from apps.core.admin import BaseAdmin

AGES = {"1": "Last 24 hours", "7": "Last 7 days", "30": "Last 30 days"}


def kind_of(target_type: str) -> str:
    """The verbose name of a model (`accounts.apitoken`); the type itself for a removed model."""
    try:
        return str(apps.get_model(target_type)._meta.verbose_name)
    except (LookupError, ValueError):
        return target_type


class KindFilter(admin.SimpleListFilter):
    title = "thing"
    parameter_name = "thing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The models of VoiceCMS, without a query on the table."""
        models = [model for model in apps.get_models() if model.__module__.startswith("apps.")]
        types = [model._meta.label_lower for model in [*models, Group] if model is not Event]
        kinds = [(name, kind_of(name).capitalize()) for name in types]
        return sorted(kinds, key=lambda kind: kind[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        return queryset.filter(target_type=self.value()) if self.value() else queryset


class AgeFilter(admin.SimpleListFilter):
    title = "time"
    parameter_name = "days"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(AGES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        days = self.value()
        if days not in AGES:
            return queryset
        since = timezone.now() - timedelta(days=int(days))
        return queryset.filter(created_at__gte=since)


@admin.register(Event)
class EventAdmin(BaseAdmin):
    """Administrators may view Events; nobody adds, changes or deletes an Event here."""

    list_display = ["verb", "at", "actor_name", "kind", "target_name", "facts"]
    list_filter = [AgeFilter, KindFilter]
    search_fields = [
        *("actor_name__istartswith", "target_name__istartswith"),
        *("target_id__exact", "verb__startswith"),
    ]
    search_help_text = "The beginning of a person's, a thing's or an act's name, or an id"
    sortable_by = []
    actions = None
    readonly_fields = ["at", "actor_name", "verb", "kind", "target", "target_id", "document"]
    fields = [*readonly_fields]

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @admin.display(description="When")
    def at(self, event: Event) -> SafeString:
        return render_to_string("pieces/time.html", {"at": event.created_at})

    @admin.display(description="Thing")
    def kind(self, event: Event) -> str:
        return kind_of(event.target_type)

    @admin.display(description="Name")
    def target(self, event: Event) -> str:
        """The target's name at that time, linked to the target's present page."""
        app, _, model = event.target_type.partition(".")
        try:
            page = reverse(f"admin:{app}_{model}_change", args=[event.target_id])
        except NoReverseMatch:
            return event.target_name
        return format_html('<a href="{}">{}</a>', page, event.target_name)

    @admin.display(description="Facts")
    def facts(self, event: Event) -> SafeString:
        told = {name: _in_words(fact) for name, fact in event.data.items() if fact not in ([], "")}
        return render_to_string("admin/audit/facts.html", {"facts": told})

    @admin.display(description="Facts")
    def document(self, event: Event) -> SafeString:
        text = json.dumps(event.data, indent=2, ensure_ascii=False)
        return format_html("<pre>{}</pre>", text)


def _in_words(fact: Any) -> str:
    return ", ".join(map(str, fact)) if isinstance(fact, list) else str(fact)
