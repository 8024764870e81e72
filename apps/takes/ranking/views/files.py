"""What the ranking board plays, draws and hands out as files.

Takes are addressed by the handles of whoever asks: no address tells one take from another.
"""

from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_safe

from apps.core.errors import Missing, Unavailable
from apps.storage.errors import ObjectMissing, StorageError
from apps.storage.places import get_place
from apps.storage.serving import serve
from apps.takes.models import Take
from apps.takes.playback import peaks_of
from apps.takes.ranking import blind_mode, board_lines
from apps.takes.ranking.views.frame import context_of, refuse
from apps.takes.transfer.zips import zip_of


@require_safe
def audio(request: HttpRequest, batch_id: str, pk: int, handle: str) -> HttpResponseBase:
    """The audio of a complete take, with Range."""
    take = take_behind(request, batch_id, pk, handle)
    try:
        return serve(
            request,
            get_place("takes"),
            take.key,
            content_type="audio/mpeg",
            tell_key=False,
            within=take.key.split("/", 1)[0],
        )
    except ObjectMissing as error:
        raise Http404("There is no such audio.") from error
    except StorageError as error:
        return refuse(unreadable(error))


@require_safe
def peaks(request: HttpRequest, batch_id: str, pk: int, handle: str) -> JsonResponse:
    """The waveform of a take, as audiowaveform JSON version 2."""
    return peaks_of(take_behind(request, batch_id, pk, handle))


@require_GET
def archive(request: HttpRequest, batch_id: str) -> HttpResponseBase:
    """The batch as a ZIP, of a size that is told first."""
    try:
        archive = zip_of(context_of(request, batch_id).batch)
    except Missing as error:
        raise Http404(str(error)) from error
    except StorageError as error:
        return refuse(unreadable(error))
    headers = {
        "Content-Length": str(archive.size),
        "Content-Disposition": content_disposition_header(True, archive.name) or "attachment",
        "Cache-Control": "no-store",
    }
    return StreamingHttpResponse(archive.chunks, content_type="application/zip", headers=headers)


def take_behind(request: HttpRequest, batch_id: str, pk: int, handle: str) -> Take:
    """The take of a line that this person knows by the handle. Raises Http404."""
    try:
        context = context_of(request, batch_id)
    except Missing as error:
        raise Http404(str(error)) from error
    takes = board_lines.takes_on(context.batch, pk).complete().select_related("batch")
    take = blind_mode.take_by_handle(takes, handle, context.person)
    if take is None:
        raise Http404("There is no such take.")
    return take


def unreadable(error: StorageError) -> Unavailable:
    return Unavailable(f"{error} Ranks and files were left as they are.")
