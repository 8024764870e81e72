"""Waveforms: one for some audio, whoever has it, and none for audio that is gone."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.catalog.models import Line
from apps.review.approvals.services import approve_drafts
from apps.review.clips.queries import rows_of
from apps.review.clips.services.adoption import adopt_clips
from apps.review.drafts.services.hiding import purge_drafts
from apps.review.models import Draft, LiveClip
from apps.storage.classes import AssetClass
from apps.storage.places import get_place
from apps.takes.models import Take, Waveform
from apps.takes.models.audio import keep_waveforms
from apps.takes.ordering.services.previews import expire_previews
from apps.takes.rendering.keeping import forget_waveforms
from tests.factories import UserFactory
from tests.review.clips import draw, make_draft, make_live, make_take

pytestmark = pytest.mark.django_db(transaction=True)

DE = "Levels/audio/de/general-intro1.mp3"


def later() -> None:
    Waveform.objects.update(used_at=timezone.now() - timedelta(days=1))


def test_a_take_its_draft_and_the_clip_that_is_live_share_one(language, line, ada):
    draft = make_draft(line)
    get_place("dev").put(DE, get_place("drafts").read(draft.key), asset_class=AssetClass.ITEM)
    adopt_clips(language, by=ada)
    clip = LiveClip.objects.get()
    assert clip.sha256 == draft.sha256 != draft.take.sha256, "files with other tags"
    assert clip.frames_sha256 == draft.frames_sha256 == draft.take.frames_sha256
    assert Waveform.objects.get().pk == draft.frames_sha256
    assert (draft.true_peak, draft.duration) == (draft.take.true_peak, draft.take.duration)


def test_one_that_something_has_is_kept_and_another_goes(line):
    draft, live = make_draft(line), make_live(line)
    draw("0" * 64, b"\x00\x01")
    assert forget_waveforms() == 0, "its row may be about to be written"
    later()
    assert forget_waveforms() == 1
    kept = set(Waveform.objects.values_list("pk", flat=True))
    assert kept == {draft.frames_sha256, live.frames_sha256}


def test_the_waveform_of_an_expired_preview_goes_and_of_a_saved_one_stays(line):
    expired, saved = make_take(line, hertz=400), make_take(line, hertz=500)
    past = timezone.now() - timedelta(hours=1)
    Take.objects.filter(pk=expired.pk).update(expires_at=past)
    later()
    assert (expire_previews(), forget_waveforms()) == (1, 1)
    assert Waveform.objects.get().pk == saved.frames_sha256


def test_a_purged_draft_has_no_audio_any_more(line, ada):
    draft = make_draft(line)
    Draft.objects.update(take=None)
    Take.objects.filter(pk=draft.take_id).update(frames_sha256="")
    later()
    assert forget_waveforms() == 0
    purge_drafts([draft], by=ada)
    assert forget_waveforms() == 1


def test_one_that_is_used_again_at_this_moment_is_kept(line):
    draw("0" * 64, b"\x00\x01")
    later()
    keep_waveforms([Waveform.objects.get()])
    assert forget_waveforms() == 0


def test_lists_read_no_waveforms(line, ada):
    approve_drafts([make_draft(line)], by=ada)
    make_live(line)
    with CaptureQueriesContext(connection) as asked:
        [row] = rows_of(list(Line.objects.select_related("series")), UserFactory())
    assert row.live and row.draft and row.approval
    assert not [one for one in asked.captured_queries if "waveform" in one["sql"]]
