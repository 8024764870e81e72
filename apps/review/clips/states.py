"""How far a line is on its way to a better clip: derived, in SQL, from what stands in the rows."""

from collections.abc import Mapping

from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, Value, When

from apps.catalog.models import Line, Series
from apps.catalog.texts import Readiness
from apps.review.drafts.queries import waiting_drafts
from apps.review.models import Approval, Draft, LinkedDraft, LiveClip, ReviewLink
from apps.review.naming import PLAIN

STATES: Mapping[str, str] = {
    "review": "in review",
    "draft": "draft waiting",
    "approved": "approved",
    "stale": "stale",
    "live": "live",
    "no_text": "no text to speak",
    "no_audio": "no audio",
}
"""The words for each; of those that hold, the first is the state of a line."""

MEANINGS: Mapping[str, str] = {
    "review": "info",
    "draft": "info",
    "approved": "ok",
    "stale": "warn",
    "live": "ok",
    "no_text": "info",
    "no_audio": "fail",
}
"""The colour and icon of each."""


def with_state(lines: QuerySet[Line], series: Series) -> QuerySet[Line]:
    """Lines of a Series, each with its `state`."""
    whens = [When(condition, then=Value(name)) for name, condition in _holds(series).items()]
    return lines.annotate(
        state=Case(*whens, default=Value("no_audio"), output_field=CharField(max_length=8))
    )


def in_state(lines: QuerySet[Line], series: Series, state: str) -> QuerySet[Line]:
    """Lines of a Series that are in a state. Raises KeyError for an unknown one."""
    holds = {**_holds(series), "no_audio": Q()}
    for name, condition in holds.items():
        if name == state:
            return lines.filter(condition)
        # Each on its own, so that the database can join instead of asking row by row.
        lines = lines.filter(~condition)
    raise KeyError(state)


def _holds(series: Series) -> dict[str, Q]:
    """What must be true of a line in the plain voice, in the order in which it is asked."""
    of_line = {"line": OuterRef("pk"), "variant": PLAIN}
    waiting = waiting_drafts(series).filter(**of_line)
    current = waiting.filter(text_key=OuterRef("text_key"))
    live = LiveClip.objects.heard().filter(**of_line)
    known = live.exclude(text_key="")
    return {
        "review": Q(Exists(_under_review(current, series))),
        "draft": Q(Exists(current)),
        "approved": Q(Exists(Approval.objects.valid().filter(**of_line))),
        "stale": Q(Exists(waiting))
        | Q(Exists(Approval.objects.outdated().filter(**of_line)))
        | Q(Exists(known.exclude(text_key=OuterRef("text_key")))),
        "live": Q(Exists(live)),
        "no_text": ~Q(readiness=Readiness.SPEAKABLE),
    }


def _under_review(drafts: QuerySet[Draft], series: Series) -> QuerySet[Draft]:
    """Those that a link shows which is open now."""
    links = ReviewLink.objects.open().filter(series=series)
    chosen = LinkedDraft.objects.filter(draft=OuterRef("pk"), link__in=links.values("pk"))
    whole = links.filter(everything=True).values("languages")
    return drafts.filter(Q(Exists(chosen)) | Q(line__language__in=whole))
