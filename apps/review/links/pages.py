"""Reads the rows of a reviewer's page: lines with live clip, new versions and answers."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby
from urllib.parse import urlencode

from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from apps.catalog.lines.difference import Piece, difference
from apps.catalog.models import Line
from apps.review.links.listening import Heard, heard
from apps.review.links.queries import drafts_of
from apps.review.models import Comment, Draft, Listening, LiveClip, Reviewer, Verdict
from apps.review.naming import sound_name

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
IN_ORDER = ("line__language__tag", "line__position", "line", "variant", "version")
PER_PAGE = 25
"""Lines at a time: a phone lays a thousand players out for a minute."""


@dataclass(slots=True)
class ShownVersion:
    """A draft with this reviewer's verdict and comments."""

    draft: Draft
    letter: str
    verdict: Verdict | None
    heard: Heard
    comments: list[Comment] = field(default_factory=list)

    @property
    def changes(self) -> list[Piece]:
        """The difference from the version's text to the line's present text; empty when equal."""
        draft = self.draft
        return difference(draft.text, draft.line.text) if draft.is_stale else []

    @property
    def label(self) -> str:
        return f"{self.letter}, {self.draft.name}"

    @property
    def is_heard(self) -> bool:
        """Whether the version was heard to its end, as reported or as the reviewer confirmed."""
        verdict = self.verdict
        said = verdict and verdict.confirmed and verdict.decision == Verdict.Decision.APPROVE
        return self.heard.enough_to_approve or bool(said)

    @property
    def audio(self) -> str:
        """The address of the audio, relative to the page."""
        return f"audio/{self.draft.pk}/"

    @property
    def peaks(self) -> str:
        return f"peaks/{self.draft.pk}/"


@dataclass(slots=True)
class ReviewRow:
    """One line in one variant: live clip, text, and versions to decide on.

    `anchor` is the row's id on the page; the id of a line's first row names the line alone.
    """

    line: Line
    variant: str
    anchor: str
    live: LiveClip | None
    versions: list[ShownVersion]
    changes: list[Piece]

    @property
    def is_decided(self) -> bool:
        """Whether a version is chosen, or every version has an answer."""
        answers = [version.verdict for version in self.versions]
        return is_decided([one.decision if one else None for one in answers])

    @property
    def language_name(self) -> str:
        """The line's language in that language, else its tag."""
        tag = self.line.language.tag.lower()
        for known in (tag, tag.split("-")[0]):
            with suppress(KeyError):
                return str(get_language_info(known)["name_local"])
        return self.line.language.tag

    @property
    def unheard(self) -> list[str]:
        """The letters of the versions that were not heard to their end."""
        return [one.letter for one in self.versions if not one.is_heard]

    @property
    def live_audio(self) -> str:
        """The address of the live clip's audio, relative to the page."""
        return f"live/{self.line.pk}/{self._query}"

    @property
    def live_peaks(self) -> str:
        """The address of the live clip's waveform; empty for a clip that was not measured."""
        is_measured = self.live is not None and self.live.frames_sha256
        return f"live/{self.line.pk}/peaks/{self._query}" if is_measured else ""

    @property
    def live_label(self) -> str:
        return f"{sound_name(self.line.key, self.variant)}, {_('now')}"

    @property
    def _query(self) -> str:
        return f"?{urlencode({'variant': self.variant})}" if self.variant else ""


def is_decided(decisions: Collection[str | None]) -> bool:
    """Whether a line is decided, from the decision on each of its versions (None: no answer)."""
    return Verdict.Decision.APPROVE in decisions or all(decisions)


@dataclass(frozen=True, slots=True)
class Outline:
    """The lines of a reviewer's page in script order, and which of them are decided.

    `unsubmitted` is the number of verdicts that are not submitted.
    """

    lines: list[int]
    decided: frozenset[int]
    unsubmitted: int

    @property
    def pages(self) -> int:
        return max(1, -(-len(self.lines) // PER_PAGE))

    def page_with(self, line: int) -> int:
        """The number of the page that holds a line, from 1; 1 for an unknown line."""
        return self.lines.index(line) // PER_PAGE + 1 if line in self.lines else 1

    def page_to_go_on(self) -> int:
        """The number of the page with the first undecided line."""
        return self.page_with(next((one for one in self.lines if one not in self.decided), 0))

    def on_page(self, number: int) -> list[int]:
        return self.lines[(number - 1) * PER_PAGE : number * PER_PAGE]


def outline_of(reviewer: Reviewer) -> Outline:
    """The outline of a reviewer's page, in two queries for any number of lines."""
    verdicts = reviewer.verdicts.values_list("draft", "decision", "submitted_at")
    answers = {draft: (decision, submitted_at) for draft, decision, submitted_at in verdicts}
    decisions: dict[tuple[int, str], list[str | None]] = {}
    unsubmitted = 0
    shown = drafts_of(reviewer.link).order_by(*IN_ORDER)
    for pk, line, variant in shown.values_list("pk", "line", "variant"):
        decision, submitted_at = answers.get(pk, (None, None))
        decisions.setdefault((line, variant), []).append(decision)
        unsubmitted += decision is not None and submitted_at is None
    lines = list(dict.fromkeys(line for line, _ in decisions))
    undecided = {line for (line, _), found in decisions.items() if not is_decided(found)}
    return Outline(lines, frozenset(lines) - undecided, unsubmitted)


def rows_of(reviewer: Reviewer, line_pks: Collection[int] | None = None) -> list[ReviewRow]:
    """The rows of the link's lines (these, or all) in script order, in five queries."""
    shown = drafts_of(reviewer.link).select_related("line__language")
    if line_pks is not None:
        shown = shown.filter(line__in=line_pks)
    drafts = list(shown.order_by(*IN_ORDER))
    clips = LiveClip.objects.heard().filter(line__in={draft.line_id for draft in drafts})
    live = {clip.sound: clip for clip in clips}
    versions = _versions(reviewer, drafts)
    rows: list[ReviewRow] = []
    for sound, group in groupby(drafts, key=lambda draft: draft.sound):
        is_first = not rows or rows[-1].line.pk != sound[0]
        anchor = f"line-{sound[0]}" if is_first else f"line-{sound[0]}-{len(rows)}"
        rows.append(_row(list(group), anchor, live.get(sound), versions))
    return rows


def _versions(reviewer: Reviewer, drafts: Sequence[Draft]) -> dict[int, ShownVersion]:
    here = {"reviewer": reviewer, "draft__in": drafts}
    verdicts = {one.draft_id: one for one in Verdict.objects.filter(**here)}
    ranges = {one.draft_id: one.ranges for one in Listening.objects.filter(**here)}
    comments: dict[int, list[Comment]] = defaultdict(list)
    for comment in Comment.objects.filter(deleted_at=None, **here):
        comments[comment.draft_id].append(comment)
    return {
        draft.pk: ShownVersion(
            draft,
            "",
            verdicts.get(draft.pk),
            heard(ranges.get(draft.pk, []), draft.duration),
            comments[draft.pk],
        )
        for draft in drafts
    }


def _row(
    drafts: Sequence[Draft],
    anchor: str,
    live: LiveClip | None,
    versions: dict[int, ShownVersion],
) -> ReviewRow:
    shown = [versions[draft.pk] for draft in drafts]
    for index, version in enumerate(shown):
        version.letter = LETTERS[index] if index < len(LETTERS) else str(index + 1)
    line = drafts[0].line
    is_other = live is not None and live.text_key and not live.says(line.text)
    changes = difference(live.text, line.text) if live and is_other else []
    return ReviewRow(line, drafts[0].variant, anchor, live, shown, changes)
