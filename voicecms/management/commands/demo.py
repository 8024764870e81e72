"""`manage.py demo`: build the demonstration."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import connections

from voicecms import demo


class Command(BaseCommand):
    help = (
        "Make the demonstration: an administrator, two sample scripts, three offline voices and "
        "a run. What is there already is kept. Example: manage.py demo && manage.py up"
    )

    def handle(self, *args: Any, **options: Any) -> None:
        demo.build(self.stdout.write)
        connections.close_all()
        self.stdout.write(f"The demonstration is ready{demo.login_hint()}.")
