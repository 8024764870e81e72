"""The plain voice of a line and its variants: each has versions, answers, approvals of its own."""

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from apps.audio.tagging import read_tags
from apps.core.errors import Invalid
from apps.review.approvals.services import approve_drafts, withdraw_approvals
from apps.review.clips import queries
from apps.review.clips.services.adoption import adopt_clips
from apps.review.drafts.queries import waiting_drafts
from apps.review.drafts.saving import save_draft
from apps.review.links.pages import outline_of, rows_of
from apps.review.links.services.reviewers import introduce
from apps.review.links.services.verdicts import choose_heard, decide, report_heard
from apps.review.models import Draft, Verdict
from apps.storage.classes import AssetClass
from apps.storage.places import get_place
from tests.factories import UserFactory
from tests.review.clips import audio_of, invite, make_draft, make_live, make_take, tone
from tests.review.sweeping import deploy_due

pytestmark = pytest.mark.django_db(transaction=True)

DEPLOY = "Levels/deploy/de"


def make_variant(line, variant="ocean", **manner):
    return save_draft(make_take(line, **manner), by=None, variant=variant)


@pytest.fixture
def both(line):
    """A version of the plain voice and one with the sea behind it."""
    return make_draft(line), make_variant(line, hertz=500)


def test_versions_are_counted_for_each_and_lie_in_a_folder_of_its_name(line, both):
    make_variant(line)
    named = [draft.name for draft in Draft.objects.order_by("pk").select_related("line")]
    assert named == [
        "general-intro1_v001", "ocean/general-intro1_v001", "ocean/general-intro1_v002",
    ]  # fmt: skip
    keys = [draft.key for draft in both]
    assert keys[0] == "Levels/audio/de/general-intro1_v001.mp3"
    assert keys[1] == "Levels/audio/de/ocean/general-intro1_v001.mp3"
    assert read_tags(get_place("drafts").read(keys[1])).extra["variant"] == "ocean"
    assert "variant" not in read_tags(get_place("drafts").read(keys[0])).extra


@pytest.mark.parametrize("variant", ["../up", "a/b", ".hidden", "CON", "intro_v001.mp3", "a" * 201])
def test_a_variant_that_cannot_be_a_folder_is_refused(line, variant):
    with pytest.raises(Invalid):
        make_variant(line, variant)
    assert not Draft.objects.exists()


def test_one_take_can_be_a_draft_of_both(line):
    take = make_take(line)
    plain, ocean = save_draft(take, by=None), save_draft(take, by=None, variant="ocean")
    assert plain != ocean == save_draft(take, by=None, variant="ocean")


def test_both_are_approved_and_deployed_beside_each_other(places, line, both, ada):
    with pytest.raises(Invalid, match="ocean/general-intro1: choose one version"):
        approve_drafts([*both, make_variant(line)], by=ada)
    plain, ocean = approve_drafts(both, by=ada)
    deploy_due()
    place = get_place("drafts")
    there = [f"{DEPLOY}/general-intro1.mp3", f"{DEPLOY}/ocean/general-intro1.mp3"]
    assert [audio_of(place.read(key)) for key in there] == [one.frames_sha256 for one in both]
    withdraw_approvals([plain], by=ada)
    deploy_due()
    assert [place.exists(key) for key in there] == [False, True]
    newer = make_variant(line, hertz=700)
    approve_drafts([newer], by=ada)
    deploy_due()
    assert audio_of(place.read(there[1])) == newer.frames_sha256
    ocean.refresh_from_db()
    assert ocean.superseded_at and not ocean.deployed_at


def test_what_waits_is_asked_for_each(line, both, ada):
    plain, ocean = both
    approve_drafts([plain], by=ada)
    assert list(waiting_drafts(line.series)) == [ocean]
    approve_drafts([ocean], by=ada)
    assert not waiting_drafts(line.series).exists()


