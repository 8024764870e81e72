"""How tests of an upgraded installation act on it: as people, programs and commands do."""

import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Collection, Iterator
from html import unescape
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import Client

API_TOKEN = "vcms_before-the-change-fixture-only-0123456789"
REVIEWER_TOKENS = {
    "Maria": "fixture-token-of-maria-000000000000000000000",
    "Juan": "fixture-token-of-juan-0000000000000000000000",
    "Team": "fixture-token-of-the-team-00000000000000000",
    "Nobody": "fixture-token-of-nobody-000000000000000000",
}
PAGES_OF_A_KIND = 6
FILTERS_OF_A_KIND = 1
LINK = re.compile(r'<a[^>]*\shref="([^"]+)"')
# Django's own pages of a row, events one by one, and more than one filter of a table.
LEFT_OUT = re.compile(r"/(history|delete|password)/|/admin/audit/event/\d|[?&](o|p|_\w+)=|&")


def signed_in(username: str) -> Client:
    client = Client()
    client.force_login(get_user_model().objects.get(username=username))
    return client


def program(token: str = API_TOKEN) -> Client:
    return Client(headers={"Authorization": f"Bearer {token}"})


def command(*arguments: object) -> Any:
    """What a command says as JSON."""
    out = StringIO()
    call_command(*map(str, arguments), "--json", stdout=out, stderr=StringIO())
    return json.loads(out.getvalue())


def settle() -> None:
    """Let sweeper and workers do what is left to do."""
    serializer = {"serializer": "rq.serializers.JSONSerializer"}
    for _ in range(2):
        call_command("sweep", stdout=StringIO())
        queues = ["previews", "renders", "default"]
        call_command("rqworker", *queues, burst=True, worker_class="rq.SimpleWorker", **serializer)
    call_command("sweep", stdout=StringIO())


def pages(client: Client, start: str) -> Iterator[tuple[str, int]]:
    """Addresses that links on pages lead to, some of each kind, and what each answers."""
    waiting, known, kinds = [start], {start}, Counter[str]()
    while waiting:
        address = waiting.pop(0)
        answer = client.get(address)
        yield address, answer.status_code
        if "Location" in answer:
            linked = [answer["Location"]]
        elif answer.headers.get("Content-Type", "").startswith("text/html"):
            linked = [unescape(one) for one in LINK.findall(answer.content.decode())]
        else:
            linked = []
        for found in dict.fromkeys(urljoin(address, one).partition("#")[0] for one in linked):
            kind = re.sub(r"/\d[\w-]*", "/N", found.partition("=")[0])
            if found in known or not found.startswith("/admin/") or LEFT_OUT.search(found):
                continue
            known.add(found)
            kinds[kind] += 1
            if kinds[kind] <= (FILTERS_OF_A_KIND if "?" in kind else PAGES_OF_A_KIND):
                waiting.append(found)


class Partner:
    """A browser without scripts that reports what it played."""

    def __init__(self, label: str) -> None:
        self.home = f"/review/{REVIEWER_TOKENS[label]}/"
        self.client = Client()

    def page(self) -> str:
        answer = self.client.get(self.home)
        assert answer.status_code == 200, answer.content.decode()
        return answer.content.decode()

    def post(self, act: str, **fields: object) -> None:
        answer = self.client.post(f"{self.home}{act}/", fields)
        assert answer.status_code in (200, 302), answer.content.decode()

    def hear(self, draft: int, seconds: float) -> dict[str, Any]:
        told = {"draft": draft, "ranges": [[0, seconds]]}
        answer = self.client.post(f"{self.home}heard/", told, content_type="application/json")
        return answer.json()


def batch_folders(takes: Path) -> set[Path]:
    """The batches that have their document, below the audio root."""
    return {path.parent for path in takes.glob("*/*/*/metadata.json")}


def document(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "metadata.json").read_text())


def ranks(folder: Path) -> dict[str, int]:
    """File -> rank, as the document says, and the links show it too."""
    told = {one["file"]: one["rank"] for one in document(folder)["takes"] if one["rank"]}
    linked = {path.name: int(path.parent.name) for path in folder.glob("ranked/*/*.mp3")}
    assert told == linked
    return told


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def everything_in(folder: Path, *, but: Collection[str] = ()) -> dict[str, str]:
    """Every file that is not called so, by its path; of links what they point to."""
    return {
        str(path.relative_to(folder)): os.readlink(path) if path.is_symlink() else sha256(path)
        for path in sorted(folder.rglob("*"))
        if (path.is_symlink() or path.is_file()) and path.name not in but
    }
