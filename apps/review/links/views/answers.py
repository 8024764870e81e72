"""What a reviewer does on their page. Every change is a POST.

Scripts get JSON with the parts of the page that an act has changed; everybody else goes back to
where they were.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from apps.core.errors import Invalid, Missing
from apps.core.forms import number
from apps.review.links import guessing
from apps.review.links.pages import outline_of, rows_of
from apps.review.links.queries import drafts_of
from apps.review.links.services import comments, links, reviewers, submitting, verdicts
from apps.review.links.views.entrance import (
    LANGUAGES,
    cookie_name,
    entered,
    proof_of,
    too_many,
    wants_json,
)
from apps.review.links.views.page import draft_here, frame_of, home
from apps.review.models import Comment, Draft, Reviewer, Verdict

MOST_BYTES = 64 * 1024


@require_POST
@entered(by_passcode=False)
def passcode(request: HttpRequest, reviewer: Reviewer) -> HttpResponse:
    if guessing.is_blocked(request, guessing.PASSCODES, reviewer):
        return too_many(request)
    if not links.passcode_fits(reviewer.link, request.POST.get("passcode", "")):
        guessing.note_wrong(request, guessing.PASSCODES, reviewer)
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
    reviewers.introduce(
        reviewer, request.POST.get("name", ""), page_language=chosen if chosen in LANGUAGES else ""
    )
    return HttpResponseRedirect(home(request))


@require_POST
@entered()
def language(request: HttpRequest, reviewer: Reviewer) -> HttpResponse:
    reviewers.choose_page_language(reviewer, request.POST.get("language", ""))
    return HttpResponseRedirect(home(request))


@require_POST
@entered(by_name=True)
def heard(request: HttpRequest, reviewer: Reviewer) -> HttpResponse:
    """What was played, as {"draft": key, "ranges": [[from, to], …]} in seconds."""
    if len(request.body) > MOST_BYTES:
        raise Invalid({"ranges": "That is too long a report."})
    try:
        told = json.loads(request.body)
        draft_pk, ranges = told["draft"], told["ranges"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Invalid({"ranges": "Send a draft and its ranges as JSON."}) from error
    found = verdicts.report_heard(reviewer, draft_here(reviewer, draft_pk), ranges)
    return JsonResponse(
        {
            "seconds": round(found.seconds, 2),
            "may_approve": found.enough_to_approve,
            "may_reject": found.enough_to_reject,
        }
    )


@require_POST
@entered(by_name=True)
def decide(request: HttpRequest, reviewer: Reviewer) -> HttpResponse:
    """An answer for one version, and what was written beside it."""
    post, draft = request.POST, draft_here(reviewer, request.POST.get("draft"))
    before = answers_on(reviewer, draft)
    verdicts.decide(
        reviewer,
        draft,
        post.get("decision", ""),
        reason=post.get("reason", ""),
        words=post.get("text", ""),
        at=seconds(post.get("at", "")),
        confirmed=post.get("confirmed") == "yes",
    )
    return done(request, reviewer, [draft], before=before)


@require_POST
@entered(by_name=True)
def undecide(request: HttpRequest, reviewer: Reviewer) -> HttpResponse:
    """Take answers back, of one version or several."""
    named = [number(pk) for pk in request.POST.getlist("draft")]
    drafts = list(drafts_of(reviewer.link).filter(pk__in=named))
    if not drafts or len(drafts) < len(set(named)):
        raise Missing(_("There is no such version on this page."))
    before = [one for draft in drafts for one in answers_on(reviewer, draft)]
    verdicts.undecide(reviewer, drafts)
    return done(request, reviewer, drafts, before=before)


@require_POST
@entered(by_name=True)
def choose_heard(request: HttpRequest, reviewer: Reviewer) -> HttpResponse:
    """Use what was heard to its end, on every line that has no answer yet."""
    drafts = verdicts.choose_heard(reviewer)
    words = ngettext(
        "The version that you heard is chosen for %d line.",
        "The version that you heard is chosen for %d lines.",
        len(drafts),
    )
    said = words % len(drafts) if drafts else _("Nothing new was heard to its end.")
    return done(request, reviewer, drafts, said=said)


@require_POST
@entered(by_name=True)
def comment(request: HttpRequest, reviewer: Reviewer) -> HttpResponse:
    """Words about a version, perhaps at a second of it."""
    draft = draft_here(reviewer, request.POST.get("draft"))
    at = seconds(request.POST.get("at", ""))
    comments.comment(reviewer, draft, request.POST.get("text", ""), at)
    return done(request, reviewer, [draft])


@require_POST
@entered(by_name=True)
def comment_delete(request: HttpRequest, reviewer: Reviewer) -> HttpResponse:
    pk = number(request.POST.get("comment"))
    written = Comment.objects.filter(pk=pk, reviewer=reviewer).select_related("draft__line").first()
    if written is None:
        raise Missing(_("There is no such comment of yours."))
    comments.delete_comment(written, reviewer)
    return done(request, reviewer, [written.draft])


@require_POST
@entered(by_name=True)
def hide(request: HttpRequest, reviewer: Reviewer) -> HttpResponse:
    """Delete a version from sight; it can be brought back."""
    draft = draft_here(reviewer, request.POST.get("draft"))
    comments.hide_for_partner(reviewer, draft)
    return HttpResponseRedirect(f"{home(request)}#deleted")


@require_POST
@entered(by_name=True)
def unhide(request: HttpRequest, reviewer: Reviewer) -> HttpResponse:
    pk = number(request.POST.get("draft"))
    draft = Draft.objects.filter(pk=pk, series=reviewer.link.series_id).first()
    if draft is None:
        raise Missing(_("There is no such version that you deleted."))
    comments.unhide_for_partner(reviewer, draft)
    return HttpResponseRedirect(at_line(request, draft.line_id))


@require_POST
@entered(by_name=True)
def submit(request: HttpRequest, reviewer: Reviewer) -> HttpResponse:
    """Hand in everything that was answered."""
    submitted = submitting.submit(reviewer)
    context = {**frame_of(request, reviewer), "submitted": submitted}
    return render(request, "review/submitted.html", context)


def answers_on(reviewer: Reviewer, draft: Draft) -> list[dict[str, Any]]:
    """The answers of its line and variant as they are, for a script that is to restore them."""
    sound = {"draft__line": draft.line_id, "draft__variant": draft.variant}
    own = Verdict.objects.filter(reviewer=reviewer, **sound)
    return [dict(one) for one in own.values("draft", "decision", "reason")]


def seconds(text: str) -> float | None:
    """Seconds as they came; None for nothing. Raises Invalid."""
    if not text.strip():
        return None
    try:
        return float(text)
    except ValueError as error:
        raise Invalid({"at": _("Seconds are a number.")}) from error


def done(
    request: HttpRequest,
    reviewer: Reviewer,
    drafts: Sequence[Draft],
    *,
    before: Sequence[dict[str, Any]] = (),
    said: str = "",
) -> HttpResponse:
    """What the lines of these versions look like now; `before` is what undoing restores."""
    lines = {draft.line_id for draft in drafts}
    if not wants_json(request):
        return HttpResponseRedirect(at_line(request, min(lines, default=0)))
    outline = outline_of(reviewer)
    return JsonResponse(
        {
            "drafts": [draft.pk for draft in drafts],
            "decided": len(outline.decided),
            "lines": len(outline.lines),
            "parts": parts_of(request, reviewer, lines),
            "before": list(before),
            "said": said,
        }
    )


def at_line(request: HttpRequest, line_pk: int) -> str:
    """The page that holds a line, scrolled to it."""
    return f"{home(request)}?line={line_pk}#line-{line_pk}" if line_pk else home(request)


def parts_of(request: HttpRequest, reviewer: Reviewer, lines: set[int]) -> dict[int, str]:
    """The answers of every version of these lines as HTML, by the key of the draft."""
    frame = frame_of(request, reviewer)
    return {
        version.draft.pk: render_to_string("review/answers.html", {**frame, "version": version})
        for row in rows_of(reviewer, lines)
        for version in row.versions
    }


POSTS: dict[str, Callable[..., HttpResponseBase]] = {
    "passcode": passcode,
    "name": name,
    "language": language,
    "heard": heard,
    "decide": decide,
    "undecide": undecide,
    "choose-heard": choose_heard,
    "comment": comment,
    "comment-delete": comment_delete,
    "hide": hide,
    "unhide": unhide,
    "submit": submit,
}
