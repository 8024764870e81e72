"""Live clips: written when clips that are live are adopted, and when they are published."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import transaction

from apps.audit.services import Actor, record
from apps.catalog.models import Language
from apps.core.bulk import refresh_statistics
from apps.review.clips.live_clips import (
    ClipListing,
    ReadClip,
    UnreadableClip,
    changed,
    columns_of,
    read_clips,
    survey,
    tagged_voices,
)
from apps.review.models import LiveClip
from apps.review.naming import PLAIN, check_variant
from apps.takes.models.audio import keep_waveforms, waveform_of


@dataclass(slots=True)
class Adopted:
    """What reading the clips of a language came to; names of clips and keys of lines."""

    adopted: list[str] = field(default_factory=list)
    folder: str = ""
    unchanged: int = 0
    gone: list[str] = field(default_factory=list)
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
    audio is reported, and what was known of its line is kept. One that lies there no longer is
    not live any more. Raises Invalid, StorageError.
    """
    found = survey(language, alias)
    chosen = changed(found)
    result = Adopted(
        folder=found.folder,
        unchanged=len(found.found) - len(chosen),
        gone=[clip.line.key for clip in found.gone],
        without_clip=found.without_clip,
        without_line=found.without_line,
    )
    for number, clip in enumerate(read_clips(found, chosen), start=1):
        _note(clip, alias, result, dry_run=dry_run)
        progress(number, len(chosen))
    if not dry_run:
        link_voices(language)
        _finish(found, result, by)
    return result


@transaction.atomic
def _finish(found: ClipListing, result: Adopted, by: Actor) -> None:
    LiveClip.objects.filter(pk__in=[clip.pk for clip in found.gone]).delete()
    if result.adopted or result.gone:
        refresh_statistics(LiveClip, len(result.adopted))
        numbers = {"clips": len(result.adopted), "gone": len(result.gone)}
        record("clips.adopted", found.language, by=by, place=found.place, **numbers)


def link_voices(language: Language) -> int:
    """Name the voices of live clips that were not known when these were read; how many."""
    unknown = LiveClip.objects.filter(line__language=language, voice=None).only("tags")
    clips = list(unknown)
    for clip, voice in zip(clips, tagged_voices([clip.tags for clip in clips]), strict=True):
        clip.voice = voice
    found = [clip for clip in clips if clip.voice]
    LiveClip.objects.bulk_update(found, ["voice"], batch_size=500)
    return len(found)


def _note(clip: ReadClip | UnreadableClip, alias: str, result: Adopted, *, dry_run: bool) -> None:
    if isinstance(clip, UnreadableClip):
        result.broken[clip.line.key] = clip.problem
        return
    result.adopted.append(clip.line.key)
    if not dry_run:
        write_live_clip(clip, alias)


@transaction.atomic
def write_live_clip(clip: ReadClip, alias: str, variant: str = PLAIN) -> LiveClip:
    """Make this what listeners hear for its line, in a variant and at a destination."""
    check_variant(variant)
    facts = columns_of(clip)
    facts["voice"] = tagged_voices([facts["tags"]])[0]
    keep_waveforms([waveform_of(clip.examined)])
    live, _ = LiveClip.objects.update_or_create(
        line=clip.line,
        variant=variant,
        alias=alias,
        defaults={"series": clip.line.series, **facts},
    )
    return live
