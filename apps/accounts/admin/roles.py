"""Groups: the roles, which come from the product, and teams that an installation makes itself."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.accounts.events import record
from apps.accounts.roles import ROLES
from apps.core.access import SERIES_PERMISSIONS
from apps.core.admin import BaseAdmin

admin.site.unregister(Group)


@admin.register(Group)
class RoleAdmin(BaseAdmin):
    """A team has no permissions of its own: it is a name to grant Series to."""

    list_display = ["name", "about", "people"]
    fields = ["name", "about", "on_series"]
    readonly_fields = ["about", "on_series"]
    search_fields = ["name"]
    sortable_by = ["name"]
    ordering = ["name"]
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        rows: QuerySet[Group] = super().get_queryset(request)
        return rows.annotate(number=Count("user"))

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return not _is_role(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return not _is_role(obj) and super().has_delete_permission(request, obj)

    @admin.display(description="What it is")
    def about(self, group: Group) -> str:
        role = ROLES.get(group.name)
        return role.about if role else "A team. What it may do is granted on each Series."

    @admin.display(description="Usually granted on a Series")
    def on_series(self, group: Group) -> str:
        role = ROLES.get(group.name)
        return ", ".join(SERIES_PERMISSIONS[key] for key in role.on_series) if role else "–"

    @admin.display(description="People")
    def people(self, group: Group) -> SafeString:
        address = reverse("admin:accounts_user_changelist")
        return format_html(
            '<a href="{}?groups__id__exact={}">{}</a>', address, group.pk, group.number
        )

    def log_addition(self, request: HttpRequest, obj: Group, message: Any) -> Any:
        record("group.created", obj, by=request.user)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Group, message: Any) -> Any:
        record("group.renamed", obj, by=request.user)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Group]) -> Any:
        for group in queryset:
            record("group.deleted", group, by=request.user)
        return super().log_deletions(request, queryset)


def _is_role(group: Model | None) -> bool:
    return isinstance(group, Group) and group.name in ROLES
