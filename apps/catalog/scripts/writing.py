"""Writing what an import plan says: lines, the texts they had before, characters, languages."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, islice
from typing import TypeVar

from django.db.models import Max
from django.utils import timezone

from apps.accounts.models import User
from apps.catalog.models import Character, Language, Line, LineVersion, Script, Series
from apps.catalog.scripts.planning import Change, Plan
from apps.catalog.scripts.reading import ScriptEntry
from apps.core.bulk import refresh_statistics

CHUNK = 2_000
T = TypeVar("T")


def apply_plan(series: Series, plan: Plan, *, by: User | None) -> Script:
    """Write the plan. To be called in a transaction that holds the Series' row."""
    writing = Writing(
        series,
        _create_script(series, plan, by),
        _ensure_languages(series, plan.languages),
        _ensure_characters(series, plan),
    )
    _keep_old_texts(plan.changed, by)
    fields = ["text", "text_key", "readiness", "version", "script", "retired_at", *plan.details]
    for lines in chunks(writing.lines(plan)):
        # One statement for new and known lines; a known line keeps what `fields` leaves out.
        Line.objects.bulk_create(
            lines,
            update_conflicts=True,
            unique_fields=["language", "key"],
            update_fields=fields,
        )
    refresh_statistics(Line, len(plan.new))
    if plan.retire_missing:
        retire(line.pk for line in plan.missing)
    return writing.script


@dataclass(frozen=True, slots=True)
class Writing:
    """What the rows to be written refer to: keys of languages by tag, of characters by name."""

    series: Series
    script: Script
    languages: dict[str, int]
    characters: dict[str, int]

    def lines(self, plan: Plan) -> Iterator[Line]:
        for entry in plan.new:
            yield self.line(entry, version=1)
        for change in plan.changed:
            yield self.line(change.entry, version=change.known.version + 1)
        for change in plan.touched:
            entry = replace(change.entry, text=change.known.text)
            yield self.line(entry, version=change.known.version)

    def line(self, entry: ScriptEntry, *, version: int) -> Line:
        return Line(
            series_id=self.series.pk,
            language_id=self.languages[entry.language],
            key=entry.key,
            text=entry.text,
            version=version,
            character_id=self.characters.get(entry.character),
            notes=entry.notes,
            labels=list(entry.labels),
            position=entry.position,
            max_duration=entry.max_duration,
            script_id=self.script.pk,
            created_at=self.script.created_at,
        )


def retire(pks: Iterable[int], at: datetime | None = None) -> None:
    """Mark lines as no longer in the script; their takes stay."""
    now = at or timezone.now()
    for some in chunks(pks, 500):
        Line.objects.filter(pk__in=some).update(retired_at=now)


def chunks(things: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    iterator = iter(things)
    while some := list(islice(iterator, size)):
        yield some


def _create_script(series: Series, plan: Plan, by: User | None) -> Script:
    newest = series.scripts.aggregate(number=Max("number"))["number"] or 0
    return Script.objects.create(
        series=series,
        number=newest + 1,
        file_name=plan.file_name[-255:],
        sha256=plan.sha256,
        languages=list(plan.languages),
        lines_new=len(plan.new),
        lines_changed=len(plan.changed),
        lines_unchanged=len(plan.unchanged),
        lines_missing=len(plan.missing),
        imported_by=by,
    )


def _ensure_languages(series: Series, tags: Iterable[str]) -> dict[str, int]:
    wanted = [Language(series=series, tag=tag) for tag in tags]
    Language.objects.bulk_create(wanted, ignore_conflicts=True)
    return dict(series.languages.filter(tag__in=tags).values_list("tag", "pk"))


def _ensure_characters(series: Series, plan: Plan) -> dict[str, int]:
    entries = chain(plan.new, (change.entry for change in (*plan.changed, *plan.touched)))
    names = sorted({entry.character for entry in entries if entry.character})
    for some in chunks(names):
        Character.objects.bulk_create(
            [Character(series=series, name=name) for name in some], ignore_conflicts=True
        )
    return dict(series.characters.values_list("name", "pk")) if names else {}


def _keep_old_texts(changed: Iterable[Change], by: User | None) -> None:
    for some in chunks(changed):
        LineVersion.objects.bulk_create(
            LineVersion(
                line_id=change.known.pk,
                version=change.known.version,
                text=change.known.text,
                replaced_by=by,
            )
            for change in some
        )
