"""Parses the `metadata.json` of any tool into records and faults.

This module reads neither files nor the database.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from apps.catalog.lines.faults import control_fault, key_fault
from apps.storage.keys import BadName, check_name
from apps.takes.models.ranking import RANKS
from apps.takes.ordering.planning import MOST_TAKES
from apps.takes.transfer.reading.values import Values, unstorable

THROWN_AWAY = 6  # the rank by which later versions of the first ranking tool mark takes as trash
LONGEST_BATCH_ID = 120
MOST_NUMBER = 999_999_999
LONGEST_SETTINGS = 10_000  # characters of JSON; a provider knows a dozen settings
KNOWN = (
    "batch_id", "skin_name", "voice_name", "generated_at_utc", "generation_params",
    "ranked_at_utc", "takes",
)  # fmt: skip
KNOWN_OF_TAKES = (
    "file", "line", "script_text", "take_number", "generation_settings", "rank", "ranked_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Record:
    """One take of the document. `rank` is 1 to 5 or None, and unique per line."""

    file: str
    line: str
    text: str
    number: int
    settings: dict[str, Any]
    rank: int | None
    ranked_at: datetime | None


@dataclass(slots=True)
class Document:
    """A parsed `metadata.json`. Its values are complete only without `faults`.

    `stated` are the ranks 1 to 5 by file name as written, ties included. `notes` are sentences
    about values that were changed while reading.
    """

    batch_id: str = ""
    skin_name: str = ""
    voice_name: str = ""
    generated_at: datetime | None = None
    ranked_at: datetime | None = None
    params: dict[str, Any] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)
    stated: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_document(data: bytes) -> Document:
    """All readable values of the document; `faults` has one sentence per unreadable value."""
    document = Document()
    try:
        values = json.loads(data.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        document.faults.append(f"It is not written in UTF-8 (byte {error.start + 1}).")
    except RecursionError:
        document.faults.append("It is nested too deeply to be read.")
    except ValueError as error:
        document.faults.append(f"It is no JSON: {error}.")
    else:
        _read(values, document)
    return document


def voice_of(document: Document) -> tuple[str, str]:
    """The name and the provider's id out of `<VoiceName-VoiceID>`; both can hold hyphens.

    The id comes from the batch's parameters, else from the first letters in the batch id, else
    from the part after the last hyphen. A folder without a name is the id alone.
    """
    folder = document.voice_name
    named = [document.params.get("voice_id"), *_listed(document.params.get("voice_ids"))]
    ids = [one for one in named if isinstance(one, str) and one and folder.endswith(f"-{one}")]
    voice_id = (
        max(ids, key=len, default="") or _id_by_letters(document) or folder.rpartition("-")[2]
    )
    return folder.removesuffix(voice_id).removesuffix("-") or voice_id, voice_id


def _id_by_letters(document: Document) -> str:
    """The voice id by the end of the batch id, its first letters: `20250417-000837-EXAV`."""
    letters = document.batch_id.split("-", 2)[2:]
    at = document.voice_name.rfind(f"-{letters[0][:4]}") if letters and letters[0] else -1
    return document.voice_name[at + 1 :] if at >= 0 else ""


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number there")


def _read(values: Any, document: Document) -> None:
    if not isinstance(values, dict):
        document.faults.append("It must be an object.")
    elif fault := unstorable(values):
        document.faults.append(fault)
    else:
        _read_head(Values(values, "", document.faults), document)
        _read_takes(values, document)
        _note_unknown(values, document)


def _read_head(head: Values, document: Document) -> None:
    document.batch_id = head.checked("batch_id", check_name)
    if len(document.batch_id) > LONGEST_BATCH_ID:
        head.fault(f"batch_id has more than {LONGEST_BATCH_ID} characters.")
    document.skin_name = head.optional("skin_name", str) or ""
    document.voice_name = head.optional("voice_name", str) or ""
    document.generated_at = head.moment("generated_at_utc")
    document.ranked_at = head.moment("ranked_at_utc")
    document.params = head.optional("generation_params", dict) or {}


def _read_takes(values: dict[str, Any], document: Document) -> None:
    takes = Values(values, "", document.faults).needed("takes", list)
    if len(takes) > MOST_TAKES:
        document.faults.append(f"{len(takes)} takes are too many; {MOST_TAKES} at most.")
        return
    if not takes and isinstance(values.get("takes"), list):
        document.faults.append("It holds no takes.")
    for number, take in enumerate(takes, start=1):
        if isinstance(take, dict):
            document.records.append(_record(take, number, document))
        else:
            document.faults.append(f"Take {number} must be an object.")
    document.faults += _duplicates(document.records)
    document.records = _without_ties(document)


def _record(take: dict[str, Any], number: int, document: Document) -> Record:
    named = f" ({take['file']!r:.60})" if isinstance(take.get("file"), str) else ""
    values = Values(take, f"Take {number}{named}: ", document.faults)
    found = Record(
        file=values.checked("file", _check_file),
        line=values.checked("line", _check_line),
        text=values.needed("script_text", str),
        number=values.needed("take_number", int),
        settings=values.optional("generation_settings", dict) or {},
        rank=_rank(values, document),
        ranked_at=values.moment("ranked_at"),
    )
    if found.number not in range(1, MOST_NUMBER + 1) and type(take.get("take_number")) is int:
        values.fault(f"take_number must be from 1 to {MOST_NUMBER}, not {found.number}.")
    if len(json.dumps(found.settings)) > LONGEST_SETTINGS:
        values.fault(f"generation_settings are longer than {LONGEST_SETTINGS} characters.")
    if fault := control_fault(found.text):
        values.fault(f"script_text: {fault}.")
    return found if found.rank else replace(found, ranked_at=None)


def _rank(values: Values, document: Document) -> int | None:
    rank = values.optional("rank", int)
    if rank == THROWN_AWAY:
        file = values.values.get("file")
        document.notes.append(f"{file} has rank 6, which means thrown away: it has none here.")
        return None
    if rank is not None and rank not in RANKS:
        values.fault(f"rank must be from 1 to 5 or null, not {rank!r:.60}.")
        return None
    return rank


def _check_file(name: str) -> None:
    if not check_name(name).endswith(".mp3"):
        raise BadName(f"The name {name!r} does not end in .mp3.")


def _check_line(key: str) -> None:
    if fault := key_fault(key):
        raise BadName(f"{fault}.")


def _duplicates(records: Iterable[Record]) -> list[str]:
    records = list(records)
    files = Counter(record.file for record in records if record.file)
    numbers = Counter((record.line, record.number) for record in records if record.line)
    spellings: dict[str, set[str]] = defaultdict(set)
    for record in records:
        spellings[record.line.casefold()].add(record.line)
    return [
        *(f"{name!r} stands there {often} times." for name, often in files.items() if often > 1),
        *(
            f"Take {number} of {line!r} stands there {often} times."
            for (line, number), often in numbers.items()
            if often > 1
        ),
        *(
            f"{' and '.join(map(repr, sorted(keys)))} differ in upper and lower case only."
            for keys in spellings.values()
            if len(keys) > 1
        ),
    ]


def _without_ties(document: Document) -> list[Record]:
    """The records; of several with one rank on one line, only the first keeps the rank."""
    holders: dict[tuple[str, int], str] = {}
    records = []
    for record in document.records:
        if record.rank is not None:
            document.stated[record.file] = record.rank
            holder = holders.setdefault((record.line, record.rank), record.file)
            if holder != record.file:
                document.notes.append(
                    f"{record.file} has rank {record.rank} of {record.line} like {holder}, which "
                    "stands before it and keeps it: it has none here."
                )
                record = replace(record, rank=None, ranked_at=None)
        records.append(record)
    return records


def _note_unknown(values: dict[str, Any], document: Document) -> None:
    takes = [take for take in values.get("takes") or [] if isinstance(take, dict)]
    of_takes = {key for take in takes for key in take if key not in KNOWN_OF_TAKES}
    for where, unknown in (("It", set(values) - set(KNOWN)), ("Takes", of_takes)):
        if unknown:
            named = ", ".join(sorted(unknown)[:20])
            document.notes.append(f"{where} told more, which was not read: {named:.300}.")
