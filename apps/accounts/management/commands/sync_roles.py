"""`manage.py sync_roles`: give every role's group exactly the permissions of the role."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.accounts.services import RoleChange, UnknownPermissions, sync_roles


class Command(BaseCommand):
    help = (
        "Put the groups of the roles (Administrator, Curator, …) in order. Safe to repeat. "
        "Example: manage.py sync_roles --dry-run"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Say what would change.")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, dry_run: bool, as_json: bool, **options: Any) -> None:
        try:
            changes = sync_roles(by=None, dry_run=dry_run)
        except UnknownPermissions as error:
            raise CommandError(str(error)) from error
        if as_json:
            self.stdout.write(json.dumps([asdict(change) for change in changes]))
            return
        for change in changes:
            self.stdout.write(_sentence(change, "would be" if dry_run else "was"))
        if not changes:
            self.stdout.write("All roles are in order.")


def _sentence(change: RoleChange, was: str) -> str:
    if change.is_new:
        return f"{change.role} {was} made, with {len(change.added)} permissions."
    marked = [f"+{name}" for name in change.added] + [f"-{name}" for name in change.removed]
    return f"{change.role} {was} changed: {' '.join(marked)}"
