"""The API of batches: which there are, what is in one, ranks and the lock."""

import re
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import ConfigDict, Field, StrictInt

from apps.accounts.auth import scope
from apps.core.access import may, visible_to
from apps.core.errors import Forbidden, Invalid, Missing
from apps.takes import tree
from apps.takes.models import Batch
from apps.takes.ranking import services as ranking_services
from apps.takes.ranking.history import follows, version_of

router = Router(tags=["ranking"])

ETAG = re.compile(r'"(\d{1,18})(-line)?"')


class KnownVersion(NamedTuple):
    """The newest act that a client has seen, of the whole batch or only of the line it ranks."""

    version: int | None = None
    is_whole: bool = False


class RankBody(Schema):
    """The rank to give: 1 to 5, or null for none."""

    model_config = ConfigDict(extra="forbid")

    rank: StrictInt | None = Field(..., description="1 to 5, or null.")


class BatchName(Schema):
    skin: str
    voice: str
    batch_id: str


@router.get("/batches", auth=scope("read:job"), response=list[BatchName])
def batches(request: HttpRequest) -> list[dict[str, str]]:
    """Every batch that you may see, newest first."""
    paths = visible_batches(request).values_list("path", flat=True)
    return [
        dict(zip(("skin", "voice", "batch_id"), path.split("/"), strict=True)) for path in paths
    ]


@router.get("/batch/{batch_id}", auth=scope("read:job"), response=dict[str, Any])
def batch(request: HttpRequest, response: HttpResponse, batch_id: str) -> dict[str, Any]:
    """The batch as its metadata.json describes it. The ETag is for `If-Match` when ranking."""
    found = find_batch(request, batch_id)
    response["ETag"] = etag(version_of(found))
    return tree.metadata(found)


@router.patch("/batch/{batch_id}/take/{filename}", auth=scope("edit:job"), response=dict[str, Any])
def rank(
    request: HttpRequest, response: HttpResponse, batch_id: str, filename: str, ranking: RankBody
) -> dict[str, Any]:
    """Rank a take; who holds the rank moves down. 423 when locked.

    With `If-Match`, 409 when the take's line was changed after that version. `current.version` of
    that answer may be sent next, for this line. The same request sent again, for its answer was
    lost, is answered as the first time.

    The answer has an ETag only when `If-Match` named the newest act of the batch: you have then
    seen all that yours came after, and may send this ETag next. Without one somebody else was
    there too, or nothing changed: go on with the ETag that you have, or get the batch again.
    """
    found = find_batch(request, batch_id, "rank")
    take = found.takes.complete().select_related("line").filter(file_name=filename).first()
    if take is None:
        raise Missing(f"There is no take {filename!r} in batch {batch_id}.")
    known = known_version(request)
    act = ranking_services.rank_take(take, ranking.rank, by=request.user, if_version=known.version)
    if act and known.is_whole and follows(act, known.version):
        response["ETag"] = etag(act.pk)
    return {}


@router.post("/batch/{batch_id}/lock", auth=scope("edit:job"), response=dict[str, bool])
def lock(request: HttpRequest, batch_id: str) -> dict[str, bool]:
    """Freeze the ranks of a batch; locking a locked one changes nothing."""
    ranking_services.lock_batch(find_batch(request, batch_id, "rank"), by=request.user)
    return {"locked": True}


def visible_batches(request: HttpRequest) -> QuerySet[Batch]:
    """The batches of every Series that the person may see."""
    return visible_to(request.user, Batch.objects.select_related("series"), "series")


def find_batch(request: HttpRequest, batch_id: str, permission: str = "view") -> Batch:
    """The batch. Raises Missing when it is not theirs to see, Forbidden when it is no more."""
    found = visible_batches(request).filter(batch_id=batch_id).first()
    if found is None:
        raise Missing(f"There is no batch {batch_id!r}.")
    if not may(request.user, permission, found.series):
        raise Forbidden(f"You may not {permission} takes of {found.series}.")
    return found


def known_version(request: HttpRequest) -> KnownVersion:
    """What `If-Match` names; nothing without one. Raises Invalid for any other text."""
    named = request.headers.get("If-Match", "").strip()
    if named in ("", "*"):
        return KnownVersion()
    matched = ETAG.fullmatch(named)
    if matched is None:
        raise Invalid({"If-Match": 'Send the ETag of the batch as it was answered, such as "12".'})
    return KnownVersion(int(matched[1]), is_whole=not matched[2])


def etag(version: int) -> str:
    return f'"{version}"'
