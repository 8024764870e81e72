"""Drafts: numbers, names, tags, bytes, and putting them aside."""

import hashlib
import threading

import pytest

from apps.audio.tagging import frames_sha256, read_tags
from apps.audit.models import Event
from apps.catalog.lines.services import edit_line
from apps.catalog.models import Series, SeriesPrefix
from apps.catalog.series.prefixes import prefix_of, set_prefix
from apps.core.errors import DomainError, Unavailable
from apps.review.approvals.services import approve_drafts, withdraw_approvals
from apps.review.drafts.saving import NotSaved, save_draft
from apps.review.drafts.services.hiding import (
    hide_drafts,
    purge_drafts,
    reject_drafts,
    restore_drafts,
)
from apps.review.models import Draft
from apps.review.naming import split_version
from apps.storage.classes import AssetClass
from apps.storage.places import get_place
from apps.storage.urls import storage_from_url
from apps.takes.models import Take
from apps.takes.ordering.services.previews import order_preview
from apps.work.slices import own_connections
from tests.factories import LanguageFactory, LineFactory, VoiceFactory
from tests.review.clips import make_draft, make_take
from tests.storage import servers

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_draft_is_the_take_with_other_tags(line, ada, places):
    take = make_take(line)
    heard = get_place("takes").read(take.key)
    draft = save_draft(take, by=ada)
    assert draft.key == "Levels/audio/de/general-intro1_v001.mp3"
    stored = (places / "drafts" / draft.key).read_bytes()
    assert frames_sha256(stored) == frames_sha256(heard) == draft.frames_sha256
    assert hashlib.sha256(stored).hexdigest() == draft.sha256
    assert len(stored) == draft.size
    tags = read_tags(stored)
    assert (tags.title, tags.album, tags.genre) == ("general-intro1", "de", "Speech Synthesis")
    expected = {
        "service": "espeak",
        "voice": "Annie",
        "voice_id": "Annie",
        "lang_code": "de",
        "text": "Willkommen im Turm.",
        "source": "patch",
        "version": "v001",
        "take_id": str(take.pk),
        "sha256": draft.frames_sha256,
    }
    assert expected.items() <= dict(tags.extra).items()
    assert tags.extra["created"]
    assert (draft.saved_by, draft.text, draft.loudness) == (ada, take.text, take.loudness)
    assert Event.objects.get(verb="draft.saved").actor == ada


def test_numbers_rise_per_line_and_language(language, line, ada):
    other = LineFactory(language=language, key="general-intro10")
    spanish = LanguageFactory(series=language.series, tag="es-CO")
    same_key = LineFactory(language=spanish, key=line.key)
    saved = [make_draft(one) for one in (line, other, line, same_key, line)]
    assert [draft.version for draft in saved] == [1, 1, 2, 1, 3]
    assert saved[3].key == "Levels/audio/es-CO/general-intro1_v001.mp3"


def test_a_file_whose_writer_died_before_its_row_is_taken_up(line, places):
    take = make_take(line)
    draft = save_draft(take, by=None)
    Draft.objects.filter(pk=draft.pk).delete()
    again = save_draft(take, by=None)
    assert (again.version, again.key, again.sha256) == (1, draft.key, draft.sha256)
    assert len(list((places / "drafts").rglob("*.mp3"))) == 1


def test_the_file_of_another_take_is_not_taken_up(line):
    draft = save_draft(make_take(line), by=None)
    Draft.objects.filter(pk=draft.pk).delete()
    assert save_draft(make_take(line), by=None).version == 2, "it sounds the same"


def test_a_number_is_never_given_again(line, ada):
    first, second = make_draft(line), make_draft(line)
    purge_drafts([first, second], by=ada)
    assert make_draft(line).version == 3


def test_a_file_that_was_there_before_keeps_its_number(line, places):
    there = places / "drafts" / "Levels/audio/de/general-intro1_v001.mp3"
    there.parent.mkdir(parents=True)
    there.write_bytes(b"older than this database")
    assert make_draft(line).version == 2
    assert there.read_bytes() == b"older than this database"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("general-intro1_v003", ("general-intro1", 3)),
        ("vocab-item-119", ("vocab-item-119", None)),
        ("intro_v12", ("intro_v12", None)),
        ("intro_v1000", ("intro", 1000)),
        ("intro-v002", ("intro-v002", None)),
        ("a_v001_v002", ("a_v001", 2)),
    ],
)
def test_only_v_and_three_digits_are_a_version(name, expected):
    assert split_version(name) == expected


@pytest.mark.parametrize("server", [None, servers.moto_s3, servers.gcs_emulator])
def test_twenty_at_once_get_twenty_numbers(server, line, settings, tmp_path):
    """On the database of this leg, with drafts on disk, S3 and GCS."""
    takes = [make_take(line, seconds=0.3, hertz=200 + 10 * n) for n in range(20)]
    if server is None:
        save_at_once(takes)
        check_numbers(takes, line)
        return
    with server(tmp_path / "server") as running:
        entry = storage_from_url(running.url("drafts"), base_dir=tmp_path)
        settings.STORAGES = settings.STORAGES | {"drafts": entry}
        save_at_once(takes)
        check_numbers(takes, line)


def save_at_once(takes):
    gate = threading.Barrier(len(takes))

    def save(take):
        with own_connections():
            gate.wait(30)
            save_draft(take, by=None)

    threads = [threading.Thread(target=save, args=[take]) for take in takes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)


