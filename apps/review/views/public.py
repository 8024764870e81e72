"""The reviewer's page. GET changes nothing: mail scanners open links. Every change is a POST."""

import json
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
)
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from apps.core.errors import Invalid, Missing
from apps.review import guessing, services
from apps.review.models import Comment, Draft, LiveClip, Reviewer, ReviewLink, Verdict
from apps.review.naming import PLACE
from apps.review.pages import rows_of
from apps.review.queries import drafts_of
from apps.review.views.asked import number, seconds
from apps.review.views.entrance import (
    LANGUAGES,
    cookie_name,
    entered,
    proof_of,
    refuse,
    wants_json,
)
from apps.storage.errors import ObjectMissing
from apps.storage.places import get_place
from apps.storage.serving import serve

MOST_BYTES = 64 * 1024


@require_safe
@entered()
def page(request: HttpRequest, reviewer: Reviewer) -> HttpResponse:
    """Everything to listen to, with what this reviewer answered so far."""
    name = "review/page.html" if reviewer.name else "review/name.html"
    return render(request, name, context_of(request, reviewer))


@require_safe
@entered()
def summary(request: HttpRequest, reviewer: Reviewer) -> HttpResponse:
    """What will be handed in, what was not heard, what is undecided."""
    return render(request, "review/summary.html", context_of(request, reviewer))


