"""GET /api/voices, and previews."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.services import create_token
from apps.voices.library.services import sync_voices
from apps.voices.models import Voice
from tests.factories import UserFactory, VoiceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("audio_root", "redis_clean")]

VOICES = "/api/voices"


def bearer(user, *scopes: str) -> Client:
    end = timezone.now() + timedelta(days=1)
    _, secret = create_token(user, "test", scopes or ["read:job"], end, by=None)
    return Client(headers={"Authorization": f"Bearer {secret}"})


def test_lists_what_a_program_needs(staff):
    VoiceFactory(
        provider_voice_id="f 2", name="Fay", languages=["en"], labels={"a": "b"}, category="engine"
    )
    answer = bearer(staff).get(VOICES)
    assert answer.json() == {
        "data": [
            {
                "id": "espeak:f 2",
                "provider": "espeak",
                "provider_voice_id": "f 2",
                "name": "Fay",
                "languages": ["en"],
                "labels": {"a": "b"},
                "category": "engine",
                "preview_url": "/api/voices/espeak:f%202/preview",
            }
        ]
    }


def ids(browser: Client, **query) -> list[str]:
    return [row["id"] for row in browser.get(VOICES, query).json()["data"]]


def test_searches_and_pages(staff):
    for name in ("A", "B", "C"):
        VoiceFactory(provider_voice_id=name, languages=["de" if name == "B" else "fr"])
    VoiceFactory(provider="elevenlabs", provider_voice_id="D", languages=["de-AT"])
    VoiceFactory(provider_voice_id="Gone", gone_at=timezone.now())
    browser = bearer(staff)
    assert ids(browser) == ["elevenlabs:D", "espeak:A", "espeak:B", "espeak:C"]
    assert ids(browser, limit=2, offset=1) == ["espeak:A", "espeak:B"]
    assert ids(browser, language="de") == ["elevenlabs:D", "espeak:B"]
    assert ids(browser, provider="espeak", search="c") == ["espeak:C"]


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "offset=-1", "limit=x"])
def test_refuses_pages_that_cannot_be(staff, query):
    answer = bearer(staff).get(f"{VOICES}?{query}")
    assert answer.status_code == 400
    assert query.split("=")[0] in answer.json()["errors"]


def test_needs_somebody_on_the_staff(db):
    VoiceFactory()
    assert Client().get(VOICES).status_code == 401
    guest = bearer(UserFactory(is_staff=False))
    assert guest.get(VOICES).json() == {"data": []}
    assert guest.get(f"{VOICES}/espeak:Annie/preview").status_code == 403


def test_plays_a_preview_with_range(staff):
    VoiceFactory()
    answer = bearer(staff).get(
        f"{VOICES}/espeak:Annie/preview?language=de", headers={"Range": "bytes=0-2"}
    )
    assert (answer.status_code, b"".join(answer.streaming_content)) == (206, b"ID3")


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("espeak:Anne", 404, "Similar: espeak:Annie"),
        ("Annie", 400, "espeak:Annie"),
        ("espeak:Annie", 400, "no language tag"),
    ],
)
def test_says_what_is_wrong(staff, address, status, words):
    VoiceFactory()
    answer = bearer(staff).get(f"{VOICES}/{address}/preview?language=no tag")
    assert answer.status_code == status
    assert words in answer.json()["error"]


def test_buys_by_post_only_with_scope_and_permission(vendor, keeper, staff):
    sync_voices("elevenlabs", by=None)
    address = f"{VOICES}/{Voice.objects.get(name='Voice 0').address}/preview"
    assert bearer(keeper).get(address).status_code == 404
    assert bearer(keeper).post(address).status_code == 403  # read:job only
    assert bearer(staff, "edit:job").post(address).status_code == 403
    assert vendor.stats()["asked"] == {}
    made = bearer(keeper, "edit:job").post(address)
    assert made.status_code == 200
    assert made.json()["data"]["preview_url"] == address
    heard = bearer(keeper).get(address)
    assert (heard["Content-Type"], len(b"".join(heard.streaming_content)) > 9000) == (
        "audio/mpeg",
        True,
    )
    assert sum(vendor.stats()["paid"].values()) == 1
