"""What a reviewer's page shows: lines with the old clip, the new versions and their answers."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

from apps.catalog.models import Line
from apps.catalog.words import Piece, difference
from apps.review.listening import Heard, heard
from apps.review.models import Comment, Draft, Listening, LiveClip, Reviewer, Verdict
from apps.review.queries import drafts_of

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(slots=True)
class Version:
    """One draft as this reviewer finds it."""

    draft: Draft
    letter: str
    verdict: Verdict | None
    heard: Heard
    comments: list[Comment] = field(default_factory=list)


@dataclass(slots=True)
class Row:
    """One line: what is live, what it says, what is proposed."""

    line: Line
    live: LiveClip | None
    versions: list[Version]
    changes: list[Piece]

    @property
    def is_decided(self) -> bool:
        """A version is chosen, or every one has an answer."""
        answers = [version.verdict for version in self.versions]
        chosen = any(one and one.decision == Verdict.Decision.APPROVE for one in answers)
        return chosen or all(answers)

    @property
    def is_unheard(self) -> bool:
        return not any(version.heard.seconds for version in self.versions)


def rows_of(reviewer: Reviewer) -> list[Row]:
    """All lines of the reviewer's link in the order of the script, in five queries."""
    shown = drafts_of(reviewer.link).select_related("line__language").defer("peaks")
    drafts = list(shown.order_by("line__language__tag", "line__position", "line", "version"))
    clips = LiveClip.objects.filter(line__in={draft.line_id for draft in drafts}).defer("peaks")
    live = {clip.line_id: clip for clip in clips}
    versions = _versions(reviewer, drafts)
    return [
        _row(list(group), live.get(line.pk), versions)
        for line, group in groupby(drafts, key=lambda draft: draft.line)
    ]


def _versions(reviewer: Reviewer, drafts: Sequence[Draft]) -> dict[int, Version]:
    here = {"reviewer": reviewer, "draft__in": drafts}
    verdicts = {one.draft_id: one for one in Verdict.objects.filter(**here)}
    ranges = {one.draft_id: one.ranges for one in Listening.objects.filter(**here)}
    comments: dict[int, list[Comment]] = defaultdict(list)
    for comment in Comment.objects.filter(deleted_at=None, **here):
        comments[comment.draft_id].append(comment)
    return {
        draft.pk: Version(
            draft,
            "",
            verdicts.get(draft.pk),
            heard(ranges.get(draft.pk, []), draft.duration),
            comments[draft.pk],
        )
        for draft in drafts
    }


def _row(drafts: Sequence[Draft], live: LiveClip | None, versions: dict[int, Version]) -> Row:
    own = [versions[draft.pk] for draft in drafts]
    for index, version in enumerate(own):
        version.letter = LETTERS[index] if index < len(LETTERS) else str(index + 1)
    line = drafts[0].line
    spoken = live.text if live else ""
    changes = difference(spoken, line.text) if spoken and spoken != line.text else []
    return Row(line, live, own, changes)
