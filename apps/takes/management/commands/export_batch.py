"""`manage.py export_batch`: hand the winners of a batch to a game designer."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core.errors import DomainError, Invalid, Missing
from apps.storage.errors import StorageError
from apps.takes.models import Batch
from apps.takes.transfer.exporting import Export, Exported, compare, plan_export
from apps.takes.transfer.services import export_batch


class Command(BaseCommand):
    help = (
        "Copy the takes of some ranks, byte for byte, into 01/, 02/ … with a metadata.json of "
        "these takes. Files that are there already are never written over. Example: "
        "manage.py export_batch 20261121-101500-Anni --ranks 1,2 --to ./winners"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("batch_id", metavar="ID")
        parser.add_argument("--ranks", default="1", help="Such as 1,2 (default: 1).")
        parser.add_argument("--to", type=Path, required=True, metavar="DIR|FILE.zip")
        parser.add_argument("--dry-run", action="store_true", help="Check, and write nothing.")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, **options: Any) -> None:
        target = options["to"]
        try:
            export = plan_export(find_batch(options["batch_id"]), read_ranks(options["ranks"]))
            if options["dry_run"]:
                done = compare(export, target)
            else:
                done = export_batch(export, target, by=None)
        except (DomainError, StorageError) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{target} cannot be written: {error.strerror}.") from error
        self._report(export, done, options)

    def _report(self, export: Export, done: Exported, options: dict[str, Any]) -> None:
        if options["as_json"]:
            document = {
                "batch": export.batch.batch_id,
                "to": str(options["to"]),
                "dry_run": options["dry_run"],
                "takes": len(export.winners),
                "written": done.written,
                "unchanged": done.unchanged,
            }
            self.stdout.write(json.dumps(document))
            return
        would = "would be written" if options["dry_run"] else "written"
        self.stdout.write(
            f"{options['to']}: {len(done.written)} files {would}, "
            f"{len(done.unchanged)} were there already."
        )


def find_batch(batch_id: str) -> Batch:
    found = Batch.objects.select_related("series").filter(batch_id=batch_id).first()
    if found is None:
        raise Missing(f"There is no batch {batch_id!r}.")
    return found


def read_ranks(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError as error:
        raise Invalid({"ranks": "Name ranks from 1 to 5, such as 1,2."}) from error
