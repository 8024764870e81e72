"""Opens a reviewer's page by token, passcode and name; explains a closed link."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import translation
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from apps.core.answers import refusal
from apps.core.errors import DomainError
from apps.review.links import guessing
from apps.review.links.queries import TokenLookup, find_reviewer
from apps.review.links.rights import NotAllowed
from apps.review.models import Reviewer

LANGUAGES = dict(settings.LANGUAGES)
View = Callable[..., HttpResponseBase]


def entered(*, by_passcode: bool = True, by_name: bool = False) -> Callable[[View], View]:
    """Pass the Reviewer of the token to the view; other visitors get a page that says why not.

    `by_name`: the view needs a reviewer who has given a name.

    A valid token is neither counted nor blocked, however many tokens others guess.
    """

    def wrap(view: View) -> View:
        @wraps(view)
        @sensitive_variables("token")
        def answer(request: HttpRequest, token: str, **named: Any) -> HttpResponseBase:
            lookup = find_reviewer(token)
            with translation.override(language_of(request, lookup.reviewer)):
                response = _answer(request, token, lookup, view, named, by_passcode, by_name)
            return private(response)

        return answer

    return wrap


def _answer(
    request: HttpRequest,
    token: str,
    lookup: TokenLookup,
    view: View,
    named: Any,
    by_passcode: bool,
    by_name: bool,
) -> HttpResponseBase:
    reviewer = lookup.reviewer
    if reviewer is None or lookup.why:
        return _closed(request, lookup)
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
    """The passcode form in place of the page; a refusal in place of any other answer."""
    if wants_json(request):
        return refusal(403, _("A passcode is needed"))
    match = request.resolver_match
    is_page = match is not None and match.url_name == "review" and request.method == "GET"
    return _page(request, "passcode", 200 if is_page else 403, reviewer)


def refuse(request: HttpRequest, reviewer: Reviewer, error: DomainError) -> HttpResponse:
    """The refusal in words: as JSON for scripts, else as a page with a link back."""
    if wants_json(request):
        return refusal(error.status, error.words)
    return _page(request, "refused", error.status, reviewer, said=error.words)


def language_of(request: HttpRequest, reviewer: Reviewer | None) -> str:
    """The reviewer's chosen language, else the browser's, else English."""
    if reviewer and reviewer.page_language in LANGUAGES:
        return reviewer.page_language
    asked = translation.get_language_from_request(request)
    return asked if asked in LANGUAGES else "en"


def has_passcode(request: HttpRequest, reviewer: Reviewer) -> bool:
    """Whether the link has no passcode, or this browser has given it."""
    if not reviewer.link.passcode:
        return True
    try:
        given = request.get_signed_cookie(cookie_name(reviewer), salt="review")
    except (KeyError, BadSignature):
        return False
    return given == proof_of(reviewer)


def proof_of(reviewer: Reviewer) -> str:
    """The value of the passcode cookie; it changes with the passcode and the reviewer."""
    return salted_hmac("review", f"{reviewer.pk} {reviewer.link.passcode}").hexdigest()


def cookie_name(reviewer: Reviewer) -> str:
    return f"review-{reviewer.pk}"


def wants_json(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def private(response: HttpResponseBase) -> HttpResponseBase:
    """Forbid caches and referrers: the address is a key.

    Pages send their origin as referrer and no more: without any referrer, browsers send the
    origin "null" with forms, and such forms are refused as forged.
    """
    response.headers["Referrer-Policy"] = "strict-origin"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers.setdefault("Cache-Control", "private, no-store")
    return response


def _closed(request: HttpRequest, lookup: TokenLookup) -> HttpResponse:
    if lookup.reviewer is None:
        if guessing.is_blocked(request, guessing.TOKENS):
            return too_many(request)
        guessing.note_wrong(request, guessing.TOKENS)
    status = 404 if lookup.reviewer is None else 410
    if wants_json(request) and lookup.reviewer:
        words = _("This link is closed. Ask %(contact)s.")
        return refusal(status, words % {"contact": lookup.reviewer.link.contact})
    return _page(request, "closed", status, lookup.reviewer, why=lookup.why)


def too_many(request: HttpRequest) -> HttpResponse:
    """The answer to a caller who guesses too often."""
    response = _page(request, "closed", 429, None, why="too many")
    response.headers["Retry-After"] = str(guessing.WINDOW)
    return response


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The answer to a form without its CSRF token, in the browser's language."""
    with translation.override(language_of(request, None)):
        return render(request, "review/outdated.html", status=403)


def _page(
    request: HttpRequest, name: str, status: int, reviewer: Reviewer | None, **context: Any
) -> HttpResponse:
    link = reviewer.link if reviewer else None
    context = {"reviewer": reviewer, "link": link, "languages": settings.LANGUAGES, **context}
    return render(request, f"review/{name}.html", context, status=status)
