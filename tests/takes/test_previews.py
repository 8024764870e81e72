"""Previews: heard at once, in no list, gone after a day unless they are saved."""

import io
from datetime import timedelta

import django_rq
import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from apps.core.errors import DomainError
from apps.storage.places import get_place
from apps.takes.management.commands.generate import render_inline
from apps.takes.models import Batch, Run, Take
from apps.takes.ordering.services import previews
from apps.takes.ordering.services.previews import expire_previews, keep_preview, order_preview
from apps.takes.rendering.finishing import finish_batch
from apps.takes.rendering.jobs import PREVIEWS, QUEUE
from apps.takes.tree import documents
from apps.work.sweeping import sweep
from tests.factories import LanguageFactory, LineFactory, UserFactory, VoiceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def line():
    return LineFactory(language=LanguageFactory(series__slug="Lantern"), text="Lanterns burn.")


@pytest.fixture
def preview(line, audio_root, transactional_db):
    made = order_preview(line, VoiceFactory(), settings={"speed": 1.1}, by=None, queue=False)
    render_inline(made.run)
    made.refresh_from_db()
    return made


def let_expire():
    Take.with_previews.update(expires_at=timezone.now() - timedelta(seconds=1))


def test_a_preview_is_rendered_and_stands_in_no_list(preview, client, audio_root):
    assert preview.status == "complete"
    assert get_place("takes").exists(preview.key)
    assert not (audio_root / preview.batch.path / "metadata.json").exists()
    client.force_login(UserFactory(is_superuser=True))
    for model in ("run", "batch", "take"):
        page = client.get(reverse(f"admin:takes_{model}_changelist")).content.decode()
        assert preview.line.key not in page and preview.batch.batch_id not in page
    assert client.get("/api/batches").json() == {"data": []}
    assert "Nothing is being generated." in client.get(reverse("admin:index")).text


@pytest.mark.parametrize("model", [Run, Batch, Take])
def test_managers_hide_previews_unless_they_are_asked_for(preview, model):
    shown = {Run: preview.run, Batch: preview.batch, Take: preview}[model]
    assert not model.objects.exists()
    assert model.with_previews.get() == shown
    shown.refresh_from_db()


def test_no_relation_leads_to_a_preview(preview):
    """From every row that points at runs, batches or takes, or that they point at."""
    rows = (preview.series, preview.line, preview.batch.voice, preview.run, preview.batch)
    walked = 0
    for row in rows:
        for link in row._meta.related_objects:
            if link.related_model in (Run, Batch, Take) and not link.hidden:
                assert not getattr(row, link.get_accessor_name()).exists(), link
                walked += 1
    assert walked >= 7
    assert preview.batch.run == preview.run


def test_no_page_or_document_names_a_preview(preview, client):
    client.force_login(UserFactory(is_superuser=True))
    batch = preview.batch.batch_id
    hidden = [f"/api/batch/{batch}", reverse("admin:takes_board", args=[batch])]
    assert [client.get(address).status_code for address in hidden] == [404, 404]
    assert documents.metadata(preview.batch)["takes"] == []
    told = io.StringIO()
    call_command("rebuild_tree", "--all", "--json", stdout=told)
    assert batch not in told.getvalue()


def test_each_preview_sounds_anew(line, audio_root):
    first = order_preview(line, VoiceFactory(), settings={}, by=None, queue=False)
    second = order_preview(line, VoiceFactory(), settings={}, by=None, queue=False)
    assert first.seed != second.seed


def test_previews_do_not_wait_behind_runs(line, redis_clean, audio_root):
    order_preview(line, VoiceFactory(), settings={}, by=None)
    assert django_rq.get_queue(PREVIEWS).count == 1
    assert django_rq.get_queue(QUEUE).count == 0
    assert sweep().requeued["render"] == 0, "it waits in a queue already"


def test_after_a_day_it_is_gone(preview, audio_root):
    assert expire_previews() == 0
    key = preview.key
    let_expire()
    assert expire_previews() == 1
    assert not get_place("takes").exists(key)
    assert not any(model.with_previews.exists() for model in (Take, Batch, Run))


def test_a_preview_that_expires_while_it_is_finished_is_no_error(preview):
    batch = preview.batch
    let_expire()
    expire_previews()
    assert finish_batch(batch) is False


def test_what_is_gone_is_not_kept(preview):
    let_expire()
    expire_previews()
    with pytest.raises(DomainError, match="has expired"):
        keep_preview(preview)


def test_what_is_saved_in_the_last_moment_stays(preview, line, monkeypatch):
    """Chosen to go, and saved by somebody while another one is deleted."""
    saved = order_preview(line, VoiceFactory(), settings={}, by=None, queue=False)
    let_expire()
    Take.with_previews.filter(pk=preview.pk).update(expires_at=timezone.now() - timedelta(hours=1))

    def meanwhile(alias):
        keep_preview(saved)
        return get_place(alias)

    monkeypatch.setattr(previews, "get_place", meanwhile)
    assert expire_previews() == 1
    assert Take.with_previews.get() == saved


def test_a_preview_that_never_started_goes_too(line, audio_root):
    order_preview(line, VoiceFactory(), settings={}, by=None, queue=False)
    let_expire()
    assert expire_previews() == 1


def test_what_is_being_rendered_is_left(preview):
    let_expire()
    soon = timezone.now() + timedelta(minutes=1)
    Take.with_previews.update(status="generating", lease_token="0" * 32, lease_expires_at=soon)
    assert expire_previews() == 0


def test_a_kept_preview_is_a_take_like_any_other(preview, audio_root):
    assert keep_preview(preview) and not keep_preview(preview)
    assert not Take.with_previews.filter(expires_at__isnull=False).exists()
    assert expire_previews() == 0
    assert (audio_root / preview.batch.path / "metadata.json").exists()
    assert Batch.objects.get().batch_id == preview.batch.batch_id
