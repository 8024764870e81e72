"""A partner is asked, listens, answers and changes their mind; what the place of the apps holds is
nobody's business here.
"""

import json
import re

import pytest
from django.test import Client

from apps.audit.models import Event
from apps.review.approvals.services import approve_drafts, withdraw_approvals
from apps.review.drafts.services.hiding import (
    hide_drafts,
    purge_drafts,
    reject_drafts,
    restore_drafts,
)
from apps.review.links.services.links import create_link
from apps.review.models import Approval
from apps.storage.classes import AssetClass
from apps.storage.places import get_place
from tests.factories import LanguageFactory, LineFactory, UserFactory
from tests.review.clips import audio_of, change_text, make_draft, make_live
from tests.review.conftest import places
from tests.review.sweeping import deploy_due, sweep_review

__all__ = ["places"]

pytestmark = pytest.mark.django_db(transaction=True)

REPO = "audio_files/de/intro-1.mp3"


class Partner:
    """A browser without scripts that reports what it played."""

    def __init__(self, token: str) -> None:
        self.home = f"/review/{token}/"
        self.client = Client(enforce_csrf_checks=True)

    def post(self, act: str, **fields: object):
        page = self.client.get(self.home).content.decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
        answer = self.client.post(f"{self.home}{act}/", {"csrfmiddlewaretoken": token, **fields})
        assert answer.status_code in (200, 302), answer.content.decode()
        return answer

    def hear(self, draft) -> None:
        page = self.client.get(self.home).content.decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
        told = json.dumps({"draft": draft.pk, "ranges": [[0, draft.duration]]})
        headers = {"X-CSRFToken": token}
        answer = self.client.post(
            f"{self.home}heard/", told, content_type="application/json", headers=headers
        )
        assert answer.json()["may_approve"]


def everything_in(root):
    return {
        str(path.relative_to(root)): (path.stat().st_mtime_ns, path.read_bytes())
        for path in root.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def line(places):
    language = LanguageFactory(series__slug="Levels", tag="de")
    line = LineFactory(language=language, key="intro-1", text="Willkommen im Turm.")
    make_live(line)
    get_place("repo").put(REPO, b"what apps read", asset_class=AssetClass.ITEM)
    return line


def test_a_review_writes_nowhere_but_among_the_drafts(line, places, redis_clean):
    ada = UserFactory(username="ada")
    before = {alias: everything_in(places / alias) for alias in ("dev", "repo")}
    assert all(before.values())
    drafts = [make_draft(line, seconds=4.0, hertz=hertz) for hertz in (300, 400, 500)]
    first, second, third = drafts
    asked = {"title": "Please", "languages": [line.language], "reviewers": ["Maria"]}
    created = create_link(line.series, drafts=drafts, by=ada, **asked)
    partner = Partner(created.tokens["Maria"])
    partner.post("name", name="Maria Lopez")
    for draft in drafts:
        partner.hear(draft)
    partner.post("decide", draft=first.pk, decision="change", reason="timing", text="Fast.", at="1")
    partner.post("decide", draft=second.pk, decision="approve")
    partner.post("hide", draft=third.pk)
    partner.post("submit")
    deploy_due()
    deployed = places / "drafts" / "Levels/deploy/de/intro-1.mp3"
    assert audio_of(deployed.read_bytes()) == second.frames_sha256

    partner.post("decide", draft=second.pk, decision="unsure")
    partner.post("submit")
    deploy_due()
    assert not deployed.exists()
    restore_drafts([third], by=ada)
    receipts = approve_drafts([third], by=ada)
    deploy_due()
    assert audio_of(deployed.read_bytes()) == third.frames_sha256
    withdraw_approvals(receipts, by=ada)
    approve_drafts([second], by=ada)
    change_text(line, "Willkommen im Schloss.")
    sweep_review()
    assert Approval.objects.outdated().exists() and not deployed.exists()
    reject_drafts([first], by=ada)
    hide_drafts([third], by=ada)
    purge_drafts([third], by=ada)
    assert {alias: everything_in(places / alias) for alias in before} == before
    assert_who_did_what()


def assert_who_did_what() -> None:
    """Every step is recorded, in order, with whoever took it."""
    maria, ada, itself = "Maria Lopez (Please)", "ada", "VoiceCMS"
    told = [event for event in Event.objects.order_by("pk") if event.verb.startswith(STEPS)]
    steps = [(event.verb, event.actor_name) for event in told]
    assert steps == [
        ("link.created", ada),
        ("link.opened", maria),
        ("draft.commented", maria),
        ("draft.hidden", maria),
        ("draft.approved", maria),
        ("draft.change_wanted", maria),
        ("link.submitted", maria),
        ("approval.withdrawn", maria),
        ("link.submitted", maria),
        ("draft.restored", ada),
        ("draft.approved", ada),
        ("approval.withdrawn", ada),
        ("draft.approved", ada),
        ("approval.stale", itself),
        ("draft.rejected", ada),
        ("draft.hidden", ada),
        ("draft.purged", ada),
    ]


STEPS = (
    "link.", "approval.", "draft.commented", "draft.hidden", "draft.approved", "draft.change_",
    "draft.restored", "draft.rejected", "draft.purged",
)  # fmt: skip
