"""Approvals: receipts, what supersedes them, what makes them stale, and `deploy/`."""

import hashlib
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from apps.audio.tagging import add_texts, read_tags
from apps.audit.models import Event
from apps.catalog.lines.services import edit_line
from apps.catalog.models import Line
from apps.core.errors import DomainError, Invalid
from apps.review.approvals import deploying
from apps.review.approvals.services import approve_drafts, withdraw_approvals
from apps.review.drafts.services.hiding import hide_drafts, reject_drafts
from apps.review.models import Approval, Draft
from apps.storage.backends.files import FilePlace
from apps.storage.places import get_place
from apps.storage.urls import storage_from_url
from apps.work.queues import get_queue
from apps.work.slices import own_connections
from apps.work.sweeping import do_what_is_due
from tests.factories import LanguageFactory, LineFactory
from tests.review.clips import audio_of, make_draft
from tests.review.sweeping import deploy_due, sweep_review
from tests.storage import servers

pytestmark = pytest.mark.django_db(transaction=True)

DEPLOYED = "Levels/deploy/de/general-intro1.mp3"


@pytest.fixture
def deployed(places):
    """The audio that is in `deploy/` for the line, or None."""

    def read():
        path = places / "drafts" / DEPLOYED
        return audio_of(path.read_bytes() if path.exists() else None)

    return read


def change_text(line, ada, text):
    edit_line(Line.objects.get(pk=line.pk), by=ada, text=text)


def test_an_approval_is_a_receipt_and_a_file(line, ada, deployed):
    draft = make_draft(line)
    [approval] = approve_drafts([draft], by=ada)
    assert deployed() is None, "nobody waits for a bucket"
    deploy_due()
    assert deployed() == draft.frames_sha256
    assert (approval.sha256, approval.text, approval.voice) == (
        draft.sha256,
        "Willkommen im Turm.",
        draft.voice,
    )
    assert (approval.by, approval.by_name, approval.reviewer) == (ada, "ada", None)
    assert Event.objects.get(verb="draft.approved").actor == ada


def test_nothing_but_the_queue_is_written(line, ada, places):
    approve_drafts([make_draft(line)], by=ada)
    deploy_due()
    assert sorted(path.name for path in places.iterdir()) == ["drafts"]


def test_a_later_approval_supersedes_the_earlier_one(line, ada, deployed):
    first, second = make_draft(line), make_draft(line, hertz=500)
    approve_drafts([first], by=ada)
    deploy_due()
    approve_drafts([second], by=ada)
    deploy_due()
    assert deployed() == second.frames_sha256
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
    deploy_due()
    assert withdraw_approvals([approval], by=ada) == [approval]
    assert withdraw_approvals([approval], by=ada) == []
    deploy_due()
    assert deployed() is None
    assert Approval.objects.get().withdrawn_by_name == "ada"
    assert not deploying.due().exists()
    assert Event.objects.get(verb="approval.withdrawn").actor == ada


def test_a_changed_text_makes_it_stale_once_and_a_restored_one_true_again(line, ada, deployed):
    draft = make_draft(line)
    approve_drafts([draft], by=ada)
    deploy_due()
    change_text(line, ada, "Willkommen im Schloss.")
    approval = Approval.objects.select_related("line").get()
    assert approval.stale_because == "The text of the line was changed."
    assert not Approval.objects.valid().exists()
    assert (sweep_review().stale, sweep_review().stale) == (1, 0)
    assert deployed() is None
    assert Event.objects.get(verb="approval.stale").actor is None
    change_text(line, ada, "Willkommen im Turm.")
    sweep_review()
    assert deployed() == draft.frames_sha256
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
    deploy_due()
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
    deploy_due()
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
    deploy_due()
    assert deployed() is None
    assert Approval.objects.get().stale_because == "The file of the draft is another one, or gone."
    assert sweep_review().stale == 1
    assert not deploying.due().exists()


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"x")])
def test_a_damaged_copy_is_written_again(line, ada, places, deployed, damage):
    draft = make_draft(line)
    approve_drafts([draft, make_draft(LineFactory(language=line.language))], by=ada)
    deploy_due()
    damage(places / "drafts" / DEPLOYED)
    a_day_later()
    assert sweep_review().deployed == 1
    assert deployed() == draft.frames_sha256


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


