"""`manage.py adopt_clips`: write a LiveClip for each clip that listeners hear today."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core.english import listed
from apps.core.errors import DomainError
from apps.review.clips.services.adoption import Adopted, adopt_clips
from apps.storage.errors import StorageError
from apps.takes.ordering.generation_order import find_language, find_series

SHOWN = 20  # names in one sentence


class Command(BaseCommand):
    help = (
        "Read the clips that are live, with their voices and settings, so that a patch starts "
        "from what listeners hear. Nothing is written to the bucket. "
        "Example: manage.py adopt_clips --series Levels --language de --from dev"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--series", required=True, metavar="SLUG")
        parser.add_argument("--language", required=True, metavar="TAG")
        parser.add_argument("--from", dest="alias", choices=["dev", "repo"], default="dev")
        parser.add_argument("--dry-run", action="store_true", help="Read, and write no rows.")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            language = find_language(find_series(options["series"]), options["language"])
            adopted = adopt_clips(
                language,
                by=None,
                alias=options["alias"],
                dry_run=options["dry_run"],
                progress=self._progress,
            )
        except (DomainError, StorageError) as error:
            raise CommandError(str(error)) from error
        if options["as_json"]:
            self.stdout.write(json.dumps(asdict(adopted), ensure_ascii=False))
        else:
            self._tell(adopted, options["dry_run"])
        if adopted.broken:
            raise CommandError(f"{len(adopted.broken)} clips could not be read.")

    def _progress(self, done: int, total: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{done} of {total} clips", ending="" if done < total else "\n")

    def _tell(self, adopted: Adopted, dry_run: bool) -> None:
        would = "would be adopted" if dry_run else "adopted"
        self.stdout.write(f"Looked in {adopted.folder}")
        self.stdout.write(f"{len(adopted.adopted)} clips {would}, {adopted.unchanged} unchanged.")
        self._list("Not live any more", adopted.gone)
        self._list("Lines without a clip", adopted.without_clip)
        self._list("Clips without a line", adopted.without_line)
        for key, problem in adopted.broken.items():
            self.stderr.write(f"{key}: {problem}")

    def _list(self, title: str, names: list[str]) -> None:
        if names:
            self.stdout.write(f"{title}: {len(names)} ({listed(names, SHOWN)})")
