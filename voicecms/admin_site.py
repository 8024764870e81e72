"""The admin site: Django's own, with our name and a home page that says what is going on."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse

from apps.core.registry import home_links, home_sections

ORDER = ("takes", "review", "catalog", "voices", "accounts", "audit", "auth")


class VoiceAdminSite(admin.AdminSite):
    site_title = "VoiceCMS"
    site_header = "VoiceCMS"
    index_title = "Home"

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return {**super().each_context(request), "own_keys_at": reverse("own_keys")}

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Home: what needs me now."""
        context = {
            "links": home_links(request),
            "sections": home_sections(request),
            **(extra_context or {}),
        }
        return super().index(request, context)

    def get_app_list(
        self, request: HttpRequest, app_label: str | None = None
    ) -> list[dict[str, Any]]:
        """What is worked with first comes first; roles stand beside the people who have them."""
        apps = {app["app_label"]: app for app in super().get_app_list(request, app_label)}
        if "auth" in apps and "accounts" in apps:
            apps["accounts"]["models"] += apps.pop("auth")["models"]
        return [apps[label] for label in ORDER if label in apps]
