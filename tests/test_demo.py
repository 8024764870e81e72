"""`manage.py demo`: made once, kept afterwards."""

import stat
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command

from apps.catalog.models import Line, Series
from apps.takes.models import Run, Take
from voicecms import demo


@pytest.fixture(autouse=True)
def var(settings: Any, tmp_path: Path, audio_root: Path) -> Path:
    settings.VAR_DIR = tmp_path / "var"
    return settings.VAR_DIR


def run_demo() -> str:
    output = StringIO()
    call_command("demo", stdout=output)
    return output.getvalue()


@pytest.mark.django_db(transaction=True)
def test_a_second_demonstration_keeps_everything(var: Path, audio_root: Path) -> None:
    said = run_demo()
    password = (var / "demo-password").read_text()
    assert said.endswith(f"The demonstration is ready as admin / {password}.\n")
    assert stat.S_IMODE((var / "demo-password").stat().st_mode) == 0o600
    assert get_user_model().objects.get(username="admin").check_password(password)
    assert Line.objects.filter(series__slug=demo.GAME).count() == 12
    assert Series.objects.get(slug=demo.MUSEUM).languages.count() == 3
    takes = set(Take.objects.values_list("pk", "status"))
    assert len(takes) == 12 * len(demo.VOICES) * demo.TAKES_PER_LINE
    assert {status for _, status in takes} == {"complete"}
    files = sorted(audio_root.rglob("*.mp3"))
    assert len(files) == len(takes)

    again = run_demo()
    assert again.endswith(f"The demonstration is ready as admin / {password}.\n")
    assert Run.objects.count() == 1
    assert set(Take.objects.values_list("pk", "status")) == takes
    assert sorted(audio_root.rglob("*.mp3")) == files


@pytest.mark.django_db
def test_a_password_that_was_changed_is_not_shown() -> None:
    demo.ensure_admin()
    assert demo.login_hint().startswith(" as admin / ")
    admin = get_user_model().objects.get(username="admin")
    admin.set_password("something of their own")
    admin.save()
    demo.ensure_admin()
    assert demo.login_hint() == ""