def test_what_could_not_be_deployed_is_said_kept_and_follows(line, ada, places, deployed):
    draft = make_draft(line)
    in_the_way = places / "drafts" / "Levels" / "deploy"
    in_the_way.write_text("a file where a folder should be")
    approve_drafts([draft], by=ada)
    assert sweep_review().deployed == 0
    approval = Approval.objects.valid().select_related("line").get()
    assert "could not write 'Levels/deploy/de/general-intro1.mp3'" in approval.deploy_error
    assert approval.delivery == "on its way to deploy/"
    in_the_way.unlink()
    assert sweep_review().deployed == 1
    approval.refresh_from_db()
    assert (deployed(), approval.deploy_error) == (draft.frames_sha256, "")
    assert not deploying.due().exists()


def test_what_could_not_be_removed_is_said_and_follows(line, ada, places, deployed):
    [approval] = approve_drafts([make_draft(line)], by=ada)
    deploy_due()
    folder = places / "drafts" / "Levels/deploy/de"
    folder.rename(folder.with_name("away"))
    folder.symlink_to(places)
    withdraw_approvals([approval], by=ada)
    assert deploy_due() == 0
    approval = Approval.objects.select_related("line").get()
    assert "symbolic link" in approval.deploy_error
    assert approval.delivery == "on its way out of deploy/"
    folder.unlink()
    folder.with_name("away").rename(folder)
    assert deploy_due() == 1
    approval.refresh_from_db()
    assert (deployed(), approval.deploy_error, approval.delivery) == (None, "", "")


def test_one_line_that_cannot_be_deployed_holds_no_other_up(line, ada, places):
    other = make_draft(LineFactory(language=LanguageFactory(series=line.series, tag="es")))
    approve_drafts([make_draft(line), other], by=ada)
    (places / "drafts" / "Levels/deploy").mkdir()
    (places / "drafts" / "Levels/deploy/de").write_text("a file where a folder should be")
    assert deploy_due() == 1
    assert Approval.objects.exclude(deployed_sha256="").get().draft == other


def test_a_killed_process_leaves_nothing_half_done(line, ada, deployed):
    """The approval is committed and the process dies: the sweeper writes the file."""
    draft = make_draft(line)
    approve_drafts([draft], by=ada)
    assert deployed() is None
    assert sweep_review().deployed == 1
    assert deployed() == draft.frames_sha256


def test_what_a_killed_worker_may_have_written_is_removed(line, ada, deployed):
    """It died between the copy and its note of it, and the approval is taken back."""
    [approval] = approve_drafts([make_draft(line)], by=ada)
    deploy_due()
    Approval.objects.update(deployed_sha256="")
    withdraw_approvals([approval], by=ada)
    deploy_due()
    assert deployed() is None
    assert deploying.due().exists(), "it may be slow and not dead: what it writes is removed too"
    later = timezone.now() - timedelta(hours=1)
    Approval.objects.update(deployed_at=later)
    deploy_due()
    assert not deploying.due().exists()


def test_a_worker_that_was_overtaken_leaves_what_is_approved(line, ada, deployed, monkeypatch):
    """While it writes the first version, another one is approved and deployed."""
    first, second = make_draft(line), make_draft(line, hertz=500)
    approve_drafts([first], by=ada)
    put, overtaken = FilePlace.put, []

    def slow_put(place, key, data, **manner):
        if not overtaken:
            overtaken.append(True)
            approve_drafts([second], by=ada)
            deploy_due()
            assert audio_of(get_place("drafts").read(DEPLOYED)) == second.frames_sha256
        put(place, key, data, **manner)

    monkeypatch.setattr(FilePlace, "put", slow_put)
    deploy_due()
    assert (deployed(), overtaken) == (second.frames_sha256, [True])


def test_a_worker_that_was_overtaken_by_a_withdrawal_leaves_nothing(
    line, ada, deployed, monkeypatch
):
    approval = approve_drafts([make_draft(line)], by=ada)
    put = FilePlace.put

    def slow_put(place, key, data, **manner):
        withdraw_approvals(approval, by=ada)
        deploy_due()
        put(place, key, data, **manner)

    monkeypatch.setattr(FilePlace, "put", slow_put)
    deploy_due()
    assert deployed() is None


def test_what_is_deployed_says_who_approved_it_and_when(line, ada, places):
    draft = make_draft(line)
    [approval] = approve_drafts([draft], by=ada)
    deploy_due()
    data, heard = (get_place("drafts").read(key) for key in (DEPLOYED, draft.key))
    tags = read_tags(data)
    at = approval.created_at.isoformat(timespec="seconds")
    approved = {"approved_by": "ada", "approved_at": at}
    assert tags == replace(read_tags(heard), extra={**read_tags(heard).extra, **approved})
    assert audio_of(data) == audio_of(heard) == draft.frames_sha256
    approval.refresh_from_db()
    assert approval.deployed_sha256 == hashlib.sha256(data).hexdigest() != approval.sha256
    assert approval.sha256 == hashlib.sha256(heard).hexdigest(), "the receipt is of what was heard"