def test_the_clip_table_shows_the_plain_voice(line, ada):
    person, language = UserFactory(), line.language

    def row():
        return queries.rows_of(list(queries.lines_of(language).select_related("series")), person)[0]

    ocean = make_variant(line)
    make_live(line, variant="ocean")
    approve_drafts([ocean], by=ada)
    assert (row().state, row().live, row().draft, row().approval) == ("no_audio", None, None, None)
    plain = make_draft(line)
    assert (row().state, row().draft) == ("draft", plain)


def test_the_page_of_versions_names_the_variant_and_its_approval(client, line, both):
    person = UserFactory(is_superuser=True, is_staff=True)
    client.force_login(person)
    approve_drafts([both[1]], by=person)
    page = client.get(reverse("admin:review_compare", args=[line.series_id, line.pk]))
    told = [(one.draft.variant, bool(one.approval)) for one in page.context["versions"]]
    assert told == [("", False), ("ocean", True)]
    assert '<span class="quiet">ocean</span>' in page.content.decode()


def test_a_partner_answers_for_each(line, both, ada):
    reviewer, token = invite(both, by=ada)
    introduce(reviewer, "Maria")
    make_live(line, variant="ocean")
    first, second = rows_of(reviewer)
    assert (first.variant, first.live, second.variant) == ("", None, "ocean")
    assert second.live.variant == "ocean"
    for draft in both:
        report_heard(reviewer, draft, [[0, draft.duration]])
    decide(reviewer, both[0], "approve")
    assert not outline_of(reviewer).decided, "the other one waits"
    decide(reviewer, both[1], "approve")
    assert outline_of(reviewer).decided == {line.pk}
    assert Verdict.objects.filter(decision="approve").count() == 2
    home = f"/review/{token}/"
    page = Client().get(home).content.decode()
    assert page.count(f'id="line-{line.pk}"') == page.count(f'id="line-{line.pk}-1"') == 1
    assert f"{home}{second.live_audio}" in page
    assert Client().get(f"{home}{second.live_audio}").getvalue() == tone(1.0, 250)
    assert Client().get(f"{home}{first.live_audio}").status_code == 404


def test_undoing_an_answer_is_about_its_variant(both, ada):
    reviewer, token = invite(both, by=ada)
    introduce(reviewer, "Maria")
    decide(reviewer, both[0], "unsure")
    fields = {"draft": both[1].pk, "decision": "unsure"}
    headers = {"Accept": "application/json"}
    told = Client().post(f"/review/{token}/decide/", fields, headers=headers).json()
    assert told["before"] == []


def test_all_that_was_heard_is_used_for_each(both, ada):
    reviewer, _ = invite(both, by=ada)
    decide(reviewer, both[0], "unsure")
    report_heard(reviewer, both[1], [[0, both[1].duration]])
    assert choose_heard(reviewer) == [both[1]]


def test_what_is_live_counts_where_the_setting_says(line, settings):
    person = UserFactory()

    def state():
        lines = list(queries.lines_of(line.language).select_related("series"))
        return queries.rows_of(lines, person)[0].state

    make_live(line, alias="prod")
    assert state() == "no_audio"
    settings.LIVE_ALIAS = "prod"
    assert state() == "live"


def test_each_destination_has_a_clip_of_its_own(language, line, ada):
    for alias, folder in (("dev", "audio"), ("repo", "audio_files")):
        key = f"Levels/{folder}/de/general-intro1.mp3"
        get_place(alias).put(key, tone(1.0, 250), asset_class=AssetClass.ITEM)
        adopt_clips(language, by=ada, alias=alias)
    assert {clip.alias for clip in line.live_clips.all()} == {"dev", "repo"}
    get_place("repo").delete(key)
    get_place("repo").put(f"{key}_".replace("1.mp3_", "2.mp3"), tone(1.0, 250), asset_class="item")
    assert adopt_clips(language, by=ada, alias="repo").gone == ["general-intro1"]
    assert line.live_clips.get().alias == "dev"
    with pytest.raises(IntegrityError):
        make_live(line)
