"""What is played of drafts."""

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from apps.core.access import visible_to
from apps.review.models import Draft
from apps.review.naming import ALIAS
from apps.storage.places import get_place
from apps.storage.serving import serve
from apps.takes.playback import peaks_of


@require_safe
def draft_audio(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The file of a draft, with Range."""
    draft = get_object_or_404(_visible(request), pk=pk)
    return serve(request, get_place(ALIAS), draft.key, content_type="audio/mpeg")


@require_safe
def draft_peaks(request: HttpRequest, pk: int) -> JsonResponse:
    """The waveform of a draft, as audiowaveform JSON version 2."""
    return peaks_of(get_object_or_404(_visible(request), pk=pk))


def _visible(request: HttpRequest) -> QuerySet[Draft]:
    return visible_to(request.user, Draft.objects.filter(purged_at=None), "series")
