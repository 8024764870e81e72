"""Reading for the clip table: lines with what is live, what is proposed, and how far they are."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from apps.accounts.models import User
from apps.catalog.models import Language, Line
from apps.review.models import Approval, Draft, LiveClip
from apps.review.states import STATES, in_state, with_state
from apps.takes.models import Take

COUNT_LIMIT = 10_001
MOST_PREVIEWS = 10  # of one line, in front of one person


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `previews` are the person's own, newest first."""

    line: Line
    state: str
    live: LiveClip | None
    draft: Draft | None
    approval: Approval | None
    previews: Sequence[Take]

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
    def ready(self) -> Take | None:
        """The newest preview that can be heard."""
        return newest_heard(self.previews)

    @property
    def is_making(self) -> bool:
        return any(take.status in Take.UNFINISHED for take in self.previews)


def newest_heard(previews: Sequence[Take]) -> Take | None:
    """The first that is complete, of previews with the newest first."""
    return next((take for take in previews if take.status == Take.Status.COMPLETE), None)


def lines_of(language: Language, state: str = "", words: str = "") -> QuerySet[Line]:
    """Current lines in the order of the script; with a state or words, those that fit."""
    series = language.series
    lines: QuerySet[Line] = Line.objects.current().filter(series=series, language=language)
    if words:
        lines = lines.filter(Q(key__icontains=words) | Q(text__icontains=words))
    if state:
        lines = in_state(lines, series, state)
    return lines.order_by("position", "pk")


def counts(language: Language) -> dict[str, int]:
    """How many lines are in each state, and under "" how many there are; up to 10,001 of each."""
    return {
        state: lines_of(language, state).order_by().values("pk")[:COUNT_LIMIT].count()
        for state in ["", *STATES]
    }


def rows_of(lines: Sequence[Line], person: User) -> list[Row]:
    """What the table shows of some lines of one language, in five queries."""
    if not lines:
        return []
    pks = [line.pk for line in lines]
    facts = _facts(lines)
    live = {clip.line_id: clip for clip in LiveClip.objects.filter(line__in=pks).defer("peaks")}
    newest = [draft for _, draft in facts.values() if draft]
    drafts = {draft.line_id: draft for draft in Draft.objects.defer("peaks").filter(pk__in=newest)}
    standing = Approval.objects.standing().filter(line__in=pks).select_related("draft")
    approvals = {approval.line_id: approval for approval in standing.defer("draft__peaks")}
    previews = previews_of(pks, person)
    rows = []
    for line in lines:
        draft, approval = drafts.get(line.pk), approvals.get(line.pk)
        # What is shown of them says the line's key and compares its text.
        if draft:
            draft.line = line
        if approval:
            approval.line = approval.draft.line = line
        state, _ = facts[line.pk]
        rows.append(Row(line, state, live.get(line.pk), draft, approval, previews[line.pk]))
    return rows


def _facts(lines: Sequence[Line]) -> dict[int, tuple[str, int | None]]:
    """The state of each line, and the key of its newest draft that is shown."""
    shown = Draft.objects.shown().filter(line=OuterRef("pk")).order_by("-version")
    chosen = Line.objects.filter(pk__in=[line.pk for line in lines]).order_by()
    found = with_state(chosen, lines[0].series).values_list(
        "pk", "state", Subquery(shown.values("pk")[:1])
    )
    return {pk: (state, newest) for pk, state, newest in found}


def previews_of(lines: Sequence[int], person: User) -> dict[int, list[Take]]:
    """The person's own previews that nobody has saved, newest first."""
    takes = Take.objects.filter(
        line__in=lines, run__ordered_by=person, expires_at__gt=timezone.now()
    )
    found: dict[int, list[Take]] = {line: [] for line in lines}
    for take in takes.select_related("batch__voice").order_by("-pk"):
        if len(found[take.line_id]) < MOST_PREVIEWS:
            found[take.line_id].append(take)
    return found
