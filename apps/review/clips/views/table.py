"""The clip table: every line of a Series in one language, its live clip, and what is proposed."""

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from apps.catalog.models import Language, Series
from apps.core.access import visible_to
from apps.core.admin import BoundedPaginator
from apps.core.forms import number
from apps.review.clips import queries
from apps.review.clips.states import STATES
from apps.review.clips.views.access import (
    ClipTableContext,
    context_of,
    line_of,
    lines_of,
    show_line,
)
from apps.review.clips.views.acts import act_on_many
from apps.review.clips.views.pagination import PER_PAGE, page_of
from apps.review.models import LiveClip
from apps.storage.places import get_place
from apps.storage.serving import serve
from apps.takes.playback import peaks_of

LONGEST_SEARCH = 200  # characters
MOST_SERIES = 50


@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    """Which Series: its languages lead to its tables."""
    languages = Prefetch("languages", Language.objects.order_by("tag"))
    series = visible_to(request.user, Series.objects.order_by("title"), "pk")
    page = BoundedPaginator(series.prefetch_related(languages), MOST_SERIES)
    values = {
        **admin.site.each_context(request),
        "title": "Clips",
        "page": page.get_page(request.GET.get("page", "1")),
    }
    return TemplateResponse(request, "admin/review/clips/choose.html", values)


def table(request: HttpRequest, series_pk: int) -> HttpResponse:
    """GET shows a page of lines; POST does one thing with the chosen ones."""
    context = context_of(request, series_pk)
    if request.method == "POST":
        return act_on_many(context)
    languages = list(context.series.languages.order_by("tag"))
    language = language_of(context, languages)
    if language is None:
        return context.page("none", title=f"Clips of {context.series}")
    language.series = context.series
    state, words = asked(request)
    lines = queries.lines_of(language, state, words).select_related("language", "character")
    page = page_of(lines, request.GET.get("page", ""))
    for line in page.lines:
        line.series = context.series
    return context.page(
        "table",
        title=f"Clips of {context.series}",
        languages=languages,
        language=language,
        states=STATES,
        state=state,
        words=words,
        page=page,
        rows=queries.rows_of(page.lines, context.person),
    )


def asked(request: HttpRequest) -> tuple[str, str]:
    """The state and the words that the list is narrowed to. Raises Http404 for no such state."""
    state = request.GET.get("state", "")
    if state and state not in STATES:
        raise Http404(f"There is no such state; there are {', '.join(STATES)}.")
    words = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_SEARCH]
    return state, words


def language_of(context: ClipTableContext, languages: list[Language]) -> Language | None:
    """The language that the address names, else the Series' own, else its first."""
    by_tag = {language.tag: language for language in languages}
    tag = context.request.GET.get("lang", "")
    if tag and tag not in by_tag:
        raise Http404(f"{context.series} has no lines in {tag}.")
    return by_tag.get(tag or context.series.default_language) or next(iter(languages), None)


@require_safe
def counts(request: HttpRequest, series_pk: int) -> JsonResponse:
    """How many lines that fit the words are in each state: asked by the page once it is there."""
    context = context_of(request, series_pk)
    language = language_of(context, list(context.series.languages.all()))
    found: dict[str, Any] = {}
    if language is not None:
        language.series = context.series
        _, words = asked(request)
        found = queries.counts(language, words)
    response = JsonResponse({"counts": found, "per_page": PER_PAGE})
    response["Cache-Control"] = "no-store"
    return response


@require_safe
def rows(request: HttpRequest, series_pk: int) -> HttpResponse:
    """The rows of some lines (`lines=1,2`, a page at most), as they are now."""
    context = context_of(request, series_pk)
    pks = [number(one) for one in request.GET.get("lines", "").split(",")[:PER_PAGE]]
    return context.page("rows", rows=queries.rows_of(lines_of(context, pks), context.person))


@require_safe
def line(request: HttpRequest, series_pk: int, pk: int) -> HttpResponse:
    """One line: its text and settings to change, its previews and versions to hear."""
    context = context_of(request, series_pk)
    return show_line(context, line_of(context, pk))


@require_safe
def live_audio(request: HttpRequest, series_pk: int, pk: int) -> HttpResponseBase:
    """What listeners hear today for a line, with Range."""
    clip = live_clip(request, series_pk, pk)
    return serve(request, get_place(clip.alias), clip.key, content_type="audio/mpeg")


@require_safe
def live_peaks(request: HttpRequest, series_pk: int, pk: int) -> JsonResponse:
    """Its waveform, as audiowaveform JSON version 2."""
    return peaks_of(live_clip(request, series_pk, pk))


def live_clip(request: HttpRequest, series_pk: int, pk: int) -> LiveClip:
    heard = LiveClip.objects.heard().plain()
    return get_object_or_404(heard, series=context_of(request, series_pk).series, line=pk)
