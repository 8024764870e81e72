"""Accounts: who may log in and which roles they have."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db.models import Model, QuerySet
from django.forms import BaseForm
from django.http import HttpRequest

from apps.accounts.events import record
from apps.accounts.forms import UserAddForm
from apps.accounts.models import ApiToken, User
from apps.core.admin import BaseAdmin


@admin.register(User)
class PersonAdmin(BaseAdmin, UserAdmin[User]):
    """Permissions come from roles and from grants on Series, never from single ticks here."""

    list_display = ["username", "name", "email", "roles", "is_active", "last_login"]
    list_filter = ["is_active", "is_superuser", "groups"]
    search_help_text = "Username, name or e-mail address"
    sortable_by = ["username", "last_login"]
    filter_horizontal = []
    add_form = UserAddForm
    readonly_fields = ["last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("Person", {"fields": ["first_name", "last_name", "email"]}),
        ("May", {"fields": ["is_active", "is_staff", "is_superuser", "groups"]}),
        ("When", {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "email", "usable_password", "password1", "password2"]}),
        ("May", {"fields": ["is_staff", "groups"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """Only a superuser makes superusers."""
        own = [] if request.user.is_superuser else ["is_superuser"]
        return [*self.readonly_fields, *own]

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return _may_touch(request, obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return _may_touch(request, obj) and super().has_delete_permission(request, obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Tokens end with their owner, though nobody may delete one by itself."""
        deleted, counts, needed, protected = super().get_deleted_objects(objs, request)
        return deleted, counts, needed - {ApiToken._meta.verbose_name}, protected

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """No deletion by the dozen: it would not ask whether a superuser is among them."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    @admin.display(description="Name")
    def name(self, user: User) -> str:
        return user.get_full_name()

    @admin.display(description="Roles")
    def roles(self, user: User) -> str:
        names = sorted(group.name for group in user.groups.all())
        return ", ".join(["superuser"] * user.is_superuser + names)

    def save_related(self, request: HttpRequest, form: BaseForm, *args: Any, **kwargs: Any) -> None:
        user = form.instance
        before = set(user.groups.values_list("name", flat=True))
        super().save_related(request, form, *args, **kwargs)
        after = set(user.groups.values_list("name", flat=True))
        for verb, names in (("role.given", after - before), ("role.taken", before - after)):
            if names:
                record(verb, user, by=request.user, roles=sorted(names))

    def log_addition(self, request: HttpRequest, obj: User, message: Any) -> Any:
        record("user.created", obj, by=request.user)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: User, message: Any) -> Any:
        record("user.changed", obj, by=request.user, fields=_changed(message))
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[User]) -> Any:
        for user in queryset:
            record("user.deleted", user, by=request.user)
        return super().log_deletions(request, queryset)


def _may_touch(request: HttpRequest, user: Model | None) -> bool:
    """Whoever could set a superuser's password could become one."""
    return request.user.is_superuser or not (isinstance(user, User) and user.is_superuser)


def _changed(message: Any) -> list[str]:
    """Names of the fields in one of the admin's change messages."""
    parts = message if isinstance(message, list) else []
    return [field for part in parts for field in part.get("changed", {}).get("fields", [])]
