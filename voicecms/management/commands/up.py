"""`manage.py up`: run queue, workers, sweeper and web server together."""

import threading
import time
from argparse import ArgumentTypeError
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from voicecms import programs
from voicecms.demo import login_hint
from voicecms.preflight import CannotStart, check_address, check_directory, migrate
from voicecms.supervising import DoesNotAnswer, Supervisor


class Command(BaseCommand):
    help = (
        "Run the queue, the workers and the web server as one. Ctrl-C ends them all within ten "
        "seconds, a second Ctrl-C at once. Example: manage.py up --port 8001 --workers 4"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        listens = "address to listen on (default 127.0.0.1); others must stand in ALLOWED_HOSTS"
        parser.add_argument("--host", default="127.0.0.1", help=listens)
        parser.add_argument("--port", type=_port, default=8000, help="default 8000")
        parser.add_argument("--workers", type=_workers, default=2, help="default 2")
        parser.add_argument("--no-web", action="store_true", help="queue and workers only")

    def handle(
        self, *args: Any, host: str, port: int, workers: int, no_web: bool, **options: Any
    ) -> None:
        try:
            self._check(None if no_web else (host, port))
            queue = programs.queue_programs()
            hint = self._open_database()
            rest = [*programs.worker_programs(workers), programs.sweeper_program()]
            if not no_web:
                rest.append(programs.web_program(host, port))
                self._announce_later(host, port, hint)
            Supervisor([queue, rest] if queue else [rest]).run()
        except (CannotStart, DoesNotAnswer) as error:
            raise CommandError(str(error)) from error
        self.stdout.write("All ended.")

    def _check(self, address: tuple[str, int] | None) -> None:
        # WhiteNoise warns about a missing static root; an empty one is fine.
        for directory in (settings.VAR_DIR, settings.AUDIO_ROOT, settings.STATIC_ROOT):
            check_directory(directory)
        if address:
            check_address(*address)

    def _open_database(self) -> str:
        """Migrate as the last step: a refused start leaves the data untouched."""
        migrate(self.stdout.write)
        hint = login_hint()
        connections.close_all()  # the programs open connections of their own
        return hint

    def _announce_later(self, host: str, port: int, hint: str) -> None:
        def announce() -> None:
            while not programs.web_answers(host, port):
                time.sleep(0.1)
            self.stdout.write(f"open http://{programs.reachable(host)}:{port}/{hint}")
            self.stdout.flush()

        threading.Thread(target=announce, daemon=True).start()


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise ArgumentTypeError(f"{text} is no port: choose a number from 1 to 65535")
    return int(text)


def _workers(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 64:
        raise ArgumentTypeError(f"{text} is no number of workers: choose one from 1 to 64")
    return int(text)
