"""What rebuilding the directory of a batch would change; nothing is written here."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from apps.storage.errors import ObjectMissing
from apps.storage.places import Place, get_place
from apps.takes.models import Batch
from apps.takes.tree import documents


@dataclass(frozen=True, slots=True)
class Difference:
    """`changes` are paths in the batch's folder; `missing` and `alien` names in `takes/`."""

    changes: list[str]
    missing: list[str]
    alien: list[str]


def compare_tree(batch: Batch) -> Difference:
    """Compare the directory with the database. Raises StorageError, BadName."""
    place = get_place("takes")
    current = Batch.objects.select_related("series").get(pk=batch.pk)
    known = set(batch.takes.values_list("file_name", flat=True))
    shown = set(batch.takes.complete().kept().values_list("file_name", flat=True))
    prefix = f"{batch.path}/takes/"
    there = {entry.key.removeprefix(prefix) for entry in place.list(prefix)}
    changes = sorted(_changes(place, current))
    return Difference(changes, sorted(shown - there), sorted(there - known))


def _changes(place: Place, batch: Batch) -> Iterator[str]:
    if _read(place, f"{batch.path}/metadata.json") != documents.encode(batch):
        yield "metadata.json"
    if place.exists(f"{batch.path}/LOCKED") != batch.is_locked:
        yield "LOCKED"
    ranked = batch.takes.complete().kept().filter(rank__isnull=False)
    wanted = {f"{rank:02}/{name}" for rank, name in ranked.values_list("rank", "file_name")}
    folder = place.local_path(f"{batch.path}/ranked")
    if folder is None:
        if _listed_in_bucket(place, batch) != wanted:
            yield "ranked.json"
        return
    links = dict(_links(folder))
    right = {path for path, target in links.items() if target == f"../../takes/{path[3:]}"}
    yield from (f"ranked/{path}" for path in (wanted - right) | (set(links) - wanted))


def _links(folder: Path) -> Iterator[tuple[str, str]]:
    for path in folder.glob("*/*"):
        if path.is_symlink():
            yield f"{path.parent.name}/{path.name}", os.readlink(path)


def _listed_in_bucket(place: Place, batch: Batch) -> set[str]:
    try:
        listed = json.loads(_read(place, f"{batch.path}/ranked.json"))
        return {f"{rank}/{name}" for rank, names in listed.items() for name in names}
    except (ValueError, AttributeError, TypeError):
        return set()


def _read(place: Place, key: str) -> bytes:
    try:
        return place.read(key)
    except ObjectMissing:
        return b""
