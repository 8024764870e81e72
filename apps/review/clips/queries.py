"""Reading for the clip table: lines with what is live, what is proposed, and how far they are."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from apps.accounts.models import User
from apps.catalog.models import Language, Line
from apps.review.clips.states import MEANINGS, STATES, in_state, with_state
from apps.review.models import Approval, Draft, LiveClip
from apps.takes.models import Take
from apps.voices.models import Casting, Voice

MOST_PREVIEWS = 10  # of one line, in front of one person


@dataclass(frozen=True, slots=True)
class ClipRow:
    """One line of the table, in the plain voice.

    `previews` are the person's own, newest first; `cast` speaks for its character.
    """

    line: Line
    state: str
    live: LiveClip | None
    draft: Draft | None
    approval: Approval | None
    previews: Sequence[Take]
    cast: Voice | None

    @property
    def why(self) -> str:
        """What is no longer true of a stale line; empty of any other."""
        if self.state != "stale":
            return ""
        if self.approval and self.approval.stale_because:
            return self.approval.stale_because
        is_old = self.draft is not None and self.draft.is_stale
        return f"The {'newest draft' if is_old else 'clip that is live'} says something else."

    @property
    def word(self) -> str:
        return STATES[self.state]

    @property
    def meaning(self) -> str:
        return MEANINGS[self.state]

    @property
    def ready(self) -> Take | None:
        """The newest preview that can be heard."""
        return newest_heard(self.previews)

    @property
    def heard(self) -> int:
        """How many previews can be heard."""
        return sum(take.status == Take.Status.COMPLETE for take in self.previews)

    @property
    def otherwise(self) -> set[int]:
        """The keys of previews that say something else than the line says now."""
        return {take.pk for take in self.previews if not self.line.says(take.text)}

    @property
    def is_making(self) -> bool:
        return any(take.status in Take.UNFINISHED for take in self.previews)

    @property
    def has_failed(self) -> bool:
        """Whether the newest preview could not be made."""
        return bool(self.previews) and self.previews[0].status == Take.Status.FAILED


def newest_heard(previews: Sequence[Take]) -> Take | None:
    """The first that is complete, of previews with the newest first."""
    return next((take for take in previews if take.status == Take.Status.COMPLETE), None)


def lines_of(language: Language, state: str = "", words: str = "") -> QuerySet[Line]:
    """Current lines in the order of the script; with a state or words, those that fit."""
    series = language.series
    lines: QuerySet[Line] = Line.objects.current().filter(series=series, language=language)
    if words:
        lines = lines.filter(_says("key", words) | _says("text", words))
    if state:
        lines = in_state(lines, series, state)
    return lines.order_by("position", "pk")


def _says(field: str, words: str) -> Q:
    """In capitals or not; SQLite's own comparison knows that of ASCII's letters only."""
    if connection.vendor == "sqlite" and not words.isascii():
        return Q(**{f"{field}__iregex": re.escape(words)})
    return Q(**{f"{field}__icontains": words})


def counts(language: Language, words: str = "") -> dict[str, int]:
    """How many lines that fit the words are in each state, and under "" how many fit."""
    return {state: lines_of(language, state, words).count() for state in ["", *STATES]}


def rows_of(lines: Sequence[Line], person: User) -> list[ClipRow]:
    """What the table shows of some lines of one Series, in six queries."""
    if not lines:
        return []
    pks = [line.pk for line in lines]
    facts = _facts(lines)
    live = {clip.line_id: clip for clip in LiveClip.objects.heard().plain().filter(line__in=pks)}
    newest = [draft for _, draft in facts.values() if draft]
    drafts = {draft.line_id: draft for draft in Draft.objects.filter(pk__in=newest)}
    in_force = Approval.objects.in_force().plain().filter(line__in=pks).select_related("draft")
    approvals = {approval.line_id: approval for approval in in_force}
    previews, casts = previews_of(pks, person), casts_of(lines)
    rows = []
    for line in lines:
        draft, approval = drafts.get(line.pk), approvals.get(line.pk)
        # What is shown of them says the line's key and compares its text.
        if draft:
            draft.line = line
        if approval:
            approval.line = approval.draft.line = line
        state, _ = facts[line.pk]
        cast = casts[line.pk]
        rows.append(
            ClipRow(line, state, live.get(line.pk), draft, approval, previews[line.pk], cast)
        )
    return rows


def _facts(lines: Sequence[Line]) -> dict[int, tuple[str, int | None]]:
    """The state of each line, and the key of its newest draft that is shown."""
    shown = Draft.objects.shown().plain().filter(line=OuterRef("pk")).order_by("-version")
    chosen = Line.objects.filter(pk__in=[line.pk for line in lines]).order_by()
    found = with_state(chosen, lines[0].series).values_list(
        "pk", "state", Subquery(shown.values("pk")[:1])
    )
    return {pk: (state, newest) for pk, state, newest in found}


def casts_of(lines: Sequence[Line]) -> dict[int, Voice | None]:
    """Who plays the character of each line in its language, else in all."""
    spoken = Q(language__in={line.language_id for line in lines}) | Q(language=None)
    characters = {line.character_id for line in lines}
    castings = Casting.objects.filter(spoken, character__in=characters).select_related("voice")
    voices: dict[tuple[int | None, int | None], Voice] = {
        (one.character_id, one.language_id): one.voice for one in castings
    }

    def cast(line: Line) -> Voice | None:
        here = (line.character_id, line.language_id)
        return voices.get(here) or voices.get((line.character_id, None))

    return {line.pk: cast(line) for line in lines}


def previews_of(lines: Sequence[int], person: User) -> dict[int, list[Take]]:
    """The person's own previews that nobody has saved, newest first."""
    takes = Take.with_previews.filter(
        line__in=lines, run__ordered_by=person, expires_at__gt=timezone.now()
    )
    found: dict[int, list[Take]] = {line: [] for line in lines}
    for take in takes.select_related("batch__voice").order_by("-pk"):
        if len(found[take.line_id]) < MOST_PREVIEWS:
            found[take.line_id].append(take)
    return found
