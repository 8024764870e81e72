"""The admin site: Django's own, with our name and a home page that says what is going on."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig
from django.http import HttpRequest, HttpResponse


class VoiceAdminSite(admin.AdminSite):
    site_title = "VoiceCMS"
    site_header = "VoiceCMS"
    index_title = "Home"

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().index(request, extra_context)


class AdminConfig(DjangoAdminConfig):
    default_site = "voicecms.admin_site.VoiceAdminSite"
