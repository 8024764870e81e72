"""People who work on a ranking board, each with a browser session."""

import json
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from guardian.shortcuts import assign_perm

from apps.takes.models import Batch, Take
from tests.factories import UserFactory
from tests.frame import data_of

EVERYTHING = ("view", "rank", "unlock", "generate")


class Curator:
    """A person with permissions on the Series of a batch, and the batch's board."""

    def __init__(self, batch: Batch, name: str, may: tuple[str, ...] = EVERYTHING) -> None:
        self.batch = batch
        self.person = UserFactory(username=name)
        for permission in may:
            assign_perm(f"catalog.{permission}_series", self.person, batch.series)
        self.client = Client()
        self.client.force_login(self.person)

    def url(self, name: str, *args: object) -> str:
        return reverse(f"admin:takes_board{name and '_'}{name}", args=[self.batch.batch_id, *args])

    def get(self, name: str, *args: object, **query: object) -> HttpResponse:
        return self.client.get(self.url(name, *args), query)

    def post(self, name: str, body: Any = None) -> HttpResponse:
        data = body if isinstance(body, str | bytes) else json.dumps(body or {})
        return self.client.post(self.url(name), data, content_type="application/json")

    def lines(self, **query: object) -> dict[str, Any]:
        return self._read("lines", **query)

    def line(self, take: Take, **query: object) -> dict[str, Any]:
        """The board's document of the take's line."""
        return self._read("line", take.line_id, **query)

    def changes(self, **query: object) -> dict[str, Any]:
        return self._read("changes", **query)

    def row(self, take: Take, **query: object) -> dict[str, Any]:
        """The take's entry in the document of its line."""
        found = [one for one in self.line(take, **query)["takes"] if one["handle"] == self.of(take)]
        return found[0]

    def of(self, take: Take) -> str:
        """The take's handle, as the page without blind mode gives it."""
        takes = self.line(take)["takes"]
        return next(one["handle"] for one in takes if one.get("number") == take.take_number)

    def rank(self, take: Take, rank: Any, version: Any = None, **more: Any) -> HttpResponse:
        """Rank as the page does, by default with the newest version."""
        newest = self.changes()["board"]["version"] if version is None else version
        body = {"line": take.line_id, "take": self.of(take), "rank": rank, "version": newest}
        return self.post("rank", body | more)

    def _read(self, name: str, *args: object, **query: object) -> dict[str, Any]:
        answer = self.get(name, *args, **query)
        assert answer.status_code == 200, answer.content
        assert "no-store" in answer["Cache-Control"]
        return data_of(answer)
