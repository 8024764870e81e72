"""Replaces the admin's pages of credentials by one page of the person's own keys."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import URLPattern, path

from apps.core.admin import BaseAdmin
from apps.voices.credentials import views
from apps.voices.models import Credential


@admin.register(Credential)
class CredentialAdmin(BaseAdmin):
    def get_urls(self) -> list[URLPattern]:
        """Leave out the usual pages of rows: nobody may look at another person's key."""
        pages = {"": ("changelist", views.credentials)}
        acts = {
            f"<str:alias>/{name}/": (name, getattr(views, name))
            for name in ("save", "test", "delete")
        }
        return [
            path(route, self.admin_site.admin_view(view), name=f"voices_credential_{name}")
            for route, (name, view) in (pages | acts).items()
        ]

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(request.user.is_active and request.user.is_staff)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
