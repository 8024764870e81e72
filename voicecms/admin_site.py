"""The admin site: Django's own, with our name and a home page that says what is going on."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse

from apps.takes.queries import overview


class VoiceAdminSite(admin.AdminSite):
    site_title = "VoiceCMS"
    site_header = "VoiceCMS"
    index_title = "Home"

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Home: what needs me now."""
        context = {"overview": overview(request.user), **(extra_context or {})}
        return super().index(request, context)
