"""`manage.py rebuild_tree`: write the directories of batches anew from the database."""

import json
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet

from apps.core.english import listed
from apps.core.errors import Invalid
from apps.storage.errors import StorageError
from apps.storage.keys import BadName
from apps.takes.models import Batch
from apps.takes.ordering.generation_order import find_series
from apps.takes.transfer.comparing import compare_tree
from apps.takes.transfer.services import rebuild_tree

SHOWN = 20  # names in one sentence
Row = dict[str, Any]


class Command(BaseCommand):
    help = (
        "Write metadata.json, ranked/ and LOCKED of finished batches anew from the database, and "
        "compare takes/ with it: missing takes are named (nothing can re-create them), and so are "
        "files that are nobody's (they stay). Example: manage.py rebuild_tree --series Lantern"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("batches", nargs="*", metavar="BATCH_ID")
        parser.add_argument("--series", default="", metavar="SLUG", help="All of this Series.")
        parser.add_argument("--all", action="store_true", dest="everything")
        parser.add_argument("--dry-run", action="store_true", help="Say what would be written.")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            chosen = chosen_batches(options["batches"], options["series"], options["everything"])
        except Invalid as error:
            raise CommandError(str(error)) from error
        rows = []
        for number, row in enumerate(rows_of(chosen, options["dry_run"]), start=1):
            self._progress(number, len(chosen))
            rows.append(row)
            if not options["as_json"]:
                self._tell(row)
        if options["as_json"]:
            self.stdout.write(json.dumps({"dry_run": options["dry_run"], "batches": rows}))
        else:
            self.stdout.write(f"{len(rows)} batches.")
        if broken := [row for row in rows if row["missing"] or row["error"]]:
            raise CommandError(f"{len(broken)} batches are not whole.")

    def _progress(self, done: int, total: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{done} of {total} batches", ending="\r")
            self.stderr.flush()

    def _tell(self, row: Row) -> None:
        if row["error"]:
            self.stderr.write(f"{row['batch']}: {row['error']}")
            return
        if "changes" in row:
            self.stdout.write(
                f"{row['batch']}: would write {listed(row['changes'], SHOWN) or 'nothing'}"
            )
        else:
            self.stdout.write(f"{row['batch']}: {row['takes']} takes, {row['ranked']} ranked")
        if row["missing"]:
            self.stderr.write(f"  missing in takes/: {listed(row['missing'], SHOWN)}")
        if row["alien"]:
            self.stdout.write(f"  nobody's, left alone: {listed(row['alien'], SHOWN)}")


def chosen_batches(batch_ids: list[str], slug: str, everything: bool) -> list[int]:
    """Keys of the finished batches that were named, oldest first. Raises Invalid."""
    if [bool(batch_ids), bool(slug), everything].count(True) != 1:
        raise Invalid({"batches": "Name batches, or --series SLUG, or --all."})
    finished = with_directories()
    if slug:
        finished = finished.filter(series=find_series(slug))
    if batch_ids:
        finished = finished.filter(batch_id__in=batch_ids)
    rows = dict(finished.order_by("pk").values_list("batch_id", "pk"))
    if unknown := [name for name in batch_ids if name not in rows]:
        raise Invalid({"batches": f"There is no finished batch {', '.join(unknown)}."})
    return list(rows.values())


def with_directories() -> QuerySet[Batch]:
    """Finished batches that have takes to show."""
    finished = Batch.objects.filter(generated_at__isnull=False)
    return finished.filter(takes__status="complete", takes__expires_at=None).distinct()


def rows_of(pks: Iterable[int], dry_run: bool) -> Iterator[Row]:
    for pk in pks:
        batch = Batch.objects.get(pk=pk)
        row: Row = {"batch": batch.batch_id, "missing": [], "alien": [], "error": ""}
        try:
            row |= compared(batch) if dry_run else rebuilt(batch)
        except (StorageError, BadName) as error:
            row["error"] = str(error)
        yield row


def compared(batch: Batch) -> Row:
    found = compare_tree(batch)
    return {"changes": found.changes, "missing": found.missing, "alien": found.alien}


def rebuilt(batch: Batch) -> Row:
    done = rebuild_tree(batch, by=None)
    return {
        "takes": done.written,
        "ranked": done.links,
        "missing": done.missing,
        "alien": done.alien,
    }
