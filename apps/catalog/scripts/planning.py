"""What importing a file would do to a Series. Nothing here writes."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.catalog.lines.difference import Piece, difference
from apps.catalog.lines.readiness import name_unspeakable
from apps.catalog.lines.stumbles import name_pauses, name_stumbles
from apps.catalog.models import Line, Series
from apps.catalog.scripts.columns import Columns
from apps.catalog.scripts.options import ReadOptions
from apps.catalog.scripts.reading import (
    BadRow,
    LineName,
    Reading,
    ScriptEntry,
    bad_lines,
    read_script,
)
from apps.catalog.texts import readiness_of, says_same


@dataclass(frozen=True, slots=True)
class ImportOptions(ReadOptions):
    """`retire_missing`: lines that the file's languages had and the file lacks are retired."""

    retire_missing: bool = False


@dataclass(frozen=True, slots=True)
class KnownLine:
    """A line as the Series has it now."""

    pk: int
    key: str
    language: str
    text: str
    version: int
    is_retired: bool
    position: int
    labels: tuple[str, ...]
    notes: str
    character: str
    max_duration: float | None


@dataclass(frozen=True, slots=True)
class Change:
    """A line that the Series has, and what the file says about it."""

    known: KnownLine
    entry: ScriptEntry

    @property
    def difference(self) -> list[Piece]:
        return difference(self.known.text, self.entry.text)


@dataclass(slots=True)
class Plan:
    """What an import would do. `unchanged` are lines whose text stays.

    `touched` are those of them that get other details (labels, notes, character, position) or
    come back after having been retired. `left_out` are languages in the file nobody asked for,
    `without_text` keys of rows that have no text in a language. `not_retired` says why missing
    lines are kept, where they were to be retired.
    """

    file_name: str
    sha256: str
    details: tuple[str, ...]
    languages: tuple[str, ...]
    left_out: tuple[str, ...]
    ignored_columns: tuple[str, ...]
    retire_missing: bool
    not_retired: str
    without_text: Mapping[str, list[str]]
    new: list[ScriptEntry] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    unchanged: list[Change] = field(default_factory=list)
    touched: list[Change] = field(default_factory=list)
    missing: list[KnownLine] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)

    @property
    def lines(self) -> int:
        """The number of good lines in the file."""
        return len(self.new) + len(self.changed) + len(self.unchanged)

    @property
    def entries(self) -> list[ScriptEntry]:
        """The good lines in the file's order."""
        entries = [*self.new, *(change.entry for change in (*self.changed, *self.unchanged))]
        return sorted(entries, key=lambda entry: entry.line)

    @property
    def unspeakable(self) -> str:
        """Good lines that are imported but cannot be spoken as they are, in words."""
        keys = ((entry.key, readiness_of(entry.text)) for entry in self.entries)
        return name_unspeakable(keys, "cannot be spoken yet")

    @property
    def stumbles(self) -> list[str]:
        """What a voice would stumble over in the file, in words."""
        texts = [(entry.key, entry.text) for entry in self.entries]
        fate = "which some providers leave out"
        return [*name_stumbles(texts), *name_pauses(texts, fate)]

    @property
    def restored(self) -> int:
        """The number of retired lines that come back."""
        return sum(change.known.is_retired for change in (*self.changed, *self.touched))

    @property
    def fingerprint(self) -> str:
        """The same for two plans that do the same: 64 hex digits."""
        digest = hashlib.sha256(repr((self.sha256, self.languages, self.retire_missing)).encode())
        for act in self._acts():
            digest.update(repr(act).encode())
        return digest.hexdigest()

    def _acts(self) -> Iterator[tuple[object, ...]]:
        yield from (("new", entry) for entry in self.new)
        for change in (*self.changed, *self.touched):
            yield "change", change.known.pk, change.known.version, change.entry
        yield from (("missing", line.pk) for line in self.missing)
        yield from (("bad", row) for row in self.bad)


