"""What review shows on Home and offers on the pages below it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from guardian.shortcuts import assign_perm

from apps.catalog.lines.services import edit_line
from apps.review.approvals.services import approve_drafts
from apps.review.links import queries
from apps.review.models import Reviewer
from tests.factories import LanguageFactory, LineFactory, UserFactory
from tests.review.clips import invite, make_draft, make_take

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    return UserFactory(is_superuser=True)


def test_answers_of_long_ago_are_counted(person, line):
    draft = make_draft(line)
    reviewers = [invite([draft])[0] for _ in range(3)]
    now = timezone.now()
    for days, reviewer in zip((1, 2, 15), reviewers, strict=True):
        Reviewer.objects.filter(pk=reviewer.pk).update(submitted_at=now - timedelta(days=days))
    found = queries.answered_reviewers(person)
    assert list(found.rows) == reviewers[:2]
    assert (found.total, found.more) == (3, "1")


def test_stale_approvals_are_counted_by_series(person, places):
    for slug, number in (("Few", 1), ("Many", 2)):
        language = LanguageFactory(series__slug=slug)
        for _ in range(number):
            line = LineFactory(language=language)
            approve_drafts([make_draft(line)], by=person)
            edit_line(line, text="Something else.", by=None)
    found = queries.stale_approvals(person)
    assert [(series.slug, number) for series, number in found.rows] == [("Many", 2), ("Few", 1)]
    assert (found.total, found.more) == (2, "")


def test_home_leads_to_answers_and_stale_clips(client, person, line):
    draft = make_draft(line)
    reviewer, _ = invite([draft])
    Reviewer.objects.filter(pk=reviewer.pk).update(submitted_at=timezone.now(), name="<Maria>")
    approve_drafts([draft], by=person)
    edit_line(line, text="Something else.", by=None)
    client.force_login(person)
    shown = client.get(reverse("admin:index")).text
    assert reverse("admin:review_reviewlink_change", args=[reviewer.link_id]) in shown
    assert "<bdi>&lt;Maria&gt;</bdi>" in shown
    assert reverse("admin:review_clips", args=[line.series_id]) + "?state=stale" in shown


@pytest.mark.parametrize("may_review", [True, False])
def test_winners_are_offered_to_whoever_may_review(client, line, may_review):
    take = make_take(line)
    curator = UserFactory()
    for name in ("view", "rank", *(["review"] if may_review else [])):
        assign_perm(f"catalog.{name}_series", curator, line.series)
    client.force_login(curator)
    winners = reverse("admin:review_winners", args=[take.batch.batch_id])
    board = reverse("admin:takes_board", args=[take.batch.batch_id])
    batches = reverse("admin:takes_batch_changelist")
    run = reverse("admin:takes_run_change", args=[take.run_id])
    for address in (board, batches, run):
        assert (winners in client.get(address).text) == may_review, address
    for address in (batches, run):
        assert board in client.get(address).text, address


def test_a_line_leads_to_its_clip_while_the_script_holds_it(client, person, line):
    client.force_login(person)
    clip = reverse("admin:review_clip", args=[line.series_id, line.pk])
    address = reverse("admin:catalog_line_change", args=[line.pk])
    assert clip in client.get(address).text
    line.retired_at = timezone.now()
    line.save()
    assert clip not in client.get(address).text
