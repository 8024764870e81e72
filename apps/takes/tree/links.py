"""`ranked/01` to `ranked/05`: links to the takes that hold these ranks, in a place with links."""

import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from apps.storage.classes import AssetClass
from apps.storage.places import Place
from apps.takes.models import Batch, Take
from apps.takes.models.ranking import RANKS


def show_ranks(place: Place, batch: Batch, takes: Iterable[Take]) -> None:
    """Move the links of these takes to where they belong; buckets get `ranked.json` instead."""
    if not place.supports_symlinks:
        _write_ranked_json(place, batch)
        return
    place.make_folders(_folder(batch, rank) for rank in RANKS)
    for take in takes:
        _link(place, batch, take)
        for rank in RANKS:
            if rank != take.rank:
                place.delete(_key(batch, rank, take.file_name))


def write_ranks(place: Place, batch: Batch) -> int:
    """Make `ranked/` hold exactly what it should; how many takes are ranked."""
    ranked = list(batch.takes.complete().filter(rank__isnull=False).order_by("rank", "pk"))
    if not place.supports_symlinks:
        _write_ranked_json(place, batch)
        return len(ranked)
    place.make_folders(_folder(batch, rank) for rank in RANKS)
    for take in ranked:
        _link(place, batch, take)
    wanted = {_key(batch, take.rank, take.file_name) for take in ranked}
    for path in links_in(place, batch):
        key = f"{batch.path}/ranked/{path.parent.name}/{path.name}"
        if key not in wanted:
            place.delete(key)
    return len(ranked)


def _link(place: Place, batch: Batch, take: Take) -> None:
    if take.rank is not None:
        place.symlink(_key(batch, take.rank, take.file_name), _take_key(batch, take))


def links_in(place: Place, batch: Batch) -> list[Path]:
    """All links below `ranked/`; whatever else lies there is not ours."""
    folder = place.local_path(f"{batch.path}/ranked")
    return [path for path in folder.glob("*/*") if path.is_symlink()] if folder else []


def _write_ranked_json(place: Place, batch: Batch) -> None:
    ranked = batch.takes.complete().filter(rank__isnull=False)
    files: dict[str, list[str]] = defaultdict(list)
    for rank, name in ranked.order_by("rank", "line__position", "pk").values_list(
        "rank", "file_name"
    ):
        files[f"{rank:02}"].append(name)
    place.put(
        f"{batch.path}/ranked.json",
        json.dumps(files, ensure_ascii=False, indent=2).encode(),
        asset_class=AssetClass.SYSTEM,
        content_type="application/json",
    )


def _folder(batch: Batch, rank: int) -> str:
    return f"{batch.path}/ranked/{rank:02}"


def _key(batch: Batch, rank: int | None, file_name: str) -> str:
    return f"{batch.path}/ranked/{rank:02}/{file_name}"


def _take_key(batch: Batch, take: Take) -> str:
    return f"{batch.path}/takes/{take.file_name}"
