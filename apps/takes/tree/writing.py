"""Writing a batch's directory: all of it, or what a few acts changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from apps.storage.classes import AssetClass
from apps.storage.errors import ObjectMissing
from apps.storage.places import Place, get_place
from apps.takes.models import Batch, RankingAct, Take
from apps.takes.tree import documents, links


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuilt tree holds, and what it should hold but nobody can re-create."""

    written: int
    links: int
    missing: list[str]
    alien: list[str]


def write_metadata(batch: Batch) -> None:
    """Replace `metadata.json` in one step; raises StorageError when that cannot be done."""
    current = Batch.with_previews.select_related("series").get(pk=batch.pk)
    _put_metadata(get_place("takes"), current, documents.encode(current))


def write(batch: Batch) -> int:
    """Write all but the audio: metadata.json, ranked/, LOCKED. How many takes are ranked."""
    place = get_place("takes")
    current = Batch.with_previews.select_related("series").get(pk=batch.pk)
    _put_metadata(place, current, documents.encode(current))
    ranked = links.write_ranks(place, current)
    _write_sentinel(place, current)
    return ranked


def rebuild(batch: Batch) -> Rebuilt:
    """The same, with a comparison of `takes/` against the database.

    Files that are missing are named, and so are files that nobody knows; these are left alone.
    """
    ranked = write(batch)
    missing, alien = missing_and_alien(batch)
    return Rebuilt(batch.takes.complete().count(), ranked, missing, alien)


def missing_and_alien(batch: Batch) -> tuple[list[str], list[str]]:
    """The files that `takes/` lacks, and those that lie there and are nobody's; by name."""
    prefix = f"{batch.path}/takes/"
    known = set(Take.with_previews.filter(batch=batch).values_list("file_name", flat=True))
    shown = set(batch.takes.complete().values_list("file_name", flat=True))
    there = {entry.key.removeprefix(prefix) for entry in get_place("takes").list(prefix)}
    return sorted(shown - there), sorted(there - known)


def show(batch: Batch, acts: Sequence[RankingAct]) -> None:
    """Bring the directory up to date with these acts; `batch` is its row as it is now."""
    if any(act.line_id is None for act in acts):
        write(batch)
        return
    changed = {pk for act in acts for pk, _rank, _at in act.before}
    takes = list(batch.takes.filter(pk__in=changed).select_related("line").order_by("pk"))
    place = get_place("takes")
    _show_records(place, batch, takes)
    links.show_ranks(place, batch, takes)


def _show_records(place: Place, batch: Batch, takes: Iterable[Take]) -> None:
    records = {take.file_name: documents.encode_record(take) for take in takes}
    try:
        data = documents.replace_records(place.read(_metadata_key(batch)), records)
    except ObjectMissing:
        data = None
    _put_metadata(place, batch, data or documents.encode(batch))


def _put_metadata(place: Place, batch: Batch, data: bytes) -> None:
    place.put(
        _metadata_key(batch),
        data,
        asset_class=AssetClass.SYSTEM,
        content_type="application/json",
    )


def _metadata_key(batch: Batch) -> str:
    return f"{batch.path}/metadata.json"


def _write_sentinel(place: Place, batch: Batch) -> None:
    key = f"{batch.path}/LOCKED"
    if batch.is_locked:
        place.create(key, b"", asset_class=AssetClass.SYSTEM, content_type="text/plain")
    else:
        place.delete(key)
