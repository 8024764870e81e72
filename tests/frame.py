"""An API for tests in VoiceCMS's frame, whose endpoints only answer or raise."""

from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest
from django.urls import path
from ninja import Router, Schema, Status
from pydantic import Field

from apps.accounts.auth import scope
from apps.core.errors import DomainError, Invalid, Missing, Unavailable
from voicecms.api import make_api

RAISED = {
    "conflict": DomainError("The run is over; nothing was changed."),
    "invalid": Invalid({"takes": "Choose 1 to 20.", "voice": "There is no voice x."}),
    "missing": Missing("There is no run 7."),
    "unavailable": Unavailable("The queue cannot be reached; nothing was written."),
    "http404": Http404("secret details"),
    "bug": ZeroDivisionError("secret details"),
}
router = Router()


class Order(Schema):
    takes: int = Field(ge=1, le=20)
    voices: list[str] = Field(min_length=1)
    title: str = Field("", max_length=5)
    setting: dict[str, float | bool | list[float]] = {}
    exact: bool = False


@router.get("/who")
def who(request: HttpRequest) -> dict[str, str]:
    return {"who": request.user.get_username()}


@router.post("/edit", auth=scope("edit:job"), response={202: dict[str, Any]})
def edit(request: HttpRequest, order: Order) -> Status:
    return Status(202, {"takes": order.takes})


@router.get("/list", response=list[int])
def numbers(request: HttpRequest, page: int = 1) -> list[int]:
    return [page, 2]


@router.get("/nothing", response={204: None})
def nothing(request: HttpRequest) -> Status:
    return Status(204, None)


@router.get("/raise/{name}")
def fail(request: HttpRequest, name: str) -> None:
    raise RAISED[name]


api = make_api(router, namespace="frame")
handler500 = "voicecms.api.failed"
urlpatterns = [path("api/", api.urls), path("admin/", admin.site.urls)]