def test_what_says_already_who_approved_it_is_deployed_as_it_is(line, ada, places):
    draft = make_draft(line)
    told = {"approved_by": "Grace", "approved_at": "2025-01-01T00:00:00+00:00"}
    data = add_texts(get_place("drafts").read(draft.key), told)
    (places / "drafts" / draft.key).write_bytes(data)
    Draft.objects.update(sha256=hashlib.sha256(data).hexdigest())
    draft.refresh_from_db()
    approve_drafts([draft], by=ada)
    deploy_due()
    assert get_place("drafts").read(DEPLOYED) == data


def test_a_copy_whose_audio_would_be_another_one_is_not_deployed(line, ada, deployed):
    draft = make_draft(line)
    approve_drafts([draft], by=ada)
    Draft.objects.update(frames_sha256="0" * 64)
    assert deploy_due() == 0
    assert "its audio would be changed" in Approval.objects.get().deploy_error
    assert deployed() is None


def test_a_worker_deploys_what_was_approved_and_takes_out_what_was_not(
    line, ada, deployed, redis_clean
):
    draft = make_draft(line)
    approvals = approve_drafts([draft], by=ada)
    work()
    assert deployed() == draft.frames_sha256
    withdraw_approvals(approvals, by=ada)
    work()
    assert deployed() is None


def test_the_sweeper_queues_what_no_job_waits_for(line, ada, deployed, redis_clean):
    draft = make_draft(line)
    approve_drafts([draft], by=ada)
    assert do_what_is_due()["approvals queued for deploy/"] == 0, "a job waits for it already"
    redis_clean.flushall()
    assert do_what_is_due()["approvals queued for deploy/"] == 1
    work()
    assert deployed() == draft.frames_sha256
    assert do_what_is_due()["approvals queued for deploy/"] == 0


def test_a_worker_that_is_to_stop_leaves_the_rest_for_the_next(language, ada, places):
    drafts = [make_draft(LineFactory(language=language)) for _ in range(3)]
    pks = [approval.pk for approval in approve_drafts(drafts, by=ada)]
    folder = places / "drafts/Levels/deploy/de"
    left = deploying.deploy_approvals(pks, lambda: folder.exists())
    assert len(left) == 2 == deploying.due().count()
    assert deploying.deploy_approvals(left) == []
    assert len(list(folder.iterdir())) == 3


def test_without_a_queue_approvals_are_kept_and_follow(line, ada, deployed, settings):
    queue = settings.RQ_QUEUES["default"]
    down = {**queue, "URL": "redis://127.0.0.1:9/0"}
    settings.RQ_QUEUES = {**settings.RQ_QUEUES, "default": down}
    draft = make_draft(line)
    approve_drafts([draft], by=ada)
    assert "approvals stale" in do_what_is_due(), "the sweeper goes on with the rest"
    deploy_due()
    assert deployed() == draft.frames_sha256


def work() -> None:
    queue = get_queue()
    SimpleWorker([queue], connection=queue.connection, serializer=JSONSerializer).work(burst=True)


def test_approvals_at_the_same_time_leave_one_standing(line, ada, deployed):
    drafts = [make_draft(line, hertz=200 + 50 * n) for n in range(6)]
    gate = threading.Barrier(6)

    def approve(draft):
        with own_connections():
            gate.wait(30)
            approve_drafts([draft], by=None)
            deploy_due()

    threads = [threading.Thread(target=approve, args=[draft]) for draft in drafts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    deploy_due()
    assert Approval.objects.count() == 6
    standing = Approval.objects.in_force().select_related("draft").get()
    assert deployed() == standing.draft.frames_sha256
    assert not deploying.due().exists()


@pytest.mark.parametrize("server", [servers.moto_s3, servers.gcs_emulator])
def test_the_queue_can_lie_in_a_bucket(server, line, ada, settings, tmp_path):
    with server(tmp_path / "server") as running:
        entry = storage_from_url(running.url("drafts"), base_dir=tmp_path)
        settings.STORAGES = settings.STORAGES | {"drafts": entry}
        draft = make_draft(line)
        [approval] = approve_drafts([draft], by=ada)
        deploy_due()
        assert audio_of(get_place("drafts").read(DEPLOYED)) == draft.frames_sha256
        withdraw_approvals([approval], by=ada)
        deploy_due()
        assert not get_place("drafts").exists(DEPLOYED)
