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
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from apps.core.errors import DomainError
from apps.review.links import guessing
from apps.review.links.queries import TokenLookup, find_reviewer
from apps.review.links.rights import NotAllowed
from apps.review.models import Reviewer

LANGUAGES = dict(settings.LANGUAGES)
View = Callable[..., HttpResponseBase]


def entered(*, by_passcode: bool = True, by_name: bool = False) -> Callable[[View], View]:
    """Hands the view the Reviewer that the token names; anybody else gets a page that says why.

    `by_name`: nothing is answered in the name of nobody.

    A token that fits is never counted nor held up, however many others are guessed.
    """

    def wrap(view: View) -> View:
        @wraps(view)
        @sensitive_variables("token")
        def answer(request: HttpRequest, token: str, **named: Any) -> HttpResponseBase:
            found = find_reviewer(token)
            with translation.override(language_of(request, found.reviewer)):
                response = _answer(request, token, found, view, named, by_passcode, by_name)
            return private(response)

        return answer

    return wrap


def _answer(
    request: HttpRequest,
    token: str,
    found: TokenLookup,
    view: View,
    named: Any,
    by_passcode: bool,
    by_name: bool,
) -> HttpResponseBase:
    reviewer = found.reviewer
    if reviewer is None or found.why:
        return _closed(request, found)
    request.review_token = token  # type: ignore[attr-defined]
    if by_passcode and not has_passcode(request, reviewer):
        return _ask_for_passcode(request, reviewer)
    if by_name and not reviewer.name:
        return refuse(request, reviewer, NotAllowed(_("Say who you are first.")))
    try:
        return view(request, reviewer, **named)
    except DomainError as error:
        return refuse(request, reviewer, error)


def _ask_for_passcode(request: HttpRequest, reviewer: Reviewer) -> HttpResponse:
    """A form in the place of the page; a refusal in the place of anything else."""
    if wants_json(request):
        return _in_words(_("A passcode is needed"), 403)
    match = request.resolver_match
    is_page = match is not None and match.url_name == "review" and request.method == "GET"
    return _page(request, "passcode", 200 if is_page else 403, reviewer)


def refuse(request: HttpRequest, reviewer: Reviewer, error: DomainError) -> HttpResponse:
    """In words: as JSON for scripts, as a page with the way back for everybody else."""
    if wants_json(request):
        return _in_words(error.words, error.status)
    return _page(request, "refused", error.status, reviewer, said=error.words)


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


def _in_words(said: str, status: int) -> HttpResponse:
    return JsonResponse({"error": said}, status=status)


def _closed(request: HttpRequest, found: TokenLookup) -> HttpResponse:
    if found.reviewer is None:
        if guessing.is_blocked(request, guessing.TOKENS):
            return too_many(request)
        guessing.note_wrong(request, guessing.TOKENS)
    status = 404 if found.reviewer is None else 410
    if wants_json(request) and found.reviewer:
        words = _("This link is closed. Ask %(contact)s.")
        return _in_words(words % {"contact": found.reviewer.link.contact}, status)
    return _page(request, "closed", status, found.reviewer, why=found.why)


def too_many(request: HttpRequest) -> HttpResponse:
    """The answer to whoever guesses too often."""
    response = _page(request, "closed", 429, None, why="too many")
    response.headers["Retry-After"] = str(guessing.WINDOW)
    return response


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The answer to a form without its CSRF token, in the language that the browser asks for."""
    with translation.override(language_of(request, None)):
        return render(request, "review/outdated.html", status=403)


def _page(
    request: HttpRequest, name: str, status: int, reviewer: Reviewer | None, **context: Any
) -> HttpResponse:
    link = reviewer.link if reviewer else None
    context = {"reviewer": reviewer, "link": link, "languages": settings.LANGUAGES, **context}
    return render(request, f"review/{name}.html", context, status=status)
