"""The directory of a batch: `takes/`, `ranked/`, `metadata.json`, written from the database.

The tree is a projection: the database knows, the files are for people and tools that read them.
"""

import json
from datetime import UTC, datetime
from typing import Any

from apps.storage.classes import AssetClass
from apps.storage.places import get_place
from apps.takes.models import Batch, Take

IN_ORDER = ("line__position", "line__id", "take_number")
SETTINGS = ("stability", "similarity_boost", "style", "use_speaker_boost", "speed")


def metadata(batch: Batch) -> dict[str, Any]:
    """The document that describes a batch, version 1 of its schema."""
    takes = batch.takes.complete().kept().select_related("line").order_by(*IN_ORDER)
    return {
        "batch_id": batch.batch_id,
        "skin_name": batch.series.slug,
        "voice_name": batch.path.split("/")[1],
        "generated_at_utc": _iso(batch.generated_at),
        "generation_params": batch.params,
        "ranked_at_utc": _iso(batch.ranked_at),
        "takes": [_take(take) for take in takes.iterator(chunk_size=2000)],
    }


def write_metadata(batch: Batch) -> None:
    """Replace `metadata.json` in one step; raises StorageError when that cannot be done."""
    document = json.dumps(metadata(batch), ensure_ascii=False, indent=2)
    get_place("takes").put(
        f"{batch.path}/metadata.json",
        document.encode(),
        asset_class=AssetClass.SYSTEM,
        content_type="application/json",
    )


def _take(take: Take) -> dict[str, Any]:
    return {
        "file": take.file_name,
        "line": take.line.key,
        "script_text": take.text,
        "take_number": take.take_number,
        "generation_settings": {name: take.settings.get(name) for name in SETTINGS},
        "rank": take.rank,
        "ranked_at": _iso(take.ranked_at),
    }


def _iso(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC, to the second."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
