"""The demonstration: an administrator, two scripts of our own, three offline voices, one run."""

import json
import os
import secrets
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command

from apps.takes.models import Run
from apps.voices.models import Voice

ADMIN = "admin"
SAMPLES = Path(__file__).resolve().parent / "samples"
GAME = "lantern-keepers"
MUSEUM = "harbour-museum"
PROVIDER = "espeak"
VOICES = ("Annie", "Michael", "anika")
TAKES_PER_LINE = 2

Say = Callable[[str], None]


def build(say: Say) -> None:
    """Make all of it; what is there already is kept. Raises CommandError as the commands do."""
    call_command("migrate", verbosity=0)
    call_command("sync_roles", stdout=StringIO())
    ensure_admin()
    say("Scripts: a game in English, a museum guide in English, Spanish and German")
    _import("lantern_keepers.csv", GAME, "game", ["--language", "en"])
    _import("harbour_museum.csv", MUSEUM, "item_bank", ["--all-languages"])
    call_command("sync_voices", "--provider", PROVIDER, stdout=StringIO())
    if not Run.objects.filter(series__slug=GAME).exists():
        say(f"Run: {len(VOICES)} voices, {TAKES_PER_LINE} takes of every line of the game")
        done = _generate()
        say(f"{done['takes_complete']} takes in {done['render_seconds']:.1f} s")


def ensure_admin() -> None:
    """The user `admin`, with the demonstration's password when it is made here."""
    users = get_user_model().objects
    if not users.filter(username=ADMIN).exists():
        users.create_superuser(username=ADMIN, email="", password=demo_password())


def demo_password() -> str:
    """The password kept in `var/demo-password` (mode 0600), made on first use."""
    path = _password_file()
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(handle, "w") as file:
            file.write(secrets.token_urlsafe(9))
    return path.read_text().strip()


def login_hint() -> str:
    """` as admin / <password>` while that is the administrator's password, else nothing."""
    path = _password_file()
    if not path.exists():
        return ""
    password = path.read_text().strip()
    admin = get_user_model().objects.filter(username=ADMIN).first()
    return f" as {ADMIN} / {password}" if admin and admin.check_password(password) else ""


def _password_file() -> Path:
    return Path(settings.VAR_DIR) / "demo-password"


def _import(file: str, series: str, kind: str, language: list[str]) -> None:
    title = series.replace("-", " ").title()
    options = ["--series", series, "--create-series", kind, "--title", title, *language]
    call_command("import_script", str(SAMPLES / file), *options, stdout=StringIO())


def _generate() -> dict[str, Any]:
    voices = Voice.objects.present().filter(provider=PROVIDER, name__in=VOICES)
    addresses = [part for voice in voices for part in ("--voice", voice.address)]
    what = ["--series", GAME, "--language", "en", "--takes", str(TAKES_PER_LINE)]
    output = StringIO()
    call_command("generate", *what, *addresses, "--inline", "--json", stdout=output)
    answer: dict[str, Any] = json.loads(output.getvalue())
    return answer