def plan_import(
    series: Series, data: bytes, *, options: ImportOptions, file_name: str = "script.csv"
) -> Plan:
    """Compare a file with the Series, which may be one that is not saved yet.

    Raises UnreadableFile or BadTag (both DomainError) when the file as a whole is refused.
    """
    reading = read_script(data, options, default_language=series.default_language)
    unknown = sum(row.is_unknown for row in reading.bad)
    plan = Plan(
        file_name=file_name,
        sha256=hashlib.sha256(data).hexdigest(),
        details=_details(reading.columns),
        languages=reading.languages,
        left_out=reading.left_out,
        ignored_columns=reading.columns.ignored,
        retire_missing=options.retire_missing and not unknown,
        not_retired=_kept_words(unknown) if options.retire_missing else "",
        without_text=reading.without_text,
        bad=reading.bad,
    )
    known = _known_lines(series, reading.languages)
    _sort_entries(plan, reading, known)
    plan.missing = _missing(reading, known)
    return plan


def _missing(reading: Reading, known: Mapping[LineName, KnownLine]) -> list[KnownLine]:
    """A line whose row is refused, or written in another case, is not missing in the file."""
    present = {(entry.key.casefold(), entry.language) for entry in reading.entries}
    present.update((key.casefold(), language) for key, language in bad_lines(reading))
    return [
        line
        for line in known.values()
        if not line.is_retired and (line.key.casefold(), line.language) not in present
    ]


def _kept_words(unknown: int) -> str:
    """A line may be missing because its row could not be read."""
    if not unknown:
        return ""
    rows = "1 row" if unknown == 1 else f"{unknown:,} rows"
    return f"Nothing is retired: nobody can tell which lines {rows} of the file stand for"


def _sort_entries(plan: Plan, reading: Reading, known: Mapping[LineName, KnownLine]) -> None:
    spelled = {(key.casefold(), language): key for key, language in known}
    for entry in reading.entries:
        line = known.get((entry.key, entry.language))
        if line is None:
            other = spelled.get((entry.key.casefold(), entry.language))
            if other is None:
                plan.new.append(entry)
            else:
                plan.bad.append(_misspelled(entry, other))
        elif not says_same(line.text, entry.text):
            plan.changed.append(Change(line, entry))
        else:
            plan.unchanged.append(Change(line, entry))
            if line.is_retired or _differs(line, entry, plan.details):
                plan.touched.append(plan.unchanged[-1])


def _misspelled(entry: ScriptEntry, other: str) -> BadRow:
    reason = f"the Series has this key as {other!r}; upper and lower case must be the same"
    return BadRow(entry.line, entry.key, reason, entry.language)


def _details(columns: Columns) -> tuple[str, ...]:
    """The fields that the file speaks of; what it does not mention stays as it is."""
    mentioned = {
        "position": True,
        "labels": columns.labels is not None,
        "notes": bool(columns.notes),
        "character": columns.character is not None,
        "max_duration": columns.max_duration is not None,
    }
    return tuple(name for name, is_there in mentioned.items() if is_there)


def _differs(line: KnownLine, entry: ScriptEntry, details: tuple[str, ...]) -> bool:
    return any(getattr(line, name) != getattr(entry, name) for name in details)


def _known_lines(series: Series, languages: tuple[str, ...]) -> dict[LineName, KnownLine]:
    if series.pk is None:
        return {}
    rows = (
        Line.objects.filter(series=series, language__tag__in=languages)
        .order_by("position", "pk")
        .values_list(
            "pk", "key", "language__tag", "text", "version", "retired_at",
            "position", "labels", "notes", "character__name", "max_duration",
        )
    )  # fmt: skip
    return {(row[1], row[2]): _known(row) for row in rows.iterator(chunk_size=2_000)}


def _known(row: tuple[Any, ...]) -> KnownLine:
    pk, key, language, text, version, retired_at, position, labels, notes, name, longest = row
    return KnownLine(
        pk, key, language, text, version, retired_at is not None,
        position, tuple(labels), notes, name or "", longest,
    )  # fmt: skip
