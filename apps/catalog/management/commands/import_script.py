"""`manage.py import_script`: import the lines of a CSV or TSV file into a Series."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from apps.catalog.models import Script, Series
from apps.catalog.scripts.planning import ImportOptions, Plan, plan_import
from apps.catalog.scripts.reading import BadRow
from apps.catalog.scripts.reports import notices
from apps.catalog.scripts.services import ImportRefused, carry_out, check_plan, counts, described
from apps.catalog.scripts.sheets import read_bounded
from apps.catalog.series.services import create_series, new_series
from apps.core.errors import DomainError, Invalid


class Command(BaseCommand):
    help = (
        "Import a script: Function,Line or line_key,text or item_id,labels,en,es-CO,… Example: "
        "manage.py import_script script.csv --series Lantern --create-series game --language en"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--series", required=True, metavar="SLUG")
        parser.add_argument(
            "--create-series",
            choices=Series.Kind.values,
            metavar="KIND",
            help=f"Make the Series if it does not exist: {', '.join(Series.Kind.values)}.",
        )
        parser.add_argument("--title", default="", help="Of the Series that is made.")
        which = parser.add_mutually_exclusive_group()
        which.add_argument(
            "--language", default="", metavar="TAG", help="Default: that of the Series."
        )
        which.add_argument("--all-languages", action="store_true")
        parser.add_argument("--key-column", default="", metavar="NAME")
        parser.add_argument("--text-column", default="", metavar="NAME")
        parser.add_argument(
            "--encoding", default="", metavar="NAME", help="Such as windows-1252; else UTF-8."
        )
        parser.add_argument(
            "--retire-missing", action="store_true", help="Retire lines that the file lacks."
        )
        parser.add_argument("--strict", action="store_true", help="Import all rows or none.")
        parser.add_argument("--dry-run", action="store_true", help="Say what would happen.")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            plan, script = _run(options)
        except ImportRefused as error:
            if options["as_json"]:
                self.stdout.write(json.dumps({"error": str(error), "bad_rows": _rows(error.bad)}))
            raise CommandError(str(error)) from error
        except Invalid as error:
            wrong = "\n".join(f"  {field}: {problem}" for field, problem in error.errors.items())
            raise CommandError(f"Nothing was imported:\n{wrong}") from error
        except DomainError as error:
            raise CommandError(str(error)) from error
        if options["as_json"]:
            self.stdout.write(json.dumps(_document(options["series"], plan, script)))
        else:
            self.stdout.write(_summary(options["series"], plan, script))
        if plan.bad:
            refused = "\n".join(described(plan.bad))
            raise CommandError(f"{len(plan.bad):,} rows were refused, the others not:\n{refused}")


def _run(options: dict[str, Any]) -> tuple[Plan, Script | None]:
    data = _read(options["file"])
    asked = ImportOptions(
        language=options["language"],
        all_languages=options["all_languages"],
        encoding=options["encoding"],
        key_column=options["key_column"],
        text_column=options["text_column"],
        retire_missing=options["retire_missing"],
        is_new_series=not Series.objects.filter(slug=options["series"]).exists(),
    )
    name = options["file"].name
    with transaction.atomic():
        series = _series(options)
        if options["dry_run"]:
            plan = plan_import(series, data, options=asked, file_name=name)
            check_plan(plan, strict=options["strict"])
            return plan, None
        script, plan = carry_out(
            series, data, by=None, options=asked, file_name=name, strict=options["strict"]
        )
    return plan, script


def _series(options: dict[str, Any]) -> Series:
    """The Series with the slug; a dry run makes none and uses an unsaved one instead."""
    slug, kind = options["series"], options["create_series"]
    found = Series.objects.filter(slug=slug).first()
    if found is not None:
        return found
    if kind is None:
        raise Invalid({"series": f"There is no Series {slug!r}; --create-series KIND makes it."})
    language = options["language"] or "en"
    if options["dry_run"]:
        return new_series(slug, options["title"], kind, language)
    return create_series(slug, options["title"], kind, language, by=None)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return read_bounded(file, path.stat().st_size)
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error


def _document(slug: str, plan: Plan, script: Script | None) -> dict[str, Any]:
    return {
        "series": slug,
        "script": script.number if script else None,
        "dry_run": script is None,
        "file": plan.file_name,
        "languages": list(plan.languages),
        "languages_left_out": list(plan.left_out),
        "columns_ignored": list(plan.ignored_columns),
        **counts(plan),
        "not_retired": plan.not_retired,
        "rows_without_text": {tag: len(keys) for tag, keys in plan.without_text.items()},
        "unspeakable": plan.unspeakable,
        "stumbles": plan.stumbles,
        "bad_rows": _rows(plan.bad),
    }


def _summary(slug: str, plan: Plan, script: Script | None) -> str:
    number = counts(plan)
    done = f"{slug}: import {script.number}" if script else f"{slug}: a dry run, nothing written"
    fate = "retired" if plan.retire_missing else "missing in the file (kept)"
    lines = [
        f"{done}, languages {', '.join(plan.languages)}",
        f"  {number['new']} new, {number['changed']} changed, {number['unchanged']} unchanged, "
        f"{number['missing']} {fate}, {number['bad']} bad rows",
    ]
    lines += [f"  {sentence}" for sentence in notices(plan)]
    if plan.left_out:
        lines.append("  --all-languages imports all, --language TAG another one")
    return "\n".join(lines)


def _rows(bad: list[BadRow]) -> list[dict[str, Any]]:
    return [
        {"line": row.line, "key": row.key, "language": row.language, "reason": row.reason}
        for row in bad
    ]
