"""The API's frame: its address, the shape of every answer, and what errors look like.

`{"data": …}` for what worked, `{"error": "message"}` for what did not, with `"errors": {field:
message}` where the request itself is wrong. Endpoints return plain values and raise.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import structlog
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI, Router
from ninja.errors import HttpError, ValidationError
from ninja.openapi.docs import Swagger
from ninja.openapi.schema import OpenAPISchema
from ninja.renderers import JSONRenderer

from apps.accounts.auth import scope
from apps.core import answers
from apps.core.answers import refusal
from apps.core.errors import DomainError, Invalid
from apps.core.problems import problems_by_field
from apps.takes.api import batches, runs
from apps.voices.api import router as voices

ROOT = "/api/"
MOST_BYTES = 32 * 1024 * 1024  # a script of the largest size that is imported, as JSON text
# Ninja's own words, for those who read only ours.
WORDS = {
    "Unauthorized": "Log in, or send an API token: Authorization: Bearer …",
    "Cannot parse request body": "The body is not JSON; nothing was done.",
}
ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {"type": "string"},
        "errors": {"type": "object", "additionalProperties": {"type": "string"}},
        "reference": {"type": "string"},
    },
}


class Envelope(JSONRenderer):
    """Puts what an endpoint returned under `data`; answers of error handlers stay as they are."""

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> str:
        body = {"data": data} if response_status < 400 else data
        return str(super().render(request, body, response_status=response_status))


class Docs(Swagger):
    """Swagger UI from our own static files; it needs nothing that our CSP forbids."""

    template = "api/docs.html"


class VoiceAPI(NinjaAPI):
    """Ninja's API, with refusals that Ninja makes before an endpoint in the same shape."""

    @property
    def urls(self) -> tuple[list[URLResolver | URLPattern], str, str]:
        patterns, app, namespace = super().urls
        for pattern in patterns:
            if isinstance(pattern, URLPattern):
                pattern.callback = framed(pattern.callback)
        return patterns, app, namespace

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """The schema of what is really sent: the envelope, and errors as every endpoint has."""
        schema = super().get_openapi_schema(**options)
        schema["components"].setdefault("schemas", {})["Error"] = ERROR
        for methods in schema["paths"].values():
            for operation in methods.values():
                _describe(operation["responses"])
        return schema


def _describe(responses: dict[Any, Any]) -> None:
    for response in responses.values():
        for content in response.get("content", {}).values():
            inner = content.get("schema", {})
            content["schema"] = {
                "type": "object",
                "required": ["data"],
                "properties": {"data": inner},
            }
    reference = {"schema": {"$ref": "#/components/schemas/Error"}}
    responses["default"] = {
        "description": "Refused or failed",
        "content": {"application/json": reference},
    }


def framed(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The view, with 405 and 413 as JSON."""

    @wraps(view)
    def frame(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
            most = MOST_BYTES // 1024**2
            return refusal(413, f"The request is larger than {most} MB; nothing was read.")
        response = view(request, *args, **kwargs)
        if response.status_code != 405:
            return response
        allowed = response["Allow"]
        answer = refusal(405, f"{request.method} cannot be used here; use {allowed}.")
        answer["Allow"] = allowed
        return answer

    return frame


def refuse(request: HttpRequest, error: DomainError) -> HttpResponse:
    return answers.refuse(error)


def refuse_input(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return refuse(request, Invalid(problems_by_field(error.errors)))


def refuse_http(request: HttpRequest, error: HttpError) -> HttpResponse:
    answer = refusal(error.status_code, WORDS.get(str(error), str(error)))
    if error.status_code == 401:
        answer["WWW-Authenticate"] = "Bearer"
    return answer


def refuse_missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return refusal(404, "There is no such thing, or it is not yours to see.")


def make_api(*routers: Router, namespace: str) -> VoiceAPI:
    """An API in this frame. Endpoints that name no `auth` need the scope `read:job`."""
    made = VoiceAPI(
        title="VoiceCMS",
        version="1",
        description="Scripts in, measured takes out.",
        urls_namespace=namespace,
        docs=Docs(),
        renderer=Envelope(),
        auth=scope("read:job"),
    )
    made.exception_handler(DomainError)(refuse)
    made.exception_handler(ValidationError)(refuse_input)
    made.exception_handler(HttpError)(refuse_http)
    made.exception_handler(Http404)(refuse_missing)
    for router in routers:
        made.add_router("", router)
    return made


api = make_api(runs, batches, voices, namespace="api")


@csrf_exempt  # a wrong address is a wrong address, whoever asks; nothing is done here
def nowhere(request: HttpRequest) -> HttpResponse:
    """Addresses below /api/ that do not exist."""
    return refusal(404, f"There is nothing at {request.path}. See /api/docs.")


def failed(request: HttpRequest) -> HttpResponse:
    """Django's handler of uncaught errors, which it has logged under the same reference."""
    if not request.path.startswith(ROOT):
        return defaults.server_error(request)
    reference = structlog.contextvars.get_contextvars().get("request_id", "")
    message = f"Something went wrong here. Tell an administrator the reference {reference}."
    return refusal(500, message, reference=reference)
