"""`metadata.json`: what it says, and how it lies in the file.

Each take has a line of its own in the file: a new rank replaces one line, wherever the rest lies,
and neither parses nor writes the other records again.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from apps.takes.models import Batch, Take

IN_ORDER = ("line__position", "line__id", "take_number")
SETTINGS = ("stability", "similarity_boost", "style", "use_speaker_boost", "speed")
INDENT = b"    "
OPENING = b'{\n  "batch_id": '
ENDING = b"\n  ]\n}\n"
NEIGHBOURHOOD = 1 << 16  # bytes; takes of one line lie side by side


def metadata(batch: Batch) -> dict[str, Any]:
    """The document that describes a batch, version 1 of its schema."""
    return {**_head(batch), "takes": [record(take) for take in shown_takes(batch)]}


def encode(batch: Batch) -> bytes:
    """The same document as its file: JSON with one take a line."""
    head = json.dumps(_head(batch), ensure_ascii=False, indent=2).encode()
    lines = b",\n".join(INDENT + encode_record(take) for take in shown_takes(batch))
    opened = head.removesuffix(b"\n}") + b',\n  "takes": ['
    return opened + (b"\n" + lines if lines else b"") + ENDING


def shown_takes(batch: Batch) -> Iterable[Take]:
    takes = batch.takes.complete().select_related("line").order_by(*IN_ORDER)
    return takes.iterator(chunk_size=2000)


def record(take: Take) -> dict[str, Any]:
    return {
        "file": take.file_name,
        "line": take.line.key,
        "script_text": take.text,
        "take_number": take.take_number,
        "generation_settings": {name: take.settings.get(name) for name in SETTINGS},
        "rank": take.rank,
        "ranked_at": iso(take.ranked_at),
    }


def encode_record(take: Take) -> bytes:
    return json.dumps(record(take), ensure_ascii=False).encode()


def replace_records(data: bytes, records: Mapping[str, bytes]) -> bytes | None:
    """The file with these records (by file name) in the place of theirs.

    None when the file is not as `encode` writes it, or lacks one of them.
    """
    if not (data.startswith(OPENING) and data.endswith(ENDING)):
        return None
    replacements: list[tuple[int, int, bytes]] = []
    near = 0
    for file_name, encoded in records.items():
        near = _find_record(data, file_name, near)
        if near < 0:
            return None
        replacements.append((near, _end_of_record(data, near), encoded))
    return _spliced(data, sorted(replacements))


def _spliced(data: bytes, replacements: Iterable[tuple[int, int, bytes]]) -> bytes:
    whole = memoryview(data)
    parts: list[bytes | memoryview] = []
    position = 0
    for start, end, encoded in replacements:
        parts += [whole[position:start], encoded]
        position = end
    return b"".join([*parts, whole[position:]])


def _find_record(data: bytes, file_name: str, near: int) -> int:
    """Where the record of this file begins; -1 when it is not there. Looks around `near` first."""
    quoted = json.dumps(file_name, ensure_ascii=False).encode()
    mark = b"\n" + INDENT + b'{"file": ' + quoted + b", "
    found = data.find(mark, max(0, near - NEIGHBOURHOOD), near + NEIGHBOURHOOD)
    if found < 0:
        found = data.find(mark)
    return found + 1 + len(INDENT) if found >= 0 else -1


def _end_of_record(data: bytes, start: int) -> int:
    end = data.index(b"\n", start)
    return end - 1 if data[end - 1 : end] == b"," else end


def _head(batch: Batch) -> dict[str, Any]:
    return {
        "batch_id": batch.batch_id,
        "skin_name": batch.series.slug,
        "voice_name": batch.path.split("/")[1],
        "generated_at_utc": iso(batch.generated_at),
        "generation_params": batch.params,
        "ranked_at_utc": iso(batch.ranked_at),
    }


def iso(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC, to the second."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