@require_POST
@entered(by_passcode=False)
def passcode(request: HttpRequest, reviewer: Reviewer) -> HttpResponse:
    if not services.passcode_fits(reviewer.link, request.POST.get("passcode", "")):
        guessing.note_wrong(request)
        context = {"reviewer": reviewer, "link": reviewer.link, "is_wrong": True}
        return render(request, "review/passcode.html", context, status=403)
    response = HttpResponseRedirect(home(request))
    response.set_signed_cookie(
        cookie_name(reviewer),
        proof_of(reviewer),
        salt="review",
        path="/review/",
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response


@require_POST
@entered()
def name(request: HttpRequest, reviewer: Reviewer) -> HttpResponse:
    """Who they say they are, once."""
    chosen = request.POST.get("language", "")
    services.introduce(
        reviewer, request.POST.get("name", ""), page_language=chosen if chosen in LANGUAGES else ""
    )
    return HttpResponseRedirect(home(request))


@require_POST
@entered()
def language(request: HttpRequest, reviewer: Reviewer) -> HttpResponse:
    services.choose_page_language(reviewer, request.POST.get("language", ""))
    return HttpResponseRedirect(home(request))


@require_POST
@entered()
def heard(request: HttpRequest, reviewer: Reviewer) -> HttpResponse:
    """What was played, as {"draft": key, "ranges": [[from, to], …]} in seconds."""
    if len(request.body) > MOST_BYTES:
        raise Invalid({"ranges": "That is too long a report."})
    try:
        told = json.loads(request.body)
        draft_pk, ranges = told["draft"], told["ranges"]
    except (ValueError, KeyError, TypeError) as error:
        raise Invalid({"ranges": "Send a draft and its ranges as JSON."}) from error
    draft = draft_here(reviewer, draft_pk)
    return JsonResponse(heard_document(services.report_heard(reviewer, draft, ranges)))


@require_POST
@entered()
def decide(request: HttpRequest, reviewer: Reviewer) -> HttpResponse:
    """An answer for one version, and what was written beside it."""
    draft = draft_here(reviewer, request.POST.get("draft"))
    verdict = services.decide(
        reviewer,
        draft,
        request.POST.get("decision", ""),
        reason=request.POST.get("reason", ""),
        confirmed=request.POST.get("confirmed") == "yes",
    )
    return done(request, reviewer, draft, {"decision": verdict.decision})


@require_POST
@entered()
def undecide(request: HttpRequest, reviewer: Reviewer) -> HttpResponse:
    draft = draft_here(reviewer, request.POST.get("draft"))
    services.undecide(reviewer, draft)
    return done(request, reviewer, draft, {"decision": ""})


@require_POST
@entered()
def comment(request: HttpRequest, reviewer: Reviewer) -> HttpResponse:
    """Words about a version, perhaps at a second of it."""
    draft = draft_here(reviewer, request.POST.get("draft"))
    at = seconds(request.POST.get("at", ""))
    written = services.comment(reviewer, draft, request.POST.get("text", ""), at)
    return done(request, reviewer, draft, {"comment": written.pk, "at": written.at})


@require_POST
@entered()
def comment_delete(request: HttpRequest, reviewer: Reviewer) -> HttpResponse:
    pk = number(request.POST.get("comment"))
    written = Comment.objects.filter(pk=pk, reviewer=reviewer).select_related("draft__line").first()
    if written is None:
        raise Missing("There is no such comment of yours.")
    services.delete_comment(written, reviewer)
    return done(request, reviewer, written.draft, {"comment": None})


@require_POST
@entered()
def hide(request: HttpRequest, reviewer: Reviewer) -> HttpResponse:
    """Delete a version from sight; it can be brought back."""
    draft = draft_here(reviewer, request.POST.get("draft"))
    services.hide_for_partner(reviewer, draft)
    return HttpResponseRedirect(f"{home(request)}?deleted={draft.pk}#line-{draft.line_id}")


@require_POST
@entered()
def unhide(request: HttpRequest, reviewer: Reviewer) -> HttpResponse:
    pk = number(request.POST.get("draft"))
    draft = Draft.objects.filter(pk=pk, series=reviewer.link.series_id).first()
    if draft is None:
        raise Missing("There is no such version.")
    services.unhide_for_partner(reviewer, draft)
    return HttpResponseRedirect(f"{home(request)}#line-{draft.line_id}")


@require_POST
@entered()
def submit(request: HttpRequest, reviewer: Reviewer) -> HttpResponse:
    """Hand in everything that was answered."""
    submitted = services.submit(reviewer)
    context = {**context_of(request, reviewer), "submitted": submitted}
    return render(request, "review/submitted.html", context)


@require_safe
@entered()
def audio(request: HttpRequest, reviewer: Reviewer, pk: int) -> HttpResponseBase:
    """A version that this link shows, with Range."""
    draft = draft_here(reviewer, pk)
    return played(request, reviewer, PLACE, draft.key)


@require_safe
@entered()
def live(request: HttpRequest, reviewer: Reviewer, pk: int) -> HttpResponseBase:
    """What listeners hear today for a line that this link shows."""
    clip = LiveClip.objects.filter(line=pk, line__in=drafts_of(reviewer.link).values("line"))
    found = clip.defer("peaks").first()
    if found is None:
        raise Missing("There is no such clip on this page.")
    return played(request, reviewer, found.place, found.key)


@require_safe
@entered()
def peaks(request: HttpRequest, reviewer: Reviewer, pk: int) -> HttpResponse:
    """The waveform of a version, as audiowaveform JSON version 2."""
    draft = draft_here(reviewer, pk)
    data = memoryview(draft.peaks or b"").cast("B").cast("b").tolist()
    rate = round(draft.peaks_rate * 100)
    return JsonResponse({"version": 2, "sample_rate": rate, "bits": 8, "data": data})


def played(request: HttpRequest, reviewer: Reviewer, place: str, key: str) -> HttpResponseBase:
    try:
        return serve(request, get_place(place), key, content_type="audio/mpeg", tell_key=False)
    except ObjectMissing:
        return refuse(request, reviewer, Missing("This recording is gone."))


def context_of(request: HttpRequest, reviewer: Reviewer) -> dict[str, Any]:
    """What every page of a reviewer is rendered with."""
    rows, link = rows_of(reviewer), reviewer.link
    rights = ReviewLink.Rights
    return {
        "reviewer": reviewer,
        "link": link,
        "series": link.series,
        "home": home(request),
        "rows": rows,
        "decided": sum(row.is_decided for row in rows),
        "unheard": [row for row in rows if row.is_unheard],
        "undecided": [row for row in rows if not row.is_decided],
        "may_comment": link.rights != rights.LOOK,
        "may_decide": link.rights == rights.DECIDE,
        "reasons": Verdict.Reason.choices,
        "languages": settings.LANGUAGES,
        "token_field": get_token(request),
        "deleted": number(request.GET.get("deleted")),
    }


def draft_here(reviewer: Reviewer, pk: object) -> Draft:
    """The version of this key, if the link shows it. Raises Missing."""
    shown = drafts_of(reviewer.link).filter(pk=number(pk)).select_related("line__language")
    draft = shown.first()
    if draft is None:
        raise Missing("There is no such version on this page.")
    return draft


def done(
    request: HttpRequest, reviewer: Reviewer, draft: Draft, what: dict[str, Any]
) -> HttpResponse:
    """JSON for scripts; everybody else goes back to where they were."""
    if not wants_json(request):
        return HttpResponseRedirect(f"{home(request)}#line-{draft.line_id}")
    rows = rows_of(reviewer)
    progress = {"decided": sum(row.is_decided for row in rows), "lines": len(rows)}
    return JsonResponse({"draft": draft.pk, **what, **progress})


def heard_document(found: Any) -> dict[str, Any]:
    return {
        "seconds": round(found.seconds, 2),
        "may_approve": found.enough_to_approve,
        "may_reject": found.enough_to_reject,
    }


def home(request: HttpRequest) -> str:
    return f"/review/{request.review_token}/"  # type: ignore[attr-defined]


Views = dict[str, Callable[..., HttpResponseBase]]
POSTS: Views = {
    "passcode": passcode,
    "name": name,
    "language": language,
    "heard": heard,
    "decide": decide,
    "undecide": undecide,
    "comment": comment,
    "comment-delete": comment_delete,
    "hide": hide,
    "unhide": unhide,
    "submit": submit,
}