def test_one_take_saved_by_several_at_once_is_one_draft(line):
    save_at_once([make_take(line)] * 6)
    assert Draft.objects.count() == 1
    assert len(list(get_place("drafts").list("Levels/audio/de/"))) == 1


def check_numbers(takes, line):
    drafts = Draft.objects.filter(line=line).order_by("version")
    assert [draft.version for draft in drafts] == list(range(1, 21))
    assert {draft.take_id for draft in drafts} == {take.pk for take in takes}
    place = get_place("drafts")
    names = [entry.key for entry in place.list("Levels/audio/de/")]
    assert names == [f"Levels/audio/de/general-intro1_v{n:03}.mp3" for n in range(1, 21)]
    for draft in drafts:
        assert place.verify(draft.key, draft.sha256)
        assert frames_sha256(place.read(draft.key)) == draft.take.frames_sha256


def test_what_has_no_audio_or_other_audio_is_not_saved(line, ada, audio_root):
    take = make_take(line)
    Take.objects.filter(pk=take.pk).update(status="failed")
    with pytest.raises(NotSaved, match="no audio"):
        save_draft(take, by=ada)
    Take.objects.filter(pk=take.pk).update(status="complete", frames_sha256="0" * 64)
    with pytest.raises(NotSaved, match="not the audio that was measured"):
        save_draft(take, by=ada)
    assert not Draft.objects.exists()


def test_saving_keeps_a_preview(line, ada):
    preview = order_preview(line, VoiceFactory(), settings={}, by=ada, queue=False)
    ready = make_take(line)
    Take.with_previews.filter(pk=preview.pk).update(
        **{
            name: getattr(ready, name)
            for name in ("status", "sha256", "frames_sha256", "size", "duration")
        }
    )
    get_place("takes").put(
        preview.key, get_place("takes").read(ready.key), asset_class=AssetClass.TAKE
    )
    save_draft(preview, by=ada)
    preview.refresh_from_db()
    assert preview.expires_at is None
    assert preview.batch.expires_at is None and preview.run.expires_at is None
    assert get_place("takes").exists(f"{preview.batch.path}/metadata.json")


@pytest.mark.parametrize("put_aside", [reject_drafts, hide_drafts])
def test_what_is_put_aside_can_be_brought_back(line, ada, places, put_aside):
    drafts = [make_draft(line), make_draft(line)]
    assert put_aside(drafts, by=ada) == 2
    assert put_aside(drafts, by=ada) == 0
    assert not Draft.objects.shown().exists()
    assert (places / "drafts" / drafts[0].key).exists()
    assert restore_drafts(drafts, by=ada) == 2
    assert Draft.objects.shown().count() == 2
    assert Event.objects.filter(verb="draft.restored", actor=ada).count() == 2


def test_purging_removes_the_file_and_keeps_the_row(line, ada, places):
    draft = make_draft(line)
    [approval] = approve_drafts([draft], by=ada)
    with pytest.raises(DomainError, match="is approved"):
        purge_drafts([draft], by=ada)
    withdraw_approvals([approval], by=ada)
    assert purge_drafts([draft], by=ada) == 1
    assert not Draft.objects.shown().exists()
    assert not (places / "drafts" / draft.key).exists()
    assert restore_drafts([draft], by=ada) == 0
    assert Draft.objects.get().purged_at


def test_a_file_that_cannot_be_deleted_keeps_its_draft(line, ada, settings, tmp_path):
    with servers.moto_s3(tmp_path / "server") as running:
        entry = storage_from_url(running.url("drafts"), base_dir=tmp_path)
        settings.STORAGES = settings.STORAGES | {"drafts": entry}
        draft = make_draft(line)
        running.stop()
        with pytest.raises(Unavailable, match="0 were purged, 1 were not"):
            purge_drafts([draft], by=ada)
    assert Draft.objects.get().purged_at is None


def test_a_changed_text_shows_on_the_draft(line, ada):
    draft = make_draft(line)
    edit_line(line, by=ada, text="Willkommen im Schloss.")
    draft.refresh_from_db()
    assert Draft.objects.get().is_stale and Draft.objects.filter(Draft.stale()).exists()


def test_series_never_meet_in_a_place(line, ada):
    other = LineFactory(language=LanguageFactory(series__slug="Other", tag="de"), key=line.key)
    assert make_draft(line).key == "Levels/audio/de/general-intro1_v001.mp3"
    assert make_draft(other).key == "Other/audio/de/general-intro1_v001.mp3"
    for prefix in ("", "Levels/", "Levels/more/"):
        with pytest.raises(DomainError, match="would mix"):
            set_prefix(other.series, "drafts", prefix, by=ada)
    for prefix in ("Other", "/x/", "../", "a//"):
        with pytest.raises(DomainError):
            set_prefix(other.series, "drafts", prefix, by=ada)


def test_reading_a_prefix_writes_nothing_and_the_first_draft_decides_it(line):
    assert prefix_of(line.series, "drafts") == "Levels/"
    assert not SeriesPrefix.objects.exists()
    make_draft(line)
    Series.objects.filter(pk=line.series_id).update(slug="Other")
    line.series.refresh_from_db()
    assert prefix_of(line.series, "drafts") == "Levels/"
    assert prefix_of(line.series, "dev") == "Other/"


def test_a_series_alone_may_have_no_prefix(line, ada):
    set_prefix(line.series, "drafts", "", by=ada)
    assert make_draft(line).key == "audio/de/general-intro1_v001.mp3"
    with pytest.raises(DomainError, match="would mix"):
        make_draft(LineFactory(language=LanguageFactory(series__slug="Other")))
