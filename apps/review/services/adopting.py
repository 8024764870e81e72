"""Live clips: written when clips that are live are adopted, and when they are published."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from apps.audio.tagging import Tags
from apps.audit.services import Actor, record
from apps.catalog.models import Language
from apps.core.bulk import refresh_statistics
from apps.review.adopting import (
    ReadClip,
    Unreadable,
    changed,
    facts_of,
    read_clips,
    survey,
    voice_id_of,
)
from apps.review.models import LiveClip
from apps.voices.models import Voice


@dataclass(slots=True)
class Adopted:
    """What reading the clips of a language came to; names of clips and keys of lines."""

    adopted: list[str] = field(default_factory=list)
    unchanged: int = 0
    broken: dict[str, str] = field(default_factory=dict)
    without_clip: list[str] = field(default_factory=list)
    without_line: list[str] = field(default_factory=list)


def adopt_clips(
    language: Language,
    *,
    by: Actor,
    alias: str = "dev",
    dry_run: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Adopted:
    """Take note of the clips that listeners hear today. The place is only read.

    Can be stopped and run again: what has not changed is not read again. A clip that is no
    audio is reported, and what was known of its line is kept. Raises Invalid, StorageError.
    """
    found = survey(language, alias)
    chosen = changed(found)
    result = Adopted(
        unchanged=len(found.found) - len(chosen),
        without_clip=found.without_clip,
        without_line=found.without_line,
    )
    for number, clip in enumerate(read_clips(found, chosen), start=1):
        _note(clip, alias, result, dry_run=dry_run)
        progress(number, len(chosen))
    if result.adopted and not dry_run:
        refresh_statistics(LiveClip, len(result.adopted))
        record("clips.adopted", language, by=by, place=alias, clips=len(result.adopted))
    return result


def _note(clip: ReadClip | Unreadable, alias: str, result: Adopted, *, dry_run: bool) -> None:
    if isinstance(clip, Unreadable):
        result.broken[clip.line.key] = clip.problem
        return
    result.adopted.append(clip.line.key)
    if not dry_run:
        write_live_clip(clip, alias)


@transaction.atomic
def write_live_clip(clip: ReadClip, alias: str) -> LiveClip:
    """Make this what listeners hear for its line."""
    facts = facts_of(clip, alias)
    facts["voice"] = find_tagged_voice(clip.tags)
    live, _ = LiveClip.objects.update_or_create(
        line=clip.line,
        defaults={"series": clip.line.series, "seen_at": timezone.now(), **facts},
    )
    return live


def find_tagged_voice(tags: Tags) -> Voice | None:
    """The voice that a clip's tags name, if it is known here."""
    named = voice_id_of(tags)
    service = tags.extra.get("service", "").casefold().replace(" ", "")
    found = Voice.objects.filter(provider_voice_id=named, provider=service) if named else None
    return found.first() if found is not None else None
