"""`manage.py sync_voices`: write the providers' lists of voices."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core.errors import DomainError
from apps.providers.registry import aliases, missing_keys
from apps.voices.library.services import compare_voices, sync_voices
from apps.voices.library.syncing import SyncResult


class Command(BaseCommand):
    help = (
        "Take over the voices that providers list: new, changed and gone ones. Example: "
        "manage.py sync_voices --provider espeak elevenlabs"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--provider",
            action="extend",
            nargs="+",
            default=[],
            dest="providers",
            metavar="ALIAS",
            help="Default: every configured provider that has its key.",
        )
        parser.add_argument("--dry-run", action="store_true", help="Say what would change.")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = list(dict.fromkeys(options["providers"]))
        left_out = {} if wanted else missing_keys()
        done: list[SyncResult] = []
        failed: dict[str, str] = {}
        for alias in wanted or [alias for alias in aliases() if alias not in left_out]:
            try:
                done.append(self._sync(alias, options["dry_run"]))
            except DomainError as error:
                failed[alias] = str(error)
        report = self._as_json if options["as_json"] else self._as_text
        self.stdout.write(report(done, failed, left_out, options["dry_run"]))
        if failed:
            reasons = "\n".join(f"  {reason}" for reason in failed.values())
            raise CommandError(f"{len(failed)} providers could not be synced:\n{reasons}")

    def _sync(self, alias: str, dry_run: bool) -> SyncResult:
        return compare_voices(alias) if dry_run else sync_voices(alias, by=None)

    def _as_text(
        self, done: list[SyncResult], failed: dict[str, str], left_out: dict[str, str], dry: bool
    ) -> str:
        lines = ["A dry run: nothing was written."] if dry else []
        for result in done:
            lines += [str(result), *(f"  cannot be used: {one}" for one in result.unusable)]
        lines += [f"left out: {reason}" for reason in left_out.values()]
        return "\n".join(lines)

    def _as_json(
        self, done: list[SyncResult], failed: dict[str, str], left_out: dict[str, str], dry: bool
    ) -> str:
        document = {
            "dry_run": dry,
            "providers": [asdict(result) for result in done],
            "failed": failed,
            "left_out": left_out,
        }
        return json.dumps(document)
