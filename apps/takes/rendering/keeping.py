"""Stores a recording: first the file, then one UPDATE that makes the take complete."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.audio.examining import Examined, ExamineOptions
from apps.audio.tagging import Tags, read_tags
from apps.providers.base import Provider, Recording
from apps.storage.classes import AssetClass
from apps.storage.places import Place
from apps.takes.models import Finding, Take, Waveform
from apps.takes.models.audio import facts_of, keep_waveforms, waveform_of
from apps.work.leases import Lease


class OtherFileThere(Exception):
    """The take's key holds another file, which was left unchanged."""


@dataclass(frozen=True, slots=True)
class Bill:
    """The cost of a recording, and the provider's id of the request."""

    characters: int = 0
    cost: Decimal | None = None
    request_id: str = ""

    @classmethod
    def of(cls, recording: Recording, provider: Provider) -> "Bill":
        billed = recording.character_cost
        return cls(
            characters=recording.characters if billed is None else billed,
            cost=provider.price(recording.characters, recording.model),
            request_id=recording.request_id,
        )

    @classmethod
    def from_tags(cls, tags: Tags) -> "Bill":
        cost = tags.extra.get("cost", "")
        return cls(
            characters=int(tags.extra.get("characters", "0")),
            cost=Decimal(cost) if cost else None,
            request_id=tags.extra.get("request_id", ""),
        )


def examine_options(
    take: Take, bill: Bill, source_format: str = "", more_tags: Mapping[str, str] | None = None
) -> ExamineOptions:
    """The options for examining the recording, with the tags of its file."""
    return ExamineOptions(
        output_format=take.output_format,
        source_format=source_format or take.output_format,
        max_duration=take.line.max_duration,
        tags=Tags(
            title=take.line.key,
            artist=take.batch.voice.name,
            album=take.series.title,
            genre="Speech",
            extra={**_facts(take, bill), **(more_tags or {})},
        ),
    )


def _facts(take: Take, bill: Bill) -> dict[str, str]:
    voice = take.batch.voice
    return {
        "take": owner_mark(take),
        "service": voice.provider,
        "voice": voice.name,
        "voice_id": voice.provider_voice_id,
        "model_id": take.model,
        "lang_code": take.line.language.tag,
        "text": take.text,
        "seed": "" if take.seed is None else str(take.seed),
        "created": timezone.now().isoformat(timespec="seconds"),
        "request_id": bill.request_id,
        "characters": str(bill.characters),
        "cost": "" if bill.cost is None else str(bill.cost),
    }


def store(take: Take, examined: Examined, place: Place) -> bytes | None:
    """Write the take's file if the key is free; otherwise the bytes of the existing file."""
    if place.create(take.key, examined.data, asset_class=AssetClass.TAKE):
        return None
    return place.read(take.key)


def stored_options(take: Take, data: bytes) -> tuple[ExamineOptions, Bill]:
    """The options for examining an existing file at the take's key, and the cost in its tags.

    Raises OtherFileThere when the file belongs to another take or another tool.
    """
    tags = read_tags(data)
    if tags.extra.get("take") != owner_mark(take):
        raise OtherFileThere(
            f"{take.key} holds another file; it was left as it is. Move it away, then retry."
        )
    if seed := tags.extra.get("seed"):
        take.seed = int(seed)
    options = ExamineOptions(
        output_format=take.output_format, max_duration=take.line.max_duration, tags=None
    )
    return options, Bill.from_tags(tags)


def owner_mark(take: Take) -> str:
    """The tag that identifies the take's own file."""
    return f"{take.batch.batch_id}/{take.file_name}"


def complete(take: Take, examined: Examined, bill: Bill, lease: Lease) -> bool:
    """Make the take complete if this job still holds its lease; False otherwise."""
    facts: dict[str, Any] = {
        **facts_of(examined),
        "characters": bill.characters,
        "cost": bill.cost,
        "request_id": bill.request_id[:120],
        "seed": take.seed,
        "attempts": take.attempts,
        "reused_from": take.reused_from,
    }
    with transaction.atomic():
        if not lease.end(take.pk, status=Take.Status.COMPLETE, error="", **facts):
            return False
        Finding.objects.bulk_create(findings(take, examined))
        keep_waveforms([waveform_of(examined)])
    return True


def keep_bill(take: Take, bill: Bill) -> None:
    """Count what a cancelled take has cost whose file is stored: an identical order reuses it."""
    cancelled = Take.with_previews.filter(pk=take.pk, status=Take.Status.CANCELLED)
    cancelled.update(
        characters=bill.characters, cost=bill.cost, request_id=bill.request_id[:120] or "unnamed"
    )


def count_unusable(take: Take, characters: int) -> None:
    """Count what an answer may have cost that holds no usable recording."""
    more = F("unusable_characters") + characters
    Take.with_previews.filter(pk=take.pk).update(unusable_characters=more)


def fail(take: Take, reason: str, lease: Lease) -> bool:
    return lease.end(take.pk, status=Take.Status.FAILED, error=reason, attempts=take.attempts)


def findings(take: Take, examined: Examined) -> list[Finding]:
    return [
        Finding(
            take=take,
            check_id=found.check_id,
            severity=found.severity,
            value=found.value,
            limit=found.limit,
            message=found.message,
        )
        for found in examined.findings
    ]


def forget_waveforms() -> int:
    """Delete unused waveforms; returns their number. The query reads the whole table."""
    return Waveform.objects.unused().delete()[0]
