"""Addresses that serve stored objects, for the tests of HTTP."""

from django.http import HttpRequest, HttpResponseBase
from django.urls import path

from apps.storage.places import get_place
from apps.storage.serving import serve


def audio(request: HttpRequest, key: str) -> HttpResponseBase:
    filename = request.GET.get("save")
    return serve(request, get_place("takes"), key, content_type="audio/mpeg", filename=filename)


urlpatterns = [path("audio/<path:key>", audio)]
