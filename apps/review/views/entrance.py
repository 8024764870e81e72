"""The way in to a reviewer's page: token, passcode, language; what is said when it is closed."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.crypto import salted_hmac
from django.views.decorators.debug import sensitive_variables

from apps.core.errors import DomainError, Invalid, Missing, Unavailable
from apps.review import guessing
from apps.review.models import Reviewer
from apps.review.queries import Found, find_reviewer
from apps.review.services import NotAllowed

STATUS_OF: dict[type[DomainError], int] = {
    DomainError: 409,
    Invalid: 400,
    Missing: 404,
    NotAllowed: 403,
    Unavailable: 503,
}
LANGUAGES = dict(settings.LANGUAGES)
View = Callable[..., HttpResponseBase]


def entered(*, by_passcode: bool = True) -> Callable[[View], View]:
    """Hands the view the Reviewer that the token names; anybody else gets a page that says why.

    A token that fits is never counted nor held up, however many others are guessed.
    """

    def wrap(view: View) -> View:
        @wraps(view)
        @sensitive_variables("token")
        def answer(request: HttpRequest, token: str, **named: Any) -> HttpResponseBase:
            found = find_reviewer(token)
            with translation.override(language_of(request, found.reviewer)):
                response = _answer(request, token, found, view, named, by_passcode)
            return private(response)

        return answer

    return wrap


def _answer(
    request: HttpRequest, token: str, found: Found, view: View, named: Any, by_passcode: bool
) -> HttpResponseBase:
    reviewer = found.reviewer
    if reviewer is None or found.why:
        return _closed(request, found)
    request.review_token = token  # type: ignore[attr-defined]
    if by_passcode and not has_passcode(request, reviewer):
        return _page(request, "passcode", 200 if request.method == "GET" else 403, reviewer)
    try:
        return view(request, reviewer, **named)
    except DomainError as error:
        return refuse(request, reviewer, error)


def refuse(request: HttpRequest, reviewer: Reviewer, error: DomainError) -> HttpResponse:
    """In words: as JSON for scripts, as a page with the way back for everybody else."""
    status = next(STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF)
    said = "; ".join(error.errors.values()) if isinstance(error, Invalid) else str(error)
    if wants_json(request):
        return JsonResponse({"error": said}, status=status)
    return _page(request, "refused", status, reviewer, said=said)


def language_of(request: HttpRequest, reviewer: Reviewer | None) -> str:
    """What the reviewer chose, else what their browser asks for, else English."""
    if reviewer and reviewer.page_language in LANGUAGES:
        return reviewer.page_language
    asked = translation.get_language_from_request(request)
    return asked if asked in LANGUAGES else "en"


def has_passcode(request: HttpRequest, reviewer: Reviewer) -> bool:
    """Whether the link needs none, or this browser has given it."""
    if not reviewer.link.passcode:
        return True
    try:
        given = request.get_signed_cookie(cookie_name(reviewer), salt="review")
    except (KeyError, BadSignature):
        return False
    return given == proof_of(reviewer)


def proof_of(reviewer: Reviewer) -> str:
    """Changes with the passcode and the person."""
    return salted_hmac("review", f"{reviewer.pk} {reviewer.link.passcode}").hexdigest()


def cookie_name(reviewer: Reviewer) -> str:
    return f"review-{reviewer.pk}"


def wants_json(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def private(response: HttpResponseBase) -> HttpResponseBase:
    """The address is a key: it is told to nobody, and what it opens is kept nowhere.

    Pages name their site and no more: without any referrer, browsers send the origin "null" with
    forms, which are refused as forged then.
    """
    response.headers["Referrer-Policy"] = "strict-origin"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers.setdefault("Cache-Control", "private, no-store")
    return response


def _closed(request: HttpRequest, found: Found) -> HttpResponse:
    if found.reviewer is None:
        if guessing.is_blocked(request, guessing.TOKENS):
            return too_many(request)
        guessing.note_wrong(request, guessing.TOKENS)
    status = 404 if found.reviewer is None else 410
    return _page(request, "closed", status, found.reviewer, why=found.why)


def too_many(request: HttpRequest) -> HttpResponse:
    """The answer to whoever guesses too often."""
    response = _page(request, "closed", 429, None, why="too many")
    response.headers["Retry-After"] = str(guessing.WINDOW)
    return response


def _page(
    request: HttpRequest, name: str, status: int, reviewer: Reviewer | None, **context: Any
) -> HttpResponse:
    link = reviewer.link if reviewer else None
    context = {"reviewer": reviewer, "link": link, "languages": settings.LANGUAGES, **context}
    return render(request, f"review/{name}.html", context, status=status)
