"""Answers HTTP requests with an object: ranges, validators, hand-over to nginx or the bucket.

The rules are those of RFC 9110, sections 13 (conditions) and 14 (ranges).
"""

import re
from datetime import datetime
from typing import NamedTuple
from urllib.parse import quote

from django.conf import settings
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.utils.http import content_disposition_header, http_date
from django.views.decorators.http import condition

from apps.storage.errors import ObjectMissing
from apps.storage.keys import UnsafeKey
from apps.storage.objects import Stat
from apps.storage.places import Place

SIGNED_FOR = 300  # seconds
# The browser revalidates each time, so that a removed permission takes effect at once.
CACHE_CONTROL = "private, no-cache"
ONE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII | re.IGNORECASE)


class Range(NamedTuple):
    """From `start` up to but not including `end`."""

    start: int
    end: int


class NotSatisfiable(Exception):
    """The range begins after the last byte."""


def parse_range(header: str, size: int) -> Range | None:
    """The requested range; None means the whole object.

    Several ranges, other units and bad syntax are ignored, as the RFC allows or demands.
    Raises NotSatisfiable.
    """
    match = ONE_RANGE.fullmatch(header.strip())
    if not match or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        return _suffix(int(last), size)
    start, end = int(first), int(last) + 1 if last else size
    if last and end <= start:
        return None
    if start >= size:
        raise NotSatisfiable
    return Range(start, min(end, size))


def serve(
    request: HttpRequest,
    place: Place,
    key: str,
    *,
    content_type: str,
    filename: str | None = None,
    tell_key: bool = True,
    within: str = "",
) -> HttpResponseBase:
    """Answer GET or HEAD with the object; with `filename` browsers save it under that name.

    A link out of the folder `within` is a 404. AUDIO_ACCEL_PREFIX hands files over to nginx as
    <prefix>/<alias>/<key>; AUDIO_SIGNED_URLS redirects the browser to the bucket, unless
    `tell_key=False` keeps the key secret. Raises Http404, and StorageError.
    """
    try:
        place.local_path(key, within)
        stat = place.stat(key)
        if stat is None:
            raise Http404
        elsewhere = _by_bucket(request, place, key, filename) if tell_key else None
        answer = _by_nginx(place, key) or elsewhere or _answer(request, place, key, stat)
    except (ObjectMissing, UnsafeKey) as error:
        raise Http404 from error
    if answer.status_code < 300:
        _describe(answer, content_type, filename)
    answer.headers.setdefault("Cache-Control", CACHE_CONTROL)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def _describe(answer: HttpResponseBase, content_type: str, filename: str | None) -> None:
    answer.headers["Content-Type"] = content_type
    if filename:
        answer.headers["Content-Disposition"] = content_disposition_header(True, filename)


def _suffix(length: int, size: int) -> Range | None:
    if length == 0:
        raise NotSatisfiable
    return Range(max(size - length, 0), size) if size else None


def _by_nginx(place: Place, key: str) -> HttpResponse | None:
    prefix = getattr(settings, "AUDIO_ACCEL_PREFIX", "")
    if not prefix or place.local_path(key) is None:
        return None
    path = f"{prefix.rstrip('/')}/{place.alias}/{quote(key)}"
    return HttpResponse(headers={"X-Accel-Redirect": path})


def _by_bucket(
    request: HttpRequest, place: Place, key: str, filename: str | None
) -> HttpResponse | None:
    # A URL signed for GET is refused for HEAD.
    if not getattr(settings, "AUDIO_SIGNED_URLS", False) or request.method != "GET":
        return None
    url = place.signed_url(key, SIGNED_FOR, filename=filename)
    if url is None:
        return None
    return HttpResponseRedirect(url, headers={"Cache-Control": "private, no-store"})


def _etag(request: HttpRequest, place: Place, key: str, stat: Stat) -> str:
    return f'"{stat.etag}"'


def _modified(request: HttpRequest, place: Place, key: str, stat: Stat) -> datetime:
    return stat.modified


@condition(_etag, _modified)
def _answer(request: HttpRequest, place: Place, key: str, stat: Stat) -> HttpResponseBase:
    validators = (_etag(request, place, key, stat), http_date(int(stat.modified.timestamp())))
    try:
        wanted = _range(request, stat.size, validators)
    except NotSatisfiable:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{stat.size}"})
    return _body(request, place, key, stat.size, wanted)


def _range(request: HttpRequest, size: int, validators: tuple[str, ...]) -> Range | None:
    unchanged = request.headers.get("If-Range", "").strip() in ("", *validators)
    if request.method != "GET" or not unchanged:
        return None
    return parse_range(request.headers.get("Range", ""), size)


def _body(
    request: HttpRequest, place: Place, key: str, size: int, wanted: Range | None
) -> HttpResponseBase:
    start, end = wanted or Range(0, size)
    headers = {"Accept-Ranges": "bytes", "Content-Length": str(end - start)}
    if request.method == "HEAD":
        return HttpResponse(headers=headers)
    if wanted:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    stream = place.open(key, start, end)
    return StreamingHttpResponse(stream, status=206 if wanted else 200, headers=headers)
