"""Addresses of the project."""

from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from apps.accounts.views import switch_keys
from apps.catalog.grants.views import series_grants
from apps.takes.playback import audio
from voicecms.api import api, nowhere
from voicecms.health import healthz

handler500 = "voicecms.api.failed"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("healthz", healthz, name="healthz"),
    path("audio/<path:relpath>", audio, name="audio"),
    path("review/<str:token>/", include("apps.review.links.urls")),
    path("api/", RedirectView.as_view(pattern_name="api:openapi-view")),
    path("api/", api.urls),
    re_path(r"^api/", nowhere),
    path(
        "admin/catalog/series/<int:pk>/grants/",
        admin.site.admin_view(series_grants),
        name="series_grants",
    ),
    path("admin/keys/", admin.site.admin_view(switch_keys), name="own_keys"),
    path("admin/", admin.site.urls),
]
