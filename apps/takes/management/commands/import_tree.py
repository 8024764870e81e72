"""`manage.py import_tree`: import batches that another tool has made."""

import json
from argparse import ArgumentParser
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core.errors import DomainError
from apps.takes.transfer.services import Fate, Report, import_tree

SHOWN = 20  # reasons, and notes, of one batch


class Command(BaseCommand):
    help = (
        "Take in a tree <skin>/<voice>/<batch>/, or one skin, voice or batch folder of it. Each "
        "batch is taken in whole or not at all; those that cannot be are named with all reasons. "
        "Takes are copied as they are; metadata.json is the truth for ranks. What an interrupted "
        "import has copied is adopted when it is run again. "
        "Example: manage.py import_tree ./old-output --language en --series Lantern"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR")
        parser.add_argument("--language", required=True, metavar="TAG", help="Of the lines.")
        parser.add_argument(
            "--series", default="", metavar="SLUG", help="Default: the name of each skin."
        )
        parser.add_argument("--dry-run", action="store_true", help="Check all, write nothing.")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = options["folder"].resolve()
        if not folder.is_dir():
            raise CommandError(f"{options['folder']} is no folder.")
        reports = []
        try:
            for report in import_tree(
                folder,
                options["language"],
                by=None,
                series=options["series"],
                dry_run=options["dry_run"],
                progress=self._progress,
            ):
                reports.append(report)
                if not options["as_json"]:
                    self._tell(report)
        except DomainError as error:
            raise CommandError(str(error)) from error
        self._end(reports, options)

    def _progress(self, done: int, total: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{done} of {total} takes", ending="" if done < total else "\r")
            self.stderr.flush()

    def _tell(self, report: Report) -> None:
        takes = f", {report.takes} takes ({report.ranked} ranked)" if report.takes else ""
        self.stdout.write(printable(f"{report.folder}: {report.fate}{takes}"))
        for title, texts in (("reason", report.reasons), ("note", report.notes)):
            for text in texts[:SHOWN]:
                self.stdout.write(printable(f"  {title}: {text}"))
            if len(texts) > SHOWN:
                self.stdout.write(f"  and {len(texts) - SHOWN} more {title}s (--json has all)")

    def _end(self, reports: list[Report], options: dict[str, Any]) -> None:
        numbers = Counter(str(report.fate) for report in reports)
        counts = {str(fate): numbers[fate] for fate in Fate}
        if options["as_json"]:
            batches = [asdict(report) for report in reports]
            document = {"dry_run": options["dry_run"], "counts": counts, "batches": batches}
            self.stdout.write(json.dumps(document))
        else:
            parts = (f"{number} {fate}" for fate, number in counts.items() if number)
            self.stdout.write(f"Batches: {', '.join(parts) or 'none'}.")
        if not reports:
            raise CommandError(f"{options['folder']} holds no batch, at most three folders deep.")
        if refused := counts[Fate.REFUSED]:
            raise CommandError(f"{refused} batches were refused; nothing of them was imported.")


def printable(text: str) -> str:
    """The text with escaped control characters, which foreign file names may hold."""
    return "".join(
        character if character.isprintable() else ascii(character)[1:-1] for character in text
    )
