"""Writes a batch's directory: the whole directory, or the changes of a few acts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from apps.storage.classes import AssetClass
from apps.storage.errors import ObjectMissing
from apps.storage.places import Place, get_place
from apps.takes.models import Batch, RankingAct, Take
from apps.takes.tree import documents, links


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """The counts of a rebuilt directory, and the names of missing and of alien files."""

    written: int
    links: int
    missing: list[str]
    alien: list[str]


def write_metadata(batch: Batch) -> None:
    """Replace `metadata.json` in one step. Raises StorageError."""
    current = Batch.with_previews.select_related("series").get(pk=batch.pk)
    _put_metadata(get_place("takes"), current, documents.encode(current))


def write(batch: Batch) -> int:
    """Write metadata.json, ranked/ and LOCKED; returns the number of ranked takes."""
    place = get_place("takes")
    current = Batch.with_previews.select_related("series").get(pk=batch.pk)
    _put_metadata(place, current, documents.encode(current))
    ranked = links.write_ranks(place, current)
    _write_sentinel(place, current)
    return ranked


def rebuild(batch: Batch) -> Rebuilt:
    """Write the directory, and compare `takes/` with the database.

    Names missing files, and alien files, which stay where they are.
    """
    ranked = write(batch)
    missing, alien = missing_and_alien(batch)
    return Rebuilt(batch.takes.complete().count(), ranked, missing, alien)


def missing_and_alien(batch: Batch) -> tuple[list[str], list[str]]:
    """The names of files that `takes/` lacks, and of files in `takes/` without a take."""
    prefix = f"{batch.path}/takes/"
    known = set(Take.with_previews.filter(batch=batch).values_list("file_name", flat=True))
    shown = set(batch.takes.complete().values_list("file_name", flat=True))
    there = {entry.key.removeprefix(prefix) for entry in get_place("takes").list(prefix)}
    return sorted(shown - there), sorted(there - known)


def show(batch: Batch, acts: Sequence[RankingAct]) -> None:
    """Write these acts to the directory; `batch` is its row, read anew."""
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
