"""All winners of a batch become drafts: asked for once, saved by a worker, never twice."""

import pytest
from django.urls import reverse
from guardian.shortcuts import assign_perm
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from apps.audit.models import Event
from apps.review.drafts.saving import save_draft
from apps.review.drafts.services.hiding import hide_drafts
from apps.review.drafts.services.winners import order_winners
from apps.review.drafts.winners import MOST_ATTEMPTS
from apps.review.models import Draft, WinnerSave
from apps.storage.places import get_place
from apps.takes.models import Take
from apps.takes.ranking.services import rank_take
from apps.work.queues import get_queue
from apps.work.sweeping import sweep
from tests.factories import LineFactory, UserFactory
from tests.review.clips import make_take

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def batch(language):
    """Three lines in one batch, two of them with a winner."""
    takes = [make_take(LineFactory(language=language)) for _ in range(3)]
    first = takes[0].batch
    for take in takes[1:]:
        source = take.key
        Take.objects.filter(pk=take.pk).update(batch=first)
        take.refresh_from_db()
        move(source, take)
    for take in takes[:2]:
        rank_take(take, 1, by=None)
    return first


def move(source, take):
    place = get_place("takes")
    place.local_path(source).rename(place.local_path(take.key))


def work():
    queue = get_queue()
    SimpleWorker([queue], connection=queue.connection, serializer=JSONSerializer).work(burst=True)


@pytest.fixture
def manager(client, batch):
    person = UserFactory(username="ada")
    for permission in ("view", "review"):
        assign_perm(f"catalog.{permission}_series", person, batch.series)
    client.force_login(person)
    return person


def test_winners_are_saved_by_a_worker_and_followed(client, manager, batch, redis_clean):
    page = reverse("admin:review_winners", args=[batch.batch_id])
    progress = reverse("admin:review_winners_progress", args=[batch.batch_id])
    assert "Save 2 winners as drafts" in client.get(page).content.decode()
    assert client.get(progress).json()["status"] == "pending", "nobody has asked yet"
    assert "2 drafts are being saved" in client.post(page, follow=True).content.decode()
    assert client.get(progress).json()["status"] == "processing"
    work()
    assert [draft.saved_by for draft in Draft.objects.all()] == [manager, manager]
    done = client.get(progress).json()
    assert (done["status"], done["complete"], done["total"]) == ("completed", 2, 2)
    again = client.post(page, follow=True).content.decode()
    assert "No winner is left to save" in again
    assert Event.objects.get(verb="winners.ordered").data == {"drafts": 2}


def test_asking_twice_saves_once(client, manager, batch, redis_clean):
    page = reverse("admin:review_winners", args=[batch.batch_id])
    client.post(page)
    client.post(page)
    work()
    assert Draft.objects.count() == 2


def test_what_holds_it_up_is_said_and_the_rest_follows(
    client, manager, batch, redis_clean, audio_root
):
    page = reverse("admin:review_winners", args=[batch.batch_id])
    progress = reverse("admin:review_winners_progress", args=[batch.batch_id])
    broken = batch.takes.filter(rank=1).order_by("line__position").first()
    path = get_place("takes").local_path(broken.key)
    whole = path.read_bytes()
    path.write_bytes(b"something else")
    client.post(page)
    work()
    told = client.get(progress).json()
    assert (told["status"], told["complete"], told["failed"]) == ("failed", 1, 1)
    assert "Not saved:" in told["message"] and broken.key in told["message"]
    path.write_bytes(whole)
    assert "Save 1 winner as drafts" in client.get(page).content.decode()
    client.post(page)
    assert client.get(progress).json()["status"] == "processing"
    work()
    assert client.get(progress).json()["status"] == "completed"
    assert "winner as drafts" not in client.get(page).content.decode()


def test_a_place_that_cannot_be_written_to_is_said(client, manager, batch, redis_clean, places):
    (places / "drafts").mkdir(parents=True, exist_ok=True)
    (places / "drafts" / "Levels").write_text("a file where a folder should be")
    client.post(reverse("admin:review_winners", args=[batch.batch_id]))
    work()
    progress = reverse("admin:review_winners_progress", args=[batch.batch_id])
    told = client.get(progress).json()
    assert (told["status"], told["failed"]) == ("failed", 2)
    assert "drafts" in told["message"]


def test_a_take_that_is_a_draft_stays_that_one(batch):
    take = batch.takes.filter(rank=1).first()
    assert save_draft(take, by=None) == save_draft(take, by=None)


def test_without_a_queue_nothing_is_promised(client, manager, batch, settings):
    settings.RQ_QUEUES = {
        **settings.RQ_QUEUES,
        "default": {**settings.RQ_QUEUES["default"], "URL": "redis://127.0.0.1:9/0"},
    }
    page = reverse("admin:review_winners", args=[batch.batch_id])
    assert "The queue cannot be reached" in client.post(page, follow=True).content.decode()
    assert not Event.objects.filter(verb="winners.ordered").exists()


def test_it_takes_the_permission_to_review(client, batch):
    visitor = UserFactory()
    assign_perm("catalog.view_series", visitor, batch.series)
    client.force_login(visitor)
    for name in ("review_winners", "review_winners_progress"):
        assert client.get(reverse(f"admin:{name}", args=[batch.batch_id])).status_code == 404


def save_of(batch):
    return WinnerSave.objects.filter(batch=batch).order_by("line__position", "line").first()


def test_the_take_that_is_first_when_the_worker_comes_is_saved(batch, redis_clean):
    loser, winner = same_line(batch)
    rank_take(loser, 1, by=None)
    order_winners(batch, by=None)
    rank_take(winner, 1, by=None)
    work()
    assert Draft.objects.get(line=winner.line).take == winner


def same_line(batch):
    """Two takes of the batch's third line."""
    first = batch.takes.filter(rank=None).get()
    second = make_take(first.line)
    source = second.key
    Take.objects.filter(pk=second.pk).update(batch=batch, take_number=2, file_name="second.mp3")
    second.refresh_from_db()
    move(source, second)
    return first, second


def test_a_line_that_has_no_winner_any_more_is_cancelled(batch, redis_clean):
    order_winners(batch, by=None)
    save = save_of(batch)
    rank_take(batch.takes.get(line=save.line), None, by=None)
    work()
    save.refresh_from_db()
    assert (save.status, save.draft) == ("cancelled", None)
    assert Draft.objects.count() == 1


def test_a_draft_that_was_put_aside_is_saved_again(batch, redis_clean, ada):
    order_winners(batch, by=None)
    work()
    save = save_of(batch)
    hide_drafts([save.draft], by=None)
    assert order_winners(batch, by=ada) == 1
    work()
    again = save_of(batch)
    assert (again.pk, again.status, again.ordered_by) == (save.pk, "saved", ada)
    assert again.draft.version == 2


def test_winners_that_the_queue_forgot_are_queued_again(batch, redis_clean):
    order_winners(batch, by=None)
    redis_clean.flushall()
    assert sweep().requeued["winners"] == 2
    assert sweep().requeued["winners"] == 0
    work()
    assert Draft.objects.count() == 2


def test_a_take_that_ends_its_workers_holds_no_other_one_up(batch, redis_clean):
    order_winners(batch, by=None)
    WinnerSave.objects.filter(pk=save_of(batch).pk).update(attempts=MOST_ATTEMPTS)
    work()
    assert save_of(batch).status == "failed"
    assert "worker died 5 times" in save_of(batch).error
    assert Draft.objects.count() == 1
