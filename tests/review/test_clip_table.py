"""The clip table: rows, the acts of one line and of several, and who may do them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from guardian.shortcuts import assign_perm

from apps.catalog.models import Line
from apps.core.access import codename
from apps.core.errors import DomainError
from apps.review.clips import queries
from apps.review.clips.services import regeneration
from apps.review.models import Draft, LiveClip
from apps.storage.places import get_place
from apps.takes.management.commands.generate import render_inline
from apps.takes.models import Run, Take
from tests.factories import LanguageFactory, LineFactory, UserFactory, VoiceFactory
from tests.review.clips import change_text, make_draft, make_live, make_take, tone
from tests.review.sweeping import deploy_due

pytestmark = pytest.mark.django_db
# Takes are rendered by threads with connections of their own, which see only what is committed.
rendering = pytest.mark.django_db(transaction=True)


@pytest.fixture
def root(client):
    user = UserFactory(username="root", is_superuser=True)
    client.force_login(user)
    return user


def address(name: str, *parts: object) -> str:
    return reverse(f"admin:review_{name}", args=parts)


# --- The page --------------------------------------------------------------------------------


def test_the_table_shows_lines_of_one_language(client, root, line):
    LineFactory(language=LanguageFactory(series=line.series, tag="es"), text="Bienvenidos")
    make_live(line)
    make_draft(line)
    page = client.get(address("clips", line.series_id), {"lang": "de"}).content.decode()
    assert "Willkommen im Turm." in page and "Bienvenidos" not in page
    assert "general-intro1, live" in page and "general-intro1_v001" in page
    assert page.count('preload="none"') == 2
    assert client.get(address("clips", line.series_id), {"lang": "fr"}).status_code == 404
    assert client.get(address("clips", line.series_id), {"state": "nonsense"}).status_code == 404


def test_the_language_of_the_series_comes_first(client, root, line):
    LanguageFactory(series=line.series, tag="aa")
    type(line.series).objects.update(default_language="de")
    page = client.get(address("clips", line.series_id))
    assert page.context_data["language"].tag == "de"


def test_filters_and_search(client, root, line):
    make_draft(line)
    LineFactory(language=line.language, key="other", text="Anderes")

    def keys(**asked):
        page = client.get(address("clips", line.series_id), {"lang": "de", **asked})
        return [row.line.key for row in page.context_data["rows"]]

    assert keys() == ["general-intro1", "other"]
    assert keys(state="draft") == ["general-intro1"]
    assert keys(state="no_audio") == ["other"]
    assert keys(q="anderes") == ["other"]
    assert keys(q="nothing\0") == []
    assert keys(page="99") == ["general-intro1", "other"]


def test_queries_do_not_grow_with_the_lines(client, root, language, django_assert_num_queries):
    def fill(lines: int) -> None:
        for line in LineFactory.create_batch(lines, language=language):
            LiveClip.objects.create(
                series=line.series, line=line, alias="dev", key="x", duration=1, size=1, text="x",
            )  # fmt: skip
            facts = {"sha256": "0", "frames_sha256": "0", "size": 1, "duration": 1.0, "key": "x"}
            Draft.objects.create(
                series=line.series, line=line, version=1, text=line.text, saved_by_name="x", **facts
            )

    fill(2)
    where = address("clips", language.series_id)
    client.get(where)
    with django_assert_num_queries(client_queries(client, where)):
        client.get(where)
    few = client_queries(client, where)
    fill(60)
    assert client_queries(client, where) == few <= 16


def client_queries(client, where: str) -> int:
    with CaptureQueriesContext(connection) as found:
        assert client.get(where).status_code == 200
    return len(found)


def test_counts(client, root, line):
    make_draft(line)
    LineFactory(language=line.language)
    LineFactory(language=line.language, text="<br>")
    answer = client.get(address("clips_counts", line.series_id), {"lang": "de"}).json()
    assert answer["counts"] == {
        "": 3, "review": 0, "draft": 1, "approved": 0, "stale": 0, "live": 0,
        "no_text": 1, "no_audio": 1,
    }  # fmt: skip


def test_choosing_a_series(client, root, line):
    page = client.get(reverse("admin:review_liveclip_changelist")).content.decode()
    assert address("clips", line.series_id) + "?lang=de" in page


def test_a_series_without_lines_says_so(client, root):
    series = LanguageFactory().series
    series.languages.all().delete()
    assert "has no lines" in client.get(address("clips", series.pk)).content.decode()


def test_texts_are_shown_harmless(client, root, language):
    line = LineFactory(language=language, text="<script>alert(1)</script> \u202etxet")
    for name, parts in (("clips", [line.series_id]), ("clip", [line.series_id, line.pk])):
        page = client.get(address(name, *parts)).content.decode()
        assert "<script>alert" not in page and "&lt;script&gt;alert" in page


# --- One line --------------------------------------------------------------------------------


def send(client, line, act, part=True, **fields):
    line = Line.objects.get(pk=line.pk)
    voice = {"voice": VoiceFactory().pk} if act == "regenerate" else {}
    data = {"act": act, "text": line.text, "version": line.version, **voice, **fields}
    headers = {"X-Part": "line"} if part else {}
    return client.post(address("clip_patch", line.series_id, line.pk), data, headers=headers)


def test_a_text_is_saved_in_place(client, root, line):
    answer = send(client, line, "text", text="Willkommen, Kinder.")
    assert answer.status_code == 200
    line.refresh_from_db()
    assert (line.text, line.version) == ("Willkommen, Kinder.", 2)
    page = answer.content.decode()
    assert "The text is saved." in page and page.lstrip().startswith("<tr")
    assert line.versions.get().text == "Willkommen im Turm."


def test_without_scripts_the_page_comes_back(client, root, line):
    answer = send(client, line, "text", part=False, text="Neu")
    assert answer.status_code == 302
    page = client.get(answer["Location"]).content.decode()
    assert "The text is saved." in page and "<title>" in page


def test_a_text_that_somebody_else_changed_is_not_written_over(client, root, line):
    change_text(line, "Von Ada")
    answer = send(client, line, "text", text="Von mir", version=1)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Von Ada" in page and "Von mir" in page
    line.refresh_from_db()
    assert line.text == "Von Ada"
    again = send(client, line, "text", text="Von mir", version=2)
    assert again.status_code == 200


@pytest.mark.parametrize(
    ("act", "fields"),
    [
        ("text", {"text": ""}),
        ("text", {"text": "a\x00b"}),
        ("text", {"version": "x"}),
        ("nonsense", {}),
        ("regenerate", {"speed": "9"}),
        ("regenerate", {"voice": ""}),
        ("regenerate", {"voice": "999999"}),
        ("regenerate", {"model": "no-such-model"}),
        ("regenerate", {"text": "x" * 200_000}),
    ],
)
def test_bad_input_changes_nothing(client, root, line, redis_clean, act, fields):
    answer = send(client, line, act, **fields)
    assert answer.status_code == 422
    line.refresh_from_db()
    assert (line.text, line.version) == ("Willkommen im Turm.", 1)
    assert not Take.with_previews.exists()


def test_regenerating_makes_a_preview_of_the_new_text(client, root, line, redis_clean):
    manner = {"speed": "1.1", "use_speaker_boost": "off"}
    answer = send(client, line, "regenerate", text="Willkommen, Kinder.", **manner)
    page = answer.content.decode()
    assert answer.status_code == 200, page
    take = Take.with_previews.get()
    assert take.expires_at and take.text == "Willkommen, Kinder."
    assert (take.settings["speed"], take.settings["use_speaker_boost"]) == (1.1, False)
    assert 'data-state="pending"' in page and 'value="1.1"' in page
    assert take.run.ordered_by == root
    line.refresh_from_db()
    assert line.text == "Willkommen, Kinder."


def test_the_text_is_not_saved_when_the_preview_is_refused(client, root, line, audio_root):
    answer = send(client, line, "regenerate", text="Neu", model="no-such-model")
    assert answer.status_code == 422
    line.refresh_from_db()
    assert line.text == "Willkommen im Turm."


def preview_of(line, person) -> Take:
    run = regeneration.regenerate(line, VoiceFactory(), settings={}, by=person).run
    render_inline(Run.with_previews.get(pk=run.pk))
    return Take.with_previews.get(run=run)


@rendering
def test_a_preview_is_heard_and_saved(client, root, line, redis_clean):
    take = preview_of(line, root)
    page = client.get(address("clip", line.series_id, line.pk)).content.decode()
    assert take.key in page and f'value="{take.pk}"' in page
    where = address("clip_save", line.series_id, line.pk)
    answer = client.post(where, {"take": take.pk}, headers={"X-Part": "line"})
    assert "Saved as general-intro1_v001." in answer.content.decode()
    take.refresh_from_db()
    assert take.expires_at is None
    assert Draft.objects.get().take == take
    assert queries.rows_of([line], root)[0].previews == []


@rendering
def test_previews_are_ones_own(line, root, ada, redis_clean):
    preview_of(line, ada)
    assert queries.rows_of([line], root)[0].previews == []
    assert len(queries.rows_of([line], ada)[0].previews) == 1


def test_saving_what_is_gone_says_so(client, root, line):
    where = address("clip_save", line.series_id, line.pk)
    answer = client.post(where, {"take": 999}, headers={"X-Part": "line"})
    assert answer.status_code == 409 and "24 hours" in answer.content.decode()
    assert not Draft.objects.exists()


def test_live_audio_and_waveform(client, root, line):
    make_live(line)
    answer = client.get(
        address("clip_live", line.series_id, line.pk), headers={"Range": "bytes=0-9"}
    )
    assert answer.status_code == 206
    assert b"".join(answer.streaming_content) == tone(1.0, 250)[:10]
    assert client.get(address("clip_live_peaks", line.series_id, line.pk)).json()["data"] == [0, 1]


# --- Several lines ---------------------------------------------------------------------------


def many(client, line, action, lines):
    data = {"action": action, "_selected_action": [one.pk for one in lines], "index": "0"}
    return client.post(address("clips", line.series_id) + "?lang=de", data, follow=True)


def said_to(*asked) -> str:
    return many(*asked).content.decode()


@rendering
def test_regenerating_and_saving_several(client, root, line, redis_clean):
    other = LineFactory(language=line.language, text="Anderes")
    for one in (line, other):
        make_take(one)
    assert "2 previews are being made." in said_to(client, line, "regenerate", [line, other])
    previews = Take.with_previews.filter(expires_at__isnull=False)
    assert previews.count() == 2
    for take in previews:
        render_inline(take.run)
    silent = LineFactory(language=line.language)
    said = said_to(client, line, "save", [line, other, silent])
    assert "2 drafts are saved. 1 had no preview." in said
    asked = many(client, line, "link", [line, other])
    assert "Make a review link" in asked.content.decode()


@rendering
def test_saving_several_stops_at_what_cannot_be_saved(client, root, line, redis_clean, audio_root):
    other = LineFactory(language=line.language, text="Zwei")
    preview_of(line, root)
    (audio_root / preview_of(other, root).key).unlink()
    told = said_to(client, line, "save", [line, other])
    assert "1 draft is saved." in told and "The other previews are still there." in told
    assert Draft.objects.get().line == line


def test_several_lines_are_refused_as_a_whole(client, root, line, redis_clean):
    make_take(line)
    silent = LineFactory(language=line.language)
    said = said_to(client, line, "regenerate", [line, silent])
    assert f"No voice is known for {silent.key}" in said
    assert not Take.with_previews.filter(expires_at__isnull=False).exists()
    with pytest.raises(DomainError, match="50 at most"):
        regeneration.regenerate_many([line] * 51, by=root)
    assert not Take.with_previews.filter(expires_at__isnull=False).exists()
    assert "Choose what to do" in said_to(client, line, "nonsense", [line])
    assert "No line was chosen" in said_to(client, line, "save", [])
    assert "None of these lines has a preview" in said_to(client, line, "save", [silent])
    assert "None of these lines has a draft" in said_to(client, line, "link", [silent])


def test_lines_that_cannot_be_spoken_hold_no_preview_up(client, root, line, redis_clean):
    make_take(line)
    placeholder = LineFactory(language=line.language, text="no approved translation ")
    said = said_to(client, line, "regenerate", [line, placeholder])
    assert "1 preview is being made." in said
    assert f"1 line left out: {placeholder.key} (placeholder)" in said
    assert Take.with_previews.filter(expires_at__isnull=False).get().line == line
    said = said_to(client, line, "regenerate", [placeholder])
    assert "(placeholder). Nothing was ordered." in said


# --- Comparing -------------------------------------------------------------------------------


def test_versions_beside_each_other(client, root, line):
    make_live(line, text="Willkommen im Haus.")
    make_draft(line)
    change_text(line, "Willkommen im hohen Turm.")
    line.refresh_from_db()
    make_draft(line)
    where = address("compare", line.series_id, line.pk)
    page = client.get(where).content.decode()
    assert page.count("<article") == 3
    assert page.count('value="approve"') == page.count("cannot be approved") == 1
    assert "<ins>" in page and "<del>" in page


def test_deciding_on_the_page_of_versions(client, root, line):
    first, second = make_draft(line), make_draft(line)

    def decide(act: str, draft: Draft) -> str:
        where = address("decide", line.series_id, line.pk)
        told = client.post(where, {"act": act, "draft": draft.pk}, follow=True)
        return told.content.decode()

    assert "Version 1 is rejected" in decide("reject", first)
    for act, is_there in (("approve", True), ("unapprove", False), ("approve", True)):
        decide(act, second)
        deploy_due()
        assert get_place("drafts").exists(f"Levels/deploy/de/{line.key}.mp3") == is_there
    assert "Version 1 is restored" in decide("restore", first)
    first.refresh_from_db()
    assert first.rejected_at is None
    assert "no such act" in decide("x", first)


# --- Who may ---------------------------------------------------------------------------------

PAGES = ("clips", "clips_counts")
OF_LINE = ("clip", "clip_live", "clip_live_peaks", "compare")
ACTS = {
    "clip_patch": {"act": "text", "text": "Neu", "version": 1},
    "clip_save": {"take": 1},
    "decide": {"act": "approve"},
}


def test_another_series_is_not_there(client, line):
    make_live(line)
    draft = make_draft(line)
    client.force_login(UserFactory(username="stranger"))
    for name in PAGES:
        assert client.get(address(name, line.series_id)).status_code == 404
    for name in OF_LINE:
        assert client.get(address(name, line.series_id, line.pk)).status_code == 404
    for name, data in ACTS.items():
        where = address(name, line.series_id, line.pk)
        assert client.post(where, {**data, "draft": draft.pk}).status_code == 404
    assert many(client, line, "link", [line]).status_code == 404


def test_a_line_of_another_series_is_not_in_this_one(client, root, line):
    other = LineFactory()
    for name in OF_LINE:
        assert client.get(address(name, line.series_id, other.pk)).status_code == 404
    draft = make_draft(LineFactory(language=line.language))
    where = address("decide", line.series_id, line.pk)
    assert client.post(where, {"act": "approve", "draft": draft.pk}).status_code == 404


def test_who_may_only_look_changes_nothing(client, line):
    draft, looker = make_draft(line), UserFactory(username="looker")
    assign_perm(codename("view"), looker, line.series)
    client.force_login(looker)
    page = client.get(address("clips", line.series_id)).content.decode()
    assert 'name="action"' not in page
    editor = client.get(address("clip", line.series_id, line.pk)).content.decode()
    assert 'value="regenerate"' not in editor and 'value="text"' not in editor
    for name, data in ACTS.items():
        where = address(name, line.series_id, line.pk)
        assert client.post(where, {**data, "draft": draft.pk}).status_code == 403
    regenerated = send(client, line, "regenerate")
    assert regenerated.status_code == 403
    for action in ("regenerate", "save", "link"):
        assert many(client, line, action, [line]).status_code == 403


def test_who_may_generate_but_not_edit_keeps_the_text(client, line, redis_clean):
    person = UserFactory(username="voice")
    for permission in ("view", "generate"):
        assign_perm(codename(permission), person, line.series)
    client.force_login(person)
    assert send(client, line, "regenerate").status_code == 200
    assert send(client, line, "regenerate", text="Neu").status_code == 403


def test_a_partner_without_account_is_sent_to_the_login(client, line):
    assert client.get(address("clips", line.series_id)).status_code == 302
