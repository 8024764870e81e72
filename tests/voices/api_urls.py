"""The voices' router in the project's frame, whatever else the project mounts there."""

from django.urls import path

from apps.voices.api import router
from voicecms.api import make_api
from voicecms.urls import urlpatterns as project_urls

api = make_api(router, namespace="voices-alone")

urlpatterns = [path("alone/", api.urls), *project_urls]
