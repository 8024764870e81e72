"""Ranking: the cascade, undo, the lock, and a directory that is right before the answer."""

import json
import threading

import pytest
from django.contrib.auth.models import AnonymousUser

from apps.audit.models import Event
from apps.core.errors import DomainError, Invalid, Unavailable
from apps.storage.places import get_place
from apps.takes import tree
from apps.takes.models import RankingAct, Take
from apps.takes.models.holding import Locked
from apps.takes.ranking.cascade import Stale
from apps.takes.ranking.services import lock_batch, rank_take, undo_ranking, unlock_batch
from apps.takes.tree.projection import project_forgotten
from apps.work.slices import own_connections
from tests.factories import UserFactory
from tests.takes.boards import assert_tree_shows, hashes, make_batch, ranks, take_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return UserFactory(username="ada")


@pytest.fixture
def grace():
    return UserFactory(username="grace")


@pytest.fixture
def batch(audio_root):
    return make_batch(audio_root)


def held(batch, line=1):
    """Rank -> take number, of one line."""
    takes = batch.takes.filter(line=take_of(batch, line, 1).line, rank__isnull=False)
    return dict(takes.values_list("rank", "take_number"))


def give(batch, by, *acts, line=1):
    for number, rank in acts:
        rank_take(take_of(batch, line, number), rank, by=by)


def test_the_one_who_held_the_rank_moves_down_until_a_slot_is_free(batch, ada, audio_root):
    before = hashes(batch, audio_root)
    give(batch, ada, (1, 1), (2, 2), (3, 4), (4, 1))
    assert held(batch) == {1: 4, 2: 1, 3: 2, 4: 3}
    assert_tree_shows(batch, audio_root)
    give(batch, ada, (5, 1))
    assert held(batch) == {1: 5, 2: 4, 3: 1, 4: 2, 5: 3}
    give(batch, ada, (4, None))
    assert held(batch) == {1: 5, 3: 1, 4: 2, 5: 3}
    assert held(batch, line=2) == {}
    assert_tree_shows(batch, audio_root)
    assert hashes(batch, audio_root) == before


def test_who_is_pushed_past_the_last_rank_has_none(audio_root, ada):
    batch = make_batch(audio_root, takes=6)
    give(batch, ada, *((number, number) for number in range(1, 6)), (6, 1))
    assert held(batch) == {1: 6, 2: 1, 3: 2, 4: 3, 5: 4}
    pushed = take_of(batch, 1, 5)
    assert (pushed.rank, pushed.ranked_at) == (None, None)
    assert_tree_shows(batch, audio_root)


def test_a_take_that_moves_up_makes_room_where_it_was(batch, ada):
    give(batch, ada, (1, 1), (2, 2), (3, 3), (4, 4), (3, 1))
    assert held(batch) == {1: 3, 2: 1, 3: 2, 4: 4}


def test_the_same_rank_again_is_no_act(batch, ada):
    give(batch, ada, (1, 2), (1, 2), (3, None))
    assert RankingAct.objects.count() == 1


@pytest.mark.parametrize("rank", [0, 6, -1, True, "2"])
def test_a_rank_is_a_number_from_1_to_5(batch, ada, rank):
    with pytest.raises(Invalid):
        rank_take(take_of(batch, 1, 1), rank, by=ada)
    assert not RankingAct.objects.exists()


@pytest.mark.parametrize("change", [{"status": "failed"}, {"expires_at": "2030-01-01T00:00Z"}])
def test_only_kept_audio_is_ranked(batch, ada, change):
    take = take_of(batch, 1, 1)
    Take.objects.filter(pk=take.pk).update(**change)
    with pytest.raises(Invalid):
        rank_take(take, 1, by=ada)


def test_a_line_that_somebody_else_changed_is_not_overwritten(batch, ada, grace):
    known = rank_take(take_of(batch, 1, 1), 1, by=ada).pk
    rank_take(take_of(batch, 2, 3), 1, by=grace, if_version=known)
    rank_take(take_of(batch, 1, 2), 1, by=grace, if_version=known)
    with pytest.raises(Stale) as refusal:
        rank_take(take_of(batch, 1, 3), 1, by=ada, if_version=known)
    assert refusal.value.ranks == {
        take_of(batch, 1, 2).file_name: 1,
        take_of(batch, 1, 1).file_name: 2,
    }
    assert held(batch) == {1: 2, 2: 1}
    rank_take(take_of(batch, 1, 3), 1, by=ada, if_version=refusal.value.version)
    assert held(batch) == {1: 3, 2: 2, 3: 1}


