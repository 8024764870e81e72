"""Making a better clip of one line, or of several."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from apps.audit.services import Actor
from apps.catalog.lines.readiness import name_unspeakable
from apps.catalog.lines.services import edit_line
from apps.catalog.models import Line
from apps.catalog.texts import Readiness
from apps.core.errors import DomainError, Invalid
from apps.review.clips.patches import speech_of
from apps.takes.models import Take
from apps.takes.ordering.services.previews import order_preview
from apps.voices.models import Voice

MOST_AT_ONCE = 50


@transaction.atomic
def regenerate(
    line: Line,
    voice: Voice,
    *,
    settings: Mapping[str, Any],
    by: Actor,
    model: str = "",
    text: str | None = None,
) -> Take:
    """Order a preview, of a new text if one is given; either both happen or none.

    Raises Invalid, LineChanged when somebody else was quicker, and Unavailable without a queue.
    """
    if text is not None:
        line = edit_line(line, by=by, text=text)
    return order_preview(line, voice, settings=settings, model=model, by=by)


@transaction.atomic
def regenerate_many(lines: Sequence[Line], *, by: Actor) -> tuple[list[Take], str]:
    """Order a preview of each line that can be spoken, as it was spoken last; all or none.

    Also says which lines were left out. Raises DomainError for more than 50, when none can be
    spoken, or when nobody is known to speak some.
    """
    if len(lines) > MOST_AT_ONCE:
        raise DomainError(
            f"These are {len(lines)} lines; {MOST_AT_ONCE} at most get previews at once. "
            "Use Generate takes for more. Nothing was ordered."
        )
    left_out = name_unspeakable((line.key, line.readiness) for line in lines)
    spoken = [(line, speech_of(line)) for line in lines if line.readiness == Readiness.SPEAKABLE]
    if not spoken:
        raise DomainError(f"{left_out}. Nothing was ordered.")
    silent = [line.key for line, speech in spoken if speech.voice is None]
    if silent:
        raise Invalid(
            {"lines": f"No voice is known for {', '.join(silent[:5])}. Nothing was ordered."}
        )
    ordered = [
        order_preview(line, speech.voice, settings=speech.settings, model=speech.model, by=by)
        for line, speech in spoken
        if speech.voice is not None
    ]
    return ordered, left_out
