"""What rebuilding the directory of a batch would change; nothing is written here."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass

from apps.storage.errors import ObjectMissing
from apps.storage.places import Place, get_place
from apps.takes import tree
from apps.takes.models import Batch
from apps.takes.tree import documents, links


@dataclass(frozen=True, slots=True)
class TreeDifference:
    """`changes` are paths in the batch's folder; `missing` and `alien` names in `takes/`."""

    changes: list[str]
    missing: list[str]
    alien: list[str]


def compare_tree(batch: Batch) -> TreeDifference:
    """Compare the directory with the database. Raises StorageError, BadName."""
    current = Batch.objects.select_related("series").get(pk=batch.pk)
    changes = sorted(_changes(get_place("takes"), current))
    return TreeDifference(changes, *tree.missing_and_alien(batch))


def _changes(place: Place, batch: Batch) -> Iterator[str]:
    if _read(place, f"{batch.path}/metadata.json") != documents.encode(batch):
        yield "metadata.json"
    if place.exists(f"{batch.path}/LOCKED") != batch.is_locked:
        yield "LOCKED"
    ranked = batch.takes.complete().filter(rank__isnull=False)
    wanted = {f"{rank:02}/{name}" for rank, name in ranked.values_list("rank", "file_name")}
    if not place.supports_symlinks:
        if _listed_in_bucket(place, batch) != wanted:
            yield "ranked.json"
        return
    there = {f"{path.parent.name}/{path.name}": path for path in links.links_in(place, batch)}
    right = {
        name for name, path in there.items() if os.readlink(path) == f"../../takes/{path.name}"
    }
    yield from (f"ranked/{name}" for name in (wanted - right) | (set(there) - wanted))


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