def test_an_act_sent_again_for_its_answer_was_lost_is_the_same_act(batch, ada, grace):
    first = rank_take(take_of(batch, 1, 1), 1, by=ada)
    known = rank_take(take_of(batch, 1, 2), 1, by=ada, if_version=first.pk)
    assert rank_take(take_of(batch, 1, 2), 1, by=ada, if_version=first.pk) == known
    assert (RankingAct.objects.count(), held(batch)) == (2, {1: 2, 2: 1})
    for number, rank, by in [(2, 2, ada), (1, 1, ada), (2, 1, grace)]:
        with pytest.raises(Stale):
            rank_take(take_of(batch, 1, number), rank, by=by, if_version=first.pk)
    undo_ranking(batch, by=ada)
    with pytest.raises(Stale):
        rank_take(take_of(batch, 1, 2), 1, by=ada, if_version=first.pk)


def state(batch):
    return list(batch.takes.order_by("pk").values_list("pk", "rank", "ranked_at"))


def test_undo_restores_exactly_what_was_there(batch, ada, audio_root):
    states = [state(batch)]
    for number, rank in [(1, 1), (2, 1), (3, 1), (2, None), (1, 5)]:
        give(batch, ada, (number, rank))
        states.append(state(batch))
    while len(states) > 1:
        assert state(batch) == states.pop()
        undo_ranking(batch, by=ada)
        assert state(batch) == states[-1]
        assert_tree_shows(batch, audio_root)
    with pytest.raises(DomainError, match="nothing of yours"):
        undo_ranking(batch, by=ada)


def test_one_undoes_ones_own_acts_only(batch, ada, grace):
    give(batch, ada, (1, 1))
    give(batch, grace, (2, 1), line=2)
    undo_ranking(batch, by=ada)
    assert (held(batch), held(batch, line=2)) == ({}, {1: 2})


def test_what_nobody_did_is_undone_by_nobody(batch, ada):
    give(batch, None, (1, 1))
    for person in (None, AnonymousUser(), ada):
        with pytest.raises(DomainError, match="nothing of yours"):
            undo_ranking(batch, by=person)


def test_undo_waits_for_what_somebody_did_later_on_the_line(batch, ada, grace):
    act = rank_take(take_of(batch, 1, 1), 1, by=ada)
    give(batch, grace, (2, 1))
    with pytest.raises(Stale, match="grace ranked this line after that"):
        undo_ranking(batch, by=ada, act_pk=act.pk)
    with pytest.raises(DomainError, match="nothing of yours"):
        undo_ranking(batch, by=ada)
    undo_ranking(batch, by=grace)
    undo_ranking(batch, by=ada)
    assert held(batch) == {}


def test_a_locked_batch_is_read_only(batch, ada, audio_root):
    give(batch, ada, (1, 1))
    assert lock_batch(batch, by=ada, reason="The client has heard them.")
    assert not lock_batch(batch, by=ada, reason="again")
    assert_tree_shows(batch, audio_root)
    document = json.loads((audio_root / batch.path / "metadata.json").read_text())
    assert document["ranked_at_utc"] and document["takes"][0]["rank"] == 1
    for act in (
        lambda: rank_take(take_of(batch, 1, 2), 1, by=ada),
        lambda: undo_ranking(batch, by=ada),
    ):
        with pytest.raises(Locked):
            act()
    locked = Event.objects.get(verb="batch.locked")
    assert (locked.actor, locked.data) == (ada, {"reason": "The client has heard them."})


def test_unlocking_opens_it_again(batch, ada, grace, audio_root):
    lock_batch(batch, by=ada)
    assert unlock_batch(batch, by=grace, reason="One was wrong.")
    assert not unlock_batch(batch, by=grace)
    assert_tree_shows(batch, audio_root)
    give(batch, ada, (1, 1))
    assert held(batch) == {1: 1}
    assert Event.objects.get(verb="batch.unlocked").actor == grace


def test_what_is_still_being_made_is_not_locked(batch, ada):
    Take.objects.filter(pk=take_of(batch, 1, 1).pk).update(status="pending")
    with pytest.raises(DomainError, match="1 takes are still being made"):
        lock_batch(batch, by=ada)


def test_a_rank_that_could_not_be_shown_is_kept_and_shown_later(batch, ada, audio_root):
    slot = audio_root / batch.path / "ranked" / "01"
    slot.rmdir()
    slot.write_text("in the way")
    with pytest.raises(Unavailable, match="The change is kept"):
        give(batch, ada, (1, 1))
    assert held(batch) == {1: 1}
    RankingAct.objects.update(created_at="2020-01-01T00:00Z")
    assert project_forgotten() == 0
    slot.unlink()
    assert project_forgotten() == 1
    assert_tree_shows(batch, audio_root)
    assert project_forgotten() == 0


def lead_out(batch, audio_root, tmp_path):
    """Somebody puts a link out of the root in the place of `ranked/01`."""
    slot = audio_root / batch.path / "ranked" / "01"
    (tmp_path / "elsewhere").mkdir(exist_ok=True)
    slot.rmdir()
    slot.symlink_to(tmp_path / "elsewhere")
    return slot


