"""What a better clip of one line starts from, and what another text would make stale."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, Q

from apps.catalog.models import Line
from apps.review.clips.live_clips import tagged_voices
from apps.review.clips.queries import casts_of
from apps.review.drafts.queries import waiting_drafts
from apps.review.models import Approval, Draft, LiveClip, ReviewLink
from apps.takes.models import Take
from apps.voices.models import Voice


@dataclass(frozen=True, slots=True)
class SpeechSettings:
    """How a line was spoken last. `source` says where from; `lacking` who is no voice here."""

    voice: Voice | None = None
    model: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""
    lacking: str = ""


def speech_of(line: Line) -> SpeechSettings:
    """As the clip that is live; else as the newest draft, the newest take, or the casting says.

    A live clip whose voice is not known here gives only the name of who is lacking: its settings
    are those of another voice.
    """
    live = LiveClip.objects.heard().plain().filter(line=line).select_related("voice").first()
    voice = live and (live.voice or tagged_voices([live.tags])[0])
    if live and voice:
        return SpeechSettings(voice, live.model, live.settings, "the clip that is live")
    found = _of_draft(line) or _of_take(line) or _of_casting(line) or SpeechSettings()
    if live and live.voice_name:
        lacking = f"{live.voice_name} ({live.service})" if live.service else live.voice_name
        return SpeechSettings(found.voice, found.model, found.settings, found.source, lacking)
    return found


def _of_draft(line: Line) -> SpeechSettings | None:
    drafts = Draft.objects.shown().plain().filter(line=line, voice__isnull=False)
    draft = drafts.select_related("voice", "line").order_by("-version").first()
    if draft is None:
        return None
    return SpeechSettings(draft.voice, draft.model, draft.settings, draft.name)


def _of_take(line: Line) -> SpeechSettings | None:
    takes = Take.objects.complete().filter(line=line).select_related("batch__voice")
    take = takes.order_by(F("rank").asc(nulls_last=True), "-pk").first()
    if take is None:
        return None
    return SpeechSettings(take.batch.voice, take.model, take.settings, take.file_name)


def _of_casting(line: Line) -> SpeechSettings | None:
    voice = casts_of([line])[line.pk]
    return SpeechSettings(voice, voice.default_model, {}, "the casting") if voice else None


@dataclass(frozen=True, slots=True)
class Consequences:
    """What says the present text, in any variant, and would no longer say the line's.

    Of a live clip without a text in its tags it is supposed.
    """

    live: bool
    approval: Approval | None
    drafts: int
    links: int

    def __bool__(self) -> bool:
        return bool(self.live or self.approval or self.drafts)


def consequences(line: Line) -> Consequences:
    """Of changing the text of a line now."""
    waiting = waiting_drafts(line.series).filter(line=line, text_key=line.text_key)
    links = ReviewLink.objects.open().filter(series=line.series_id)
    live = LiveClip.objects.heard().filter(line=line)
    showing = Q(linked__draft__in=waiting) | Q(everything=True, languages=line.language_id)
    approvals = Approval.objects.valid().filter(line=line).select_related("draft__line")
    drafts = waiting.count()
    return Consequences(
        live=live.filter(Q(text_key="") | Q(text_key=line.text_key)).exists(),
        approval=approvals.order_by("variant").first(),
        drafts=drafts,
        links=links.filter(showing).distinct().count() if drafts else 0,
    )
