"""The API of voices: find one, hear it."""

from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponseBase
from ninja import P, QueryEx, Router

from apps.accounts.auth import scope
from apps.core.errors import Forbidden, Invalid
from apps.storage.places import get_place
from apps.storage.serving import serve
from apps.voices.library.queries import may_buy_sample, voices_for
from apps.voices.library.samples import PLACE
from apps.voices.library.services import find_voice, hear_sample, make_sample
from apps.voices.models import Voice

router = Router(tags=["voices"])

MOST_VOICES = 1000  # in one answer


@router.get("/voices", auth=scope("read:job"), response=list[dict[str, Any]])
def voices(
    request: HttpRequest,
    search: str = "",
    provider: str = "",
    language: str = "",
    limit: QueryEx[int, P(ge=1, le=MOST_VOICES)] = 100,
    offset: QueryEx[int, P(ge=0)] = 0,
) -> list[dict[str, Any]]:
    """Voices as their providers listed them at the last sync, by provider and name."""
    found = voices_for(request.user, search=search, provider=provider, language=language)
    page = found.defer("default_settings")[offset : offset + limit]
    # Relative to the list, so that it holds wherever the API is mounted.
    base = request.path.rstrip("/")
    return [described(voice, base) for voice in page]


@router.get("/voices/{voice_id}/preview", auth=scope("read:job"), response=Any)
def voice_sample(request: HttpRequest, voice_id: str, language: str = "") -> HttpResponseBase:
    """Hear a voice (MP3, with Range). Never spends: a paid sample exists already, or is 404."""
    found = hear_sample(voice_of(request, voice_id), language)
    return serve(request, get_place(PLACE), found.key, content_type="audio/mpeg")


@router.post("/voices/{voice_id}/preview", auth=scope("edit:job"), response=dict[str, Any])
def have_sample_made(request: HttpRequest, voice_id: str, language: str = "") -> dict[str, Any]:
    """Have a sample made, for characters where the provider is paid; again it costs nothing."""
    voice = voice_of(request, voice_id)
    if not voice.is_engine and not may_buy_sample(request.user):
        raise Forbidden("This costs characters; it needs the permission to generate takes.")
    made = make_sample(voice, language, by=request.user)
    return {"language": made.language, "text": made.text, "preview_url": request.path}


def voice_of(request: HttpRequest, address: str) -> Voice:
    """By its address, for signed-in staff. Raises Forbidden, Invalid and Missing."""
    if not (request.user.is_active and request.user.is_staff):
        raise Forbidden("Voices are for staff; ask an administrator for access.")
    if ":" not in address:
        raise Invalid({"id": "A voice is named as in espeak:Annie."})
    return find_voice(address)


def described(voice: Voice, base: str) -> dict[str, Any]:
    return {
        "id": voice.address,
        "provider": voice.provider,
        "provider_voice_id": voice.provider_voice_id,
        "name": voice.name,
        "languages": voice.languages,
        "labels": voice.labels,
        "category": voice.category,
        "preview_url": f"{base}/{quote(voice.address, safe=':')}/preview",
    }
