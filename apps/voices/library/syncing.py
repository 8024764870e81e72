"""Comparing a provider's list of voices with the voices that are known, and writing the result."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from apps.audit.services import Actor, name_of
from apps.providers.base import VoiceInfo
from apps.voices.credentials.keys import shared_provider
from apps.voices.models import Consent, Voice
from apps.voices.refusals import in_words

LISTED_FIELDS = ("name", "category", "is_engine", "languages", "labels")
LONGEST_NAME = 100  # of the columns for name and id
LONGEST_CATEGORY = 30
ENGINE_BASIS = "engine voice, no person"
ROWS_AT_ONCE = 500


@dataclass(frozen=True)
class SyncResult:
    """How many voices were what; `unusable` says for each voice that cannot speak here why."""

    provider: str
    new: int
    changed: int
    gone: int
    unchanged: int
    unusable: tuple[str, ...] = ()

    def __str__(self) -> str:
        return (
            f"{self.provider}: {self.new} new, {self.changed} changed, {self.gone} gone, "
            f"{self.unchanged} unchanged"
        )


@dataclass(frozen=True)
class VoiceDifference:
    """Rows to write. `changed` holds those that came back, too."""

    provider: str
    new: Sequence[Voice]
    changed: Sequence[Voice]
    gone: Sequence[Voice]
    unchanged: int
    unusable: tuple[str, ...]

    def result(self) -> SyncResult:
        return SyncResult(
            self.provider,
            new=len(self.new),
            changed=len(self.changed),
            gone=len(self.gone),
            unchanged=self.unchanged,
            unusable=self.unusable,
        )


def listed_voices(alias: str, person: Actor) -> list[VoiceInfo]:
    """All voices that the provider lists now, each once. Raises ProviderRefused, Unreadable."""
    with in_words(alias, "No voice was changed."):
        return list({info.id: info for info in shared_provider(alias, person).voices()}.values())


def compare(alias: str, listed: Iterable[VoiceInfo]) -> VoiceDifference:
    """What the list changes. A voice that a row cannot hold stays as it was, or out."""
    known = {voice.provider_voice_id: voice for voice in Voice.objects.filter(provider=alias)}
    new: list[Voice] = []
    changed: list[Voice] = []
    unusable: list[str] = []
    seen = set()
    for info in listed:
        seen.add(info.id)
        voice = known.get(info.id) or Voice(provider=alias, provider_voice_id=info.id)
        fault = holding_fault(info)
        differs = not fault and _take_over(voice, info)
        if fault or voice.fault:
            unusable.append(f"{info.name[:60]!r}: {fault or voice.fault}")
        if differs:
            (changed if voice.pk else new).append(voice)
    gone = [voice for key, voice in known.items() if key not in seen and voice.gone_at is None]
    unchanged = len(seen & known.keys()) - len(changed)
    return VoiceDifference(alias, new, changed, gone, unchanged, tuple(unusable))


def holding_fault(info: VoiceInfo) -> str:
    """Why no row can hold the voice, or ''."""
    length = max(len(info.name), len(info.id))
    if length > LONGEST_NAME:
        return f"It is left out: {length} characters are more than {LONGEST_NAME}."
    written = json.dumps(asdict(info))
    # PostgreSQL takes neither NUL nor half a character (a lone surrogate).
    if "\\u0000" in written or not _encodes(info):
        return "It is left out: it holds a character that no database can keep."
    return ""


def write(difference: VoiceDifference, at: datetime) -> None:
    """Needs a transaction. Two at once write each voice and each consent once."""
    voices = Voice.objects.filter(provider=difference.provider)
    Voice.objects.bulk_create(difference.new, batch_size=ROWS_AT_ONCE, ignore_conflicts=True)
    Voice.objects.bulk_update(
        difference.changed, [*LISTED_FIELDS, "gone_at"], batch_size=ROWS_AT_ONCE
    )
    gone = [voice.pk for voice in difference.gone]
    for start in range(0, len(gone), ROWS_AT_ONCE):
        voices.filter(pk__in=gone[start : start + ROWS_AT_ONCE]).update(gone_at=at)
    voices.present().update(synced_at=at)
    _grant_engines(difference.provider)


def _take_over(voice: Voice, info: VoiceInfo) -> bool:
    """Put the listed values on the voice; whether that makes a difference."""
    listed = {
        "name": info.name,
        "category": info.category[:LONGEST_CATEGORY],
        "is_engine": info.is_engine,
        "languages": list(info.languages),
        "labels": dict(info.labels),
        "gone_at": None,
    }
    before = {name: getattr(voice, name) for name in listed}
    for name, value in listed.items():
        setattr(voice, name, value)
    return voice.pk is None or before != listed


def _encodes(info: VoiceInfo) -> bool:
    try:
        json.dumps(asdict(info), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _grant_engines(alias: str) -> None:
    """Machine voices that have no consent yet get the one that says why none is needed."""
    without = Voice.objects.filter(provider=alias, is_engine=True, consents=None)
    grants = [
        Consent(
            voice=voice,
            act=Consent.Act.GRANT,
            audience=Consent.Audience.PUBLIC,
            basis=ENGINE_BASIS,
            by_name=name_of(None),
        )
        for voice in without.only("pk")
    ]
    Consent.objects.bulk_create(grants, batch_size=ROWS_AT_ONCE)
