"""Static files as production serves them: collected, and with a hash in each name."""

import json
import re
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from apps.core.templatetags.scripts import LIBRARIES, modules
from tests.conftest import REPOSITORY
from tests.takes.boards import make_batch

HASHED = re.compile(r"^/static/.+\.[0-9a-f]{12}\.(js|css|svg)$")
IMPORT_MAP = re.compile(r'<script type="importmap" nonce="([^"]+)">(.+?)</script>', re.DOTALL)
LINKED = re.compile(r'<(?:script|link|use)\b[^>]*?\b(?:src|href)="(/static/[^"#]+)')


@pytest.fixture
def collected(settings, tmp_path: Path) -> Path:
    settings.STATIC_ROOT = tmp_path / "static"
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = False
    backend = "whitenoise.storage.CompressedManifestStaticFilesStorage"
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": backend}}
    call_command("collectstatic", interactive=False, verbosity=0)
    return settings.STATIC_ROOT


@pytest.fixture
def staff(db: None) -> Client:
    client = Client()
    client.force_login(
        get_user_model().objects.create_superuser("ada", "ada@example.org", "ada's password"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    return client


def import_map_of(page: str) -> tuple[str, dict[str, str]]:
    nonce, document = IMPORT_MAP.search(page).groups()
    return nonce, json.loads(document)["imports"]


def test_every_module_is_in_the_import_map(staff: Client) -> None:
    answer = staff.get(reverse("admin:index"))
    nonce, imports = import_map_of(answer.content.decode())
    assert f"'nonce-{nonce}'" in answer.headers["Content-Security-Policy"]
    scripts = REPOSITORY / "static" / "js"
    files = {path.relative_to(scripts).with_suffix("").as_posix() for path in scripts.rglob("*.js")}
    named = {f"voicecms/{name}" for name in files if not name.startswith("entries/")}
    assert set(imports) == named | set(LIBRARIES)
    assert imports["voicecms/board/acts"] == "/static/js/board/acts.js"
    assert set(modules()) == named


def test_pages_work_from_hashed_files(collected: Path, staff: Client, audio_root: Path) -> None:
    batch = make_batch(audio_root, lines=1, takes=1, series__slug="Lantern")
    addresses = [
        reverse("admin:index"),
        reverse("admin:takes_board", args=[batch.batch_id]),
        reverse("admin:takes_run_add") + f"?series={batch.series_id}",
        reverse("admin:review_clips", args=[batch.series_id]),
    ]
    linked: set[str] = set()
    for address in addresses:
        page = staff.get(address).content.decode()
        linked |= {*import_map_of(page)[1].values(), *LINKED.findall(page)}
    assert {path for path in linked if not HASHED.match(path)} == set()
    assert len(linked) > 60
    for path in linked:
        answer = staff.get(path)
        assert answer.status_code == 200, path
        assert "immutable" in answer.headers["Cache-Control"], path
        answer.close()


def test_style_sheets_name_hashed_files(collected: Path) -> None:
    sheets = [*collected.glob("css/*.css"), *collected.glob("vendor/**/*.css")]
    named = {
        name
        for path in sheets
        if re.search(r"\.[0-9a-f]{12}\.css$", path.name)
        for name in re.findall(r'url\("?([^")]+)', path.read_text())
        if not name.startswith(("data:", "#"))
    }
    assert {name for name in named if not re.search(r"\.[0-9a-f]{12}\.", name)} == set()