def test_a_tree_that_leads_out_holds_up_neither_ranks_nor_other_batches(
    batch, ada, audio_root, tmp_path
):
    slot = lead_out(batch, audio_root, tmp_path)
    with pytest.raises(Unavailable, match="The change is kept.*by a symbolic link"):
        give(batch, ada, (1, 1))
    assert held(batch) == {1: 1}
    other = make_batch(audio_root)
    give(other, ada, (1, 1))
    RankingAct.objects.update(projected_at=None, created_at="2020-01-01T00:00Z")
    assert project_forgotten() == 1
    assert [act.batch for act in RankingAct.objects.filter(projected_at=None)] == [batch]
    assert list((tmp_path / "elsewhere").iterdir()) == []
    slot.unlink()
    assert project_forgotten() == 1
    assert_tree_shows(batch, audio_root)


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-40]),
        lambda path: path.write_text(json.dumps(json.loads(path.read_text()))),
        lambda path: path.write_text(path.read_text().replace("_take_1.mp3", "_take_9.mp3")),
    ],
)
def test_a_damaged_file_is_written_anew_by_the_next_rank(batch, ada, audio_root, damage):
    damage(audio_root / batch.path / "metadata.json")
    give(batch, ada, (1, 1))
    assert_tree_shows(batch, audio_root)


def test_names_that_look_alike_are_told_apart(audio_root, ada):
    batch = make_batch(audio_root, lines=3)
    names = ['A "quoted" name, "line": ', "Über_日本", "A"]
    for take, name in zip(batch.takes.filter(take_number=1), names, strict=True):
        (audio_root / take.key).rename(audio_root / batch.path / "takes" / f"{name}.mp3")
        Take.objects.filter(pk=take.pk).update(file_name=f"{name}.mp3", text=f'\n    {{"{name}"')
    tree.write(batch)
    for line in (1, 2, 3):
        give(batch, ada, (1, line), line=line)
        assert_tree_shows(batch, audio_root)
    assert sorted(ranks(batch).values()) == [1, 2, 3]


@pytest.mark.parametrize("bucket_server", ["moto", "gcs"], indirect=True)
def test_in_a_bucket_a_document_stands_for_the_links(batch, ada, bucket_server, place_at):
    place_at("takes", bucket_server.url("takes"))
    give(batch, ada, (1, 1), (2, 1))
    lock_batch(batch, by=ada)
    place = get_place("takes")
    first, second = take_of(batch, 1, 2), take_of(batch, 1, 1)
    ranked = json.loads(place.read(f"{batch.path}/ranked.json"))
    assert ranked == {"01": [first.file_name], "02": [second.file_name]}
    batch.refresh_from_db()
    document = json.loads(place.read(f"{batch.path}/metadata.json"))
    assert document == tree.metadata(batch)
    assert place.exists(f"{batch.path}/LOCKED")
    unlock_batch(batch, by=ada)
    assert not place.exists(f"{batch.path}/LOCKED")


def test_rebuilding_restores_a_lost_tree_and_says_what_is_gone(batch, ada, audio_root):
    give(batch, ada, (1, 1), (2, 2))
    folder = audio_root / batch.path
    (folder / "metadata.json").unlink()
    lost = folder / "ranked" / "01" / take_of(batch, 1, 1).file_name
    lost.rename(folder / "ranked" / "03" / lost.name)
    (folder / "takes" / "stranger.mp3").write_bytes(b"?")
    (folder / "takes" / take_of(batch, 2, 5).file_name).unlink()
    rebuilt = tree.rebuild(batch)
    assert (rebuilt.written, rebuilt.links) == (10, 2)
    assert rebuilt.missing == [take_of(batch, 2, 5).file_name]
    assert rebuilt.alien == ["stranger.mp3"]
    assert_tree_shows(batch, audio_root)
    assert (folder / "takes" / "stranger.mp3").exists()


@pytest.mark.django_db(transaction=True)
def test_curators_at_the_same_time_lose_nothing(batch, audio_root):
    """Each act that was answered is in the history, whoever else ranks the same line."""
    people = UserFactory.create_batch(4)
    answered = []

    def rank(person):
        with own_connections():
            for number in (1, 2, 3, 4, 5) * 2:
                act = rank_take(take_of(batch, 1, number), 1, by=person)
                answered.append(act.pk if act else None)

    threads = [threading.Thread(target=rank, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answered) == 40
    acts = {pk for pk in answered if pk}
    assert set(RankingAct.objects.values_list("pk", flat=True)) == acts
    assert not RankingAct.objects.filter(projected_at=None).exists()
    assert sorted(held(batch)) == [1, 2, 3, 4, 5]
    assert_tree_shows(batch, audio_root)


def test_what_a_killed_process_left_half_written_goes(batch, ada, audio_root):
    give(batch, ada, (1, 1))
    leftover = audio_root / batch.path / "ranked" / "01" / ".tmp-0123"
    leftover.symlink_to("../../takes/nothing.mp3")
    RankingAct.objects.update(projected_at=None, created_at="2020-01-01T00:00Z")
    assert project_forgotten() == 1
    assert not leftover.is_symlink()
    assert_tree_shows(batch, audio_root)
