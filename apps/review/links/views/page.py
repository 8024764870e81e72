"""The reviewer's page and what is heard on it. GET changes nothing: mail scanners open links."""

from typing import Any, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.core.errors import Missing
from apps.core.forms import number
from apps.review.links.pages import Outline, outline_of, rows_of
from apps.review.links.queries import drafts_of
from apps.review.links.views.entrance import entered, refuse
from apps.review.models import Draft, LiveClip, Reviewer, ReviewLink, Verdict
from apps.review.models.clips import Clip
from apps.review.naming import ALIAS, PLAIN
from apps.storage.errors import ObjectMissing
from apps.storage.places import get_place
from apps.storage.serving import serve
from apps.takes.playback import peaks_of

MOST_DELETED = 50

C = TypeVar("C", bound=Clip)


@require_safe
@entered()
def page(request: HttpRequest, reviewer: Reviewer) -> HttpResponse:
    """Everything to listen to, with what this reviewer answered so far."""
    if not reviewer.name or "who" in request.GET:
        return render(request, "review/name.html", frame_of(request, reviewer))
    outline = outline_of(reviewer)
    shown = page_asked(request, outline)
    deleted = reviewer.hidden_drafts.filter(hidden_at__isnull=False, purged_at=None)
    context = {
        **frame_of(request, reviewer),
        "outline": outline,
        "page": shown,
        "rows": rows_of(reviewer, outline.on_page(shown)),
        "deleted": list(deleted.select_related("line")[:MOST_DELETED]),
    }
    return render(request, "review/page.html", context)


def page_asked(request: HttpRequest, outline: Outline) -> int:
    """The number of the page: as asked, or with the line asked for, or where to go on."""
    if line := number(request.GET.get("line")):
        return outline.page_with(line)
    asked = number(request.GET.get("page"))
    return min(asked, outline.pages) if asked else outline.page_to_go_on()


@require_safe
@entered()
def summary(request: HttpRequest, reviewer: Reviewer) -> HttpResponse:
    """What will be handed in, what was not heard, what is undecided."""
    rows = rows_of(reviewer)
    context = {
        **frame_of(request, reviewer),
        "outline": outline_of(reviewer),
        "rows": rows,
        "undecided": [row for row in rows if not row.is_decided],
        "unheard": [row for row in rows if row.unheard],
    }
    return render(request, "review/summary.html", context)


@require_safe
@entered()
def audio(request: HttpRequest, reviewer: Reviewer, pk: int) -> HttpResponseBase:
    """A version that this link shows, with Range."""
    draft = draft_here(reviewer, pk)
    return played(request, reviewer, ALIAS, draft.key)


@require_safe
@entered()
def live(request: HttpRequest, reviewer: Reviewer, pk: int) -> HttpResponseBase:
    """What listeners hear today for a line that this link shows."""
    clip = live_here(request, reviewer, pk)
    return played(request, reviewer, clip.alias, clip.key)


@require_safe
@entered()
def peaks(request: HttpRequest, reviewer: Reviewer, pk: int) -> HttpResponse:
    """The waveform of a version, as audiowaveform JSON version 2."""
    return peaks_of(draft_here(reviewer, pk))


@require_safe
@entered()
def live_peaks(request: HttpRequest, reviewer: Reviewer, pk: int) -> HttpResponse:
    """The waveform of what listeners hear today."""
    return peaks_of(live_here(request, reviewer, pk))


def played(request: HttpRequest, reviewer: Reviewer, alias: str, key: str) -> HttpResponseBase:
    try:
        return serve(request, get_place(alias), key, content_type="audio/mpeg", tell_key=False)
    except ObjectMissing:
        return refuse(request, reviewer, Missing(_("This recording is gone.")))


def frame_of(request: HttpRequest, reviewer: Reviewer) -> dict[str, Any]:
    """What every page of a reviewer is rendered with."""
    link = reviewer.link
    return {
        "reviewer": reviewer,
        "link": link,
        "series": link.series,
        "home": home(request),
        "may_comment": link.rights != ReviewLink.Rights.LOOK,
        "may_decide": link.rights == ReviewLink.Rights.DECIDE,
        "reasons": Verdict.Reason.choices,
        "languages": settings.LANGUAGES,
        "token_field": get_token(request),
    }


def draft_here(reviewer: Reviewer, pk: object) -> Draft:
    """The version of this key, if the link shows it. Raises Missing."""
    shown = drafts_of(reviewer.link).filter(pk=number(pk)).select_related("line__language")
    return here(shown.first())


def live_here(request: HttpRequest, reviewer: Reviewer, pk: int) -> LiveClip:
    """What listeners hear for this line (`?variant=`), if the link shows it. Raises Missing."""
    sound = {"line": pk, "variant": request.GET.get("variant", PLAIN)}
    shown = drafts_of(reviewer.link).filter(**sound)
    return here(LiveClip.objects.heard().filter(line__in=shown.values("line"), **sound).first())


def here(found: C | None) -> C:
    if found is None:
        raise Missing(_("There is no such version on this page."))
    return found


def home(request: HttpRequest) -> str:
    return f"/review/{request.review_token}/"  # type: ignore[attr-defined]
