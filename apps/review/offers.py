"""What review offers on a Series, a line, a take, a batch and on Home."""

from dataclasses import replace

from django.db.models import Count
from django.urls import reverse
from django.utils.html import format_html
from django.utils.timesince import timesince

from apps.catalog.models import Line, Series
from apps.core.access import Person
from apps.core.registry import (
    CsrfFailurePage,
    Found,
    HomeSection,
    Link,
    Row,
    Tab,
    offers,
)
from apps.review.links import queries
from apps.review.links.views.entrance import forged
from apps.review.models import LiveClip, Reviewer
from apps.takes.models import Batch, Take


def _clips(series: Series) -> str:
    return reverse("admin:review_clips", args=[series.pk])


def _clips_by_language(series: Series) -> dict[str, int]:
    clips = LiveClip.objects.filter(series=series, line__retired_at=None).order_by()
    return dict(clips.values_list("line__language__tag").annotate(Count("pk")))


def _clip(line: Line) -> str:
    return reverse("admin:review_clip", args=[line.series_id, line.pk])


def _clip_of_take(take: Take) -> str:
    return reverse("admin:review_clip", args=[take.series_id, take.line_id])


def _winners(batch: Batch) -> str:
    return reverse("admin:review_winners", args=[batch.batch_id])


def _answered(person: Person) -> Found:
    found = queries.answered_reviewers(person)
    links = reverse("admin:review_reviewlink_changelist")
    return replace(found, rows=[_row_of(one) for one in found.rows], address=links)


def _row_of(reviewer: Reviewer) -> Row:
    address = reverse("admin:review_reviewlink_change", args=[reviewer.link_id])
    text = format_html("<bdi>{}</bdi>: {}", reviewer, reviewer.link)
    ago = timesince(reviewer.submitted_at) if reviewer.submitted_at else ""
    return Row(address, text, note=f"{reviewer.link.series}, {ago} ago")


def _stale(person: Person) -> Found:
    found = queries.stale_approvals(person)
    rows = [Row(f"{_clips(one)}?state=stale", one.title, number) for one, number in found.rows]
    return replace(found, rows=rows, address=reverse("admin:review_liveclip_changelist"))


offers.series.append(Tab("Clips", _clips, counts=_clips_by_language))
offers.line.append(Link("Clip", _clip, applies=lambda line: line.retired_at is None))
offers.take.append(Link("Clip", _clip_of_take, applies=lambda take: take.line.retired_at is None))
offers.batch.append(Link("Save winners", _winners, "review"))
offers.home_sections.extend(
    [
        HomeSection("Partners have answered", _answered),
        HomeSection("Stale approvals", _stale),
    ]
)
offers.csrf_failures.append(CsrfFailurePage("/review/", forged))
