"""Approvals: receipts, what supersedes them, what makes them stale, and `deploy/`."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from apps.audit.models import Event
from apps.catalog.lines.services import edit_line
from apps.catalog.models import Line
from apps.core.errors import DomainError, Invalid, Unavailable
from apps.review.approvals import deploying
from apps.review.approvals import services as approvals_services
from apps.review.approvals.services import approve_drafts, withdraw_approvals, write_approvals
from apps.review.drafts.services.hiding import hide_drafts, reject_drafts
from apps.review.models import Approval, Draft
from apps.storage.places import get_place
from apps.storage.urls import storage_from_url
from apps.work.slices import own_connections
from tests.factories import LanguageFactory, LineFactory
from tests.review.clips import make_draft
from tests.review.sweeping import sweep_review
from tests.storage import servers

pytestmark = pytest.mark.django_db(transaction=True)

DEPLOYED = "Levels/deploy/de/general-intro1.mp3"


@pytest.fixture
def deployed(places):
    """The file that is queued for the line, or None."""

    def read():
        path = places / "drafts" / DEPLOYED
        return path.read_bytes() if path.exists() else None

    return read


def bytes_of(draft):
    return get_place("drafts").read(draft.key)


def change_text(line, ada, text):
    edit_line(Line.objects.get(pk=line.pk), by=ada, text=text)


def test_an_approval_is_a_receipt_and_a_file(line, ada, deployed):
    draft = make_draft(line)
    [approval] = approve_drafts([draft], by=ada)
    assert deployed() == bytes_of(draft)
    assert (approval.sha256, approval.text, approval.voice) == (
        draft.sha256,
        "Willkommen im Turm.",
        draft.voice,
    )
    assert (approval.by, approval.by_name, approval.reviewer) == (ada, "ada", None)
    assert Event.objects.get(verb="draft.approved").actor == ada


def test_nothing_but_the_queue_is_written(line, ada, places):
    approve_drafts([make_draft(line)], by=ada)
    assert sorted(path.name for path in places.iterdir()) == ["drafts"]


def test_a_later_approval_supersedes_the_earlier_one(line, ada, deployed):
    first, second = make_draft(line), make_draft(line, hertz=500)
    approve_drafts([first], by=ada)
    approve_drafts([second], by=ada)
    assert deployed() == bytes_of(second)
    receipts = Approval.objects.order_by("pk")
    assert [bool(one.superseded_at) for one in receipts] == [True, False]
    assert [bool(one.deployed_at) for one in receipts] == [False, True]


def test_one_version_of_a_line_at_a_time(line, ada, deployed):
    drafts = [make_draft(line), make_draft(line)]
    with pytest.raises(Invalid, match="general-intro1: choose one version"):
        approve_drafts(drafts, by=ada)
    assert (Approval.objects.count(), deployed()) == (0, None)


def test_what_was_deleted_or_says_something_else_is_not_approved(language, line, ada):
    hidden, good = make_draft(line), make_draft(LineFactory(language=language))
    hide_drafts([hidden], by=ada)
    with pytest.raises(Invalid, match="was deleted"):
        approve_drafts([good, hidden], by=ada)
    stale = make_draft(line)
    change_text(line, ada, "Willkommen im Schloss.")
    with pytest.raises(Invalid, match="text of this line was changed"):
        approve_drafts([stale], by=ada)
    assert not Approval.objects.exists()


def test_withdrawing_empties_the_queue_and_keeps_the_receipt(line, ada, deployed):
    [approval] = approve_drafts([make_draft(line)], by=ada)
    assert withdraw_approvals([approval], by=ada) == 1
    assert withdraw_approvals([approval], by=ada) == 0
    assert deployed() is None
    assert Approval.objects.get().withdrawn_by_name == "ada"
    assert not deploying.due().exists()
    assert Event.objects.get(verb="approval.withdrawn").actor == ada


def test_a_changed_text_makes_it_stale_once_and_a_restored_one_true_again(line, ada, deployed):
    draft = make_draft(line)
    approve_drafts([draft], by=ada)
    change_text(line, ada, "Willkommen im Schloss.")
    approval = Approval.objects.select_related("line").get()
    assert approval.stale_because == "The text of the line was changed."
    assert not Approval.objects.valid().exists()
    assert (sweep_review().stale, sweep_review().stale) == (1, 0)
    assert deployed() is None
    assert Event.objects.get(verb="approval.stale").actor is None
    change_text(line, ada, "Willkommen im Turm.")
    sweep_review()
    assert deployed() == bytes_of(draft)
    change_text(line, ada, "Willkommen!")
    assert sweep_review().stale == 1


def test_each_that_became_stale_is_told_of(line, ada):
    drafts = [make_draft(line), make_draft(LineFactory(language=line.language))]
    approvals = approve_drafts(drafts, by=ada)
    for draft in drafts:
        change_text(draft.line, ada, "Neu")
    assert sweep_review().stale == 2
    told = Event.objects.filter(verb="approval.stale").values_list("target_id", flat=True)
    assert set(told) == {str(approval.pk) for approval in approvals}


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"x")])
def test_a_changed_file_makes_it_stale(line, ada, places, deployed, damage):
    draft = make_draft(line)
    approve_drafts([draft], by=ada)
    [other] = approve_drafts([make_draft(LineFactory(language=line.language))], by=ada)
    damage(places / "drafts" / draft.key)
    a_day_later()
    swept = sweep_review()
    assert (swept.changed, swept.stale, deployed()) == (1, 1, None)
    because = Approval.objects.select_related("line").get(line=line).stale_because
    assert because == "The file of the draft is another one, or gone."
    assert Approval.objects.valid().get() == other, "that of another line is true as before"
    a_day_later()
    assert sweep_review().changed == 0, "it is news once"


def test_files_are_compared_once_a_day(line, ada):
    approve_drafts([make_draft(line)], by=ada)
    before = Approval.objects.get().verified_at
    sweep_review()
    assert Approval.objects.get().verified_at == before
    a_day_later()
    sweep_review()
    assert Approval.objects.get().verified_at > before
    withdraw_approvals(Approval.objects.all(), by=ada)
    a_day_later()
    before = Approval.objects.get().verified_at
    sweep_review()
    assert Approval.objects.get().verified_at == before, "nobody ships it"


def a_day_later() -> None:
    Approval.objects.update(verified_at=timezone.now() - timedelta(days=2))


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"x")])
def test_what_is_not_what_was_heard_is_never_deployed(line, ada, places, deployed, damage):
    draft = make_draft(line)
    damage(places / "drafts" / draft.key)
    approve_drafts([draft], by=ada)
    assert deployed() is None
    assert Approval.objects.get().stale_because == "The file of the draft is another one, or gone."
    assert sweep_review().stale == 1
    assert not deploying.due().exists()


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"x")])
def test_a_damaged_copy_is_written_again(line, ada, places, deployed, damage):
    draft = make_draft(line)
    approve_drafts([draft, make_draft(LineFactory(language=line.language))], by=ada)
    damage(places / "drafts" / "Levels/deploy/de/general-intro1.mp3")
    a_day_later()
    assert sweep_review().projected == 1
    assert deployed() == bytes_of(draft)


def test_one_key_in_two_languages_is_two_lines(language, line, ada):
    spanish = LanguageFactory(series=language.series, tag="es")
    drafts = [make_draft(line), make_draft(LineFactory(language=spanish, key=line.key))]
    assert len(approve_drafts(drafts, by=ada)) == 2


def test_what_was_rejected_or_has_left_the_script_is_not_approved(language, line, ada):
    rejected, retired = make_draft(line), make_draft(LineFactory(language=language))
    reject_drafts([rejected], by=ada)
    with pytest.raises(Invalid, match="was rejected"):
        approve_drafts([rejected], by=ada)
    Line.objects.filter(pk=retired.line_id).update(retired_at=timezone.now())
    with pytest.raises(Invalid, match="not in the script any more"):
        approve_drafts([retired], by=ada)


@pytest.mark.parametrize("put_aside", [reject_drafts, hide_drafts])
def test_what_is_approved_is_not_put_aside(language, line, ada, put_aside):
    approved, other = make_draft(line), make_draft(LineFactory(language=language))
    receipt = approve_drafts([approved], by=ada)
    with pytest.raises(DomainError, match="general-intro1_v001 is approved"):
        put_aside([other, approved], by=ada)
    assert Draft.objects.shown().count() == 2, "nothing was changed"
    withdraw_approvals(receipt, by=ada)
    assert put_aside([other, approved], by=ada) == 2


def test_what_could_not_be_written_is_kept_and_follows(line, ada, places, deployed):
    draft = make_draft(line)
    in_the_way = places / "drafts" / "Levels" / "deploy"
    in_the_way.write_text("a file where a folder should be")
    with pytest.raises(Unavailable, match="approvals are kept"):
        approve_drafts([draft], by=ada)
    assert Approval.objects.valid().count() == 1
    sweep_review()
    in_the_way.unlink()
    assert sweep_review().projected == 1
    assert deployed() == bytes_of(draft)
    assert not deploying.due().exists()


def test_of_many_the_first_are_written_at_once_and_the_rest_follows(
    language, ada, places, monkeypatch
):
    monkeypatch.setattr(approvals_services, "SHOWN_AT_ONCE", 2)
    drafts = [make_draft(LineFactory(language=language)) for _ in range(5)]
    assert len(approve_drafts(drafts, by=ada)) == 5
    folder = places / "drafts" / "Levels/deploy/de"
    assert len(list(folder.iterdir())) == 2
    assert Approval.objects.filter(deployed_at=None).count() == 3
    assert sweep_review().projected == 3
    assert len(list(folder.iterdir())) == 5


def test_a_killed_process_leaves_nothing_half_done(line, ada, deployed):
    """The approval is committed and the process dies: the sweeper writes the file."""
    draft = make_draft(line)
    write_approvals([draft], by=ada)
    assert deployed() is None
    assert sweep_review().projected == 1
    assert deployed() == bytes_of(draft)


def test_approvals_at_the_same_time_leave_one_standing(line, ada, deployed):
    drafts = [make_draft(line, hertz=200 + 50 * n) for n in range(6)]
    gate = threading.Barrier(6)

    def approve(draft):
        with own_connections():
            gate.wait(30)
            approve_drafts([draft], by=None)

    threads = [threading.Thread(target=approve, args=[draft]) for draft in drafts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert Approval.objects.count() == 6
    standing = Approval.objects.standing().select_related("draft").get()
    assert deployed() == bytes_of(standing.draft)
    assert not deploying.due().exists()


@pytest.mark.parametrize("server", [servers.moto_s3, servers.gcs_emulator])
def test_the_queue_can_lie_in_a_bucket(server, line, ada, settings, tmp_path):
    with server(tmp_path / "server") as running:
        entry = storage_from_url(running.url("drafts"), base_dir=tmp_path)
        settings.STORAGES = settings.STORAGES | {"drafts": entry}
        draft = make_draft(line)
        [approval] = approve_drafts([draft], by=ada)
        assert get_place("drafts").verify(DEPLOYED, draft.sha256)
        withdraw_approvals([approval], by=ada)
        assert not get_place("drafts").exists(DEPLOYED)
