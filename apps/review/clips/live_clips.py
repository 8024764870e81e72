"""Reading the clips that are live today: which there are, what they are, how they were made."""

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from apps.audio.errors import AudioError
from apps.audio.examining import Examined, ExamineOptions, examine
from apps.audio.tagging import Tags, read_tags
from apps.catalog.models import Language, Line
from apps.catalog.series.prefixes import prefix_of
from apps.core.errors import Invalid
from apps.providers.base import RANGES
from apps.review.models import LiveClip
from apps.review.naming import LIVE_FOLDERS, split_version
from apps.storage.errors import StorageError
from apps.storage.objects import ListedObject
from apps.storage.places import Place, get_place
from apps.takes.models.audio import facts_of
from apps.voices.models import Voice

# Clips that were published under the longer tag of the same language.
LONGER_TAGS = {"en": "en-US", "de": "de-DE", "nl": "nl-NL"}
AT_ONCE = 8
BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class ClipListing:
    """What lies in a place for a language, against its lines.

    `gone` are clips that were live there and lie there no longer; none where nothing lies at all,
    for then it is likelier that one looks in the wrong folder.
    """

    language: Language
    place: str
    folder: str
    found: dict[int, ListedObject]
    lines: dict[int, Line]
    gone: list[LiveClip]
    without_clip: list[str] = field(default_factory=list)
    without_line: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ReadClip:
    """One clip as it was read."""

    line: Line
    entry: ListedObject
    examined: Examined
    tags: Tags


@dataclass(frozen=True, slots=True)
class UnreadableClip:
    """One clip that is no audio, or that the place did not give."""

    line: Line
    problem: str


def survey(language: Language, alias: str) -> ClipListing:
    """Compare the place's listing with the language's lines. Raises Invalid, StorageError.

    A clip belongs to the line whose key is its name; `_v003` makes a draft, which is no clip. Only
    the plain voice is looked for: a folder below that of the language may be anything.
    """
    if alias not in LIVE_FOLDERS:
        raise Invalid({"from": f"Clips are adopted from {' or '.join(LIVE_FOLDERS)}."})
    lines = Line.objects.current().filter(language=language).select_related("series", "language")
    by_key = {line.key: line for line in lines}
    place = get_place(alias)
    folder, names = _listing(place, language, alias)
    found = {by_key[name].pk: entry for name, entry in names.items() if name in by_key}
    live = LiveClip.objects.plain().filter(line__language=language, alias=alias)
    gone = live.exclude(line__in=found).select_related("line").order_by("line__key")
    return ClipListing(
        language=language,
        place=alias,
        folder=folder,
        found=found,
        lines={line.pk: line for line in by_key.values()},
        gone=list(gone) if names else [],
        without_clip=sorted(key for key, line in by_key.items() if line.pk not in found),
        without_line=sorted(name for name in names if name not in by_key),
    )


def changed(found: ClipListing) -> dict[int, ListedObject]:
    """Those whose row is not of the object that lies there now."""
    rows = LiveClip.objects.plain().filter(line__in=found.found, alias=found.place)
    known = {line: (key, etag) for line, key, etag in rows.values_list("line", "key", "etag")}
    return {
        line: entry
        for line, entry in found.found.items()
        if known.get(line) != (entry.key, entry.etag)
    }


def read_clips(
    found: ClipListing, chosen: Mapping[int, ListedObject]
) -> Iterator[ReadClip | UnreadableClip]:
    """Read and measure, some at a time; memory holds only those."""
    place, pks = get_place(found.place), list(chosen)

    def read(pk: int) -> ReadClip | UnreadableClip:
        return _read(place, found.lines[pk], chosen[pk])

    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        for start in range(0, len(pks), AT_ONCE):
            yield from pool.map(read, pks[start : start + AT_ONCE])


def columns_of(clip: ReadClip) -> dict[str, Any]:
    """The fields of a LiveClip; the voice, which needs the database, is not among them."""
    examined, tags = clip.examined, clip.tags
    return {
        "key": clip.entry.key,
        "etag": clip.entry.etag,
        **facts_of(examined),
        "text": tags.extra.get("text", ""),
        "service": tags.extra.get("service", "")[:40],
        "voice_name": tags.extra.get("voice", "")[:200],
        "model": tags.extra.get("model_id", "")[:60],
        "settings": settings_of(tags),
        "tags": described(tags),
    }


def tagged_voices(clips: Collection[Mapping[str, str]]) -> list[Voice | None]:
    """For each clip's tags the voice that they name, if it is known here; in one query."""
    named = [(_service_of(tags), _voice_id_of(tags)) for tags in clips]
    ids = {voice_id for _, voice_id in named if voice_id}
    voices = Voice.objects.filter(provider_voice_id__in=ids) if ids else []
    known = {(voice.provider, voice.provider_voice_id): voice for voice in voices}
    return [known.get(one) for one in named]


def _voice_id_of(tags: Mapping[str, str]) -> str:
    """Both spellings occur among clips that are live."""
    return tags.get("voice_id") or tags.get("voiceId", "")


def _service_of(tags: Mapping[str, str]) -> str:
    """`ElevenLabs` is the alias `elevenlabs` here."""
    return tags.get("service", "").casefold().replace(" ", "")


def settings_of(tags: Tags) -> dict[str, float | bool]:
    """The voice settings that a clip's tags name; what is no number is left out."""
    found: dict[str, float | bool] = {}
    for name in RANGES:
        try:
            value = float(tags.extra[name])
        except (KeyError, ValueError):
            continue
        if math.isfinite(value):
            found[name] = value
    boost = BOOLEANS.get(tags.extra.get("use_speaker_boost", "").casefold())
    return found if boost is None else {**found, "use_speaker_boost": boost}


def described(tags: Tags) -> dict[str, str]:
    named = {"title": tags.title, "artist": tags.artist, "album": tags.album, "genre": tags.genre}
    return {name: text for name, text in {**named, **tags.extra}.items() if text}


def _listing(place: Place, language: Language, alias: str) -> tuple[str, dict[str, ListedObject]]:
    """The folder that holds clips of this language, and its clips by name."""
    root = f"{prefix_of(language.series, alias)}{LIVE_FOLDERS[alias]}/"
    folders = [f"{root}{tag}/" for tag in _tags(language.tag)]
    for folder in folders:
        names = _names(place.list(folder), folder)
        if names:
            return folder, names
    return folders[0], {}


def _tags(tag: str) -> list[str]:
    """`de` is also looked for under `de-DE`, and `es-CO` under `es`."""
    others = [LONGER_TAGS.get(tag, ""), tag.split("-")[0]]
    return list(dict.fromkeys([tag, *filter(None, others)]))


def _names(entries: Iterable[ListedObject], folder: str) -> dict[str, ListedObject]:
    clips = {}
    for entry in entries:
        name = entry.key.removeprefix(folder)
        stem = name.removesuffix(".mp3")
        if "/" not in name and stem != name and split_version(stem)[1] is None:
            clips[stem] = entry
    return clips


def _read(place: Place, line: Line, entry: ListedObject) -> ReadClip | UnreadableClip:
    try:
        data = place.read(entry.key)
        examined = examine(data, ExamineOptions(output_format="mp3_44100_128", tags=None))
    except AudioError as error:
        # Its advice is for somebody who renders; a clip that is live is another thing.
        return UnreadableClip(line, str(error).partition(" Nothing was kept")[0])
    except StorageError as error:
        return UnreadableClip(line, str(error))
    return ReadClip(line, entry, examined, read_tags(data))
