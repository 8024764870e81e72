"""Audio and what goes with it, for whoever may hear the Series."""

from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from apps.accounts.models import Scope, User
from apps.accounts.tokens import authenticate
from apps.catalog.models import Series
from apps.core.access import may, visible_to
from apps.storage.errors import ObjectMissing
from apps.storage.keys import UnsafeKey, check_key
from apps.storage.places import get_place
from apps.storage.serving import serve
from apps.takes.models import MeasuredAudio, Take, Waveform


@require_safe
def audio(request: HttpRequest, relpath: str) -> HttpResponseBase:
    """A file below the audio root, with Range. What one may not hear does not exist."""
    try:
        check_key(relpath)
    except UnsafeKey as error:
        raise Http404("There is no such audio.") from error
    series = Series.objects.filter(slug=relpath.split("/", 1)[0]).first()
    if series is None or not may(listener(request), "view", series):
        raise Http404("There is no such audio.")
    try:
        place = get_place("takes")
        return serve(request, place, relpath, content_type="audio/mpeg", within=series.slug)
    except ObjectMissing as error:
        raise Http404("There is no such audio.") from error


def listener(request: HttpRequest) -> User | AnonymousUser:
    """Who asks: the owner of a bearer token that may read, else whoever is logged in."""
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    if scheme.casefold() != "bearer":
        return request.user
    token = authenticate(bearer.strip())
    allowed = token is not None and Scope.READ_JOB in token.scopes
    return token.user if token and allowed else AnonymousUser()


@require_safe
def peaks(request: HttpRequest, pk: int) -> JsonResponse:
    """The waveform of a take, as audiowaveform JSON version 2."""
    takes = visible_to(request.user, Take.with_previews.all(), "series")
    return peaks_of(get_object_or_404(takes.only("frames_sha256"), pk=pk))


def peaks_of(audio: MeasuredAudio) -> JsonResponse:
    """Peaks for a player, which never change. Raises Http404 for audio without any."""
    found = get_object_or_404(Waveform, pk=audio.frames_sha256)
    response = JsonResponse(dict(found.peaks))
    response["Cache-Control"] = "private, max-age=604800, immutable"
    return response
