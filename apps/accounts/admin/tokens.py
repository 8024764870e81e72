"""Lists API tokens: people see and revoke their own, administrators see all."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString

from apps.accounts import views
from apps.accounts.models import ApiToken
from apps.core.admin import BaseAdmin

MEANINGS = {"usable": "ok", "expired": "warn", "revoked": "fail"}


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(state, state.capitalize()) for state in MEANINGS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> QuerySet[ApiToken]:
        over = Q(expires_at__lte=timezone.now())
        conditions = {
            "usable": Q(revoked_at=None) & ~over,
            "expired": Q(revoked_at=None) & over,
            "revoked": Q(revoked_at__isnull=False),
        }
        return queryset.filter(conditions.get(self.value() or "", Q()))


@admin.register(ApiToken)
class TokenAdmin(BaseAdmin):
    list_display = ["name", "shown_prefix", "owner", "may", "state", "expires_at", "last_used_at"]
    list_filter = [StateFilter]
    search_fields = ["name", "prefix__startswith", "user__username"]
    search_help_text = "Name, beginning of the token, or person"
    sortable_by = ["expires_at", "last_used_at"]
    actions = ["revoke"]
    fields = [
        *("name", "shown_prefix", "owner", "may", "state"),
        *("created_at", "expires_at", "last_used_at", "revoked_at"),
    ]
    change_form_template = "admin/accounts/apitoken/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiToken]:
        return views.visible_tokens(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Every person may view the list; the queryset limits its rows."""
        return bool(request.user.is_active and request.user.is_staff)

    has_add_permission = has_view_permission

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(views.revoke_tokens)
        return [path("revoke/", view, name="accounts_apitoken_revoke"), *super().get_urls()]

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return views.make_token(request)

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if object_id.isdecimal() and views.revocable_tokens(request.user).filter(pk=object_id):
            kwargs["extra_context"] = {"revoke_url": views.revoke_address([int(object_id)])}
        return super().change_view(request, object_id, *args, **kwargs)

    @admin.action(description="Revoke", permissions=["view"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> HttpResponse:
        return redirect(views.revoke_address([token.pk for token in queryset]))

    @admin.display(description="Begins with")
    def shown_prefix(self, token: ApiToken) -> str:
        return f"{token.prefix}…"

    @admin.display(description="Person")
    def owner(self, token: ApiToken) -> str:
        return token.user.get_username()

    @admin.display(description="May")
    def may(self, token: ApiToken) -> str:
        return ", ".join(token.scopes)

    @admin.display(description="State")
    def state(self, token: ApiToken) -> SafeString:
        chip = {"meaning": MEANINGS[token.state], "text": token.state}
        return render_to_string("pieces/chip.html", chip)
