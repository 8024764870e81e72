"""The clip table: its pages and numbers, what a row says, and the form of the line editor."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from guardian.shortcuts import assign_perm

from apps.catalog.models import Character, Line
from apps.core.access import codename
from apps.review.clips import queries
from apps.review.clips.services import regeneration
from apps.review.clips.views import pagination
from apps.takes.models import Run, Take
from apps.voices.models import Casting
from tests.factories import LanguageFactory, LineFactory, UserFactory, VoiceFactory
from tests.review.clips import change_text, make_draft, make_live, make_take

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(client):
    user = UserFactory(username="root", is_superuser=True)
    client.force_login(user)
    return user


@pytest.fixture
def speaker(client, line):
    """May have lines spoken, and not change what they say."""
    person = UserFactory(username="speaker")
    for permission in ("view", "generate"):
        assign_perm(codename(permission), person, line.series)
    client.force_login(person)
    return person


def address(name: str, *parts: object) -> str:
    return reverse(f"admin:review_{name}", args=parts)


def fill(language, number: int) -> None:
    Line.objects.bulk_create(
        Line(series=language.series, language=language, key=f"L{n}", position=n, text=f"Text {n}.")
        for n in range(number)
    )


# --- Pages and numbers -----------------------------------------------------------------------


def test_lines_beyond_ten_thousand_are_reached(client, root, language):
    fill(language, 10_100)
    where = address("clips", language.series_id)

    def shown(**asked):
        page = client.get(where, asked).context_data
        return page["page"], [row.line.key for row in page["rows"]]

    for wanted in ("202", "203", "999999999999"):
        page, keys = shown(page=wanted)
        assert (page.number, page.has_next, keys[-1]) == (202, False, "L10099")
    page, keys = shown(page="201")
    assert page.has_next and keys[0] == "L10000"
    assert shown(q="text 10099.")[1] == ["L10099"]
    counted = client.get(address("clips_counts", language.series_id)).json()
    assert counted["counts"][""] == counted["counts"]["no_audio"] == 10_100


def test_a_page_load_counts_nothing(client, root, language):
    fill(language, 60)
    with CaptureQueriesContext(connection) as asked:
        client.get(address("clips", language.series_id), {"state": "no_audio"})
    assert not [one["sql"] for one in asked if "COUNT(*)" in one["sql"]]


def test_pages_keep_the_filters(client, root, language, monkeypatch):
    monkeypatch.setattr(pagination, "PER_PAGE", 2)
    fill(language, 3)
    where = address("clips", language.series_id)
    asked = {"q": "text", "state": "no_audio", "lang": "de"}
    page = client.get(where, asked).content.decode()
    assert "q=text&amp;state=no_audio&amp;lang=de&amp;page=2" in page
    assert "Next" in page and "Previous" not in page
    page = client.get(where, {**asked, "page": "2"}).content.decode()
    assert "Previous" in page and "Next" not in page


def test_numbers_and_languages_keep_the_words(client, root, line):
    LanguageFactory(series=line.series, tag="fr")
    make_live(line)
    LineFactory(language=line.language, text="Anderes")
    page = client.get(address("clips", line.series_id), {"lang": "de", "q": "turm"})
    text = page.content.decode()
    assert "?lang=fr&amp;q=turm" in text
    assert f"{address('clips_counts', line.series_id)}?lang=de&amp;q=turm" in text
    counted = client.get(address("clips_counts", line.series_id), {"lang": "de", "q": "turm"})
    found = counted.json()["counts"]
    assert (found[""], found["live"], found["no_audio"]) == (1, 1, 0)


@pytest.mark.parametrize("words", ["WÄHLE", "wähle", "Wähle (", "[ÄÖ]"])
def test_words_are_found_in_capitals_or_not(line, words):
    chosen = LineFactory(language=line.language, text="Wähle (bitte) [äö].")
    assert list(queries.lines_of(line.language, "", words)) == [chosen]


def test_a_language_without_lines_says_what_to_do(client, root, line):
    LanguageFactory(series=line.series, tag="fr")
    where = address("clips", line.series_id)
    assert "Import script" in client.get(where, {"lang": "fr"}).content.decode()
    looker = UserFactory(username="looker")
    assign_perm(codename("view"), looker, line.series)
    client.force_login(looker)
    page = client.get(where, {"lang": "fr"}).content.decode()
    assert "No lines in this language" in page and "Import script" not in page


# --- Rows ------------------------------------------------------------------------------------


def test_a_row_says_who_plays_it(client, root, line):
    def row():
        page = client.get(address("clips_rows", line.series_id), {"lines": str(line.pk)})
        return page.content.decode()

    line.character = Character.objects.create(series=line.series, name="Maren")
    line.save()
    assert "Maren" in row() and "Maren, voice" not in row()
    for name, language in (("Steph", None), ("Julia", line.language)):
        Casting.objects.create(
            series=line.series,
            character=line.character,
            language=language,
            voice=VoiceFactory(provider_voice_id=name, name=name),
        )
        assert f"Maren, voice {name}" in row()


def test_many_voices_cost_as_much_as_one(client, root, language):
    def cast(number: int) -> None:
        for line in LineFactory.create_batch(number, language=language):
            line.character = Character.objects.create(series=line.series, name=line.key)
            line.save()
            voice = VoiceFactory(provider_voice_id=line.key)
            Casting.objects.create(series=line.series, character=line.character, voice=voice)

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address("clips", language.series_id)).status_code == 200
        return len(asked)

    cast(1)
    queries()
    few = queries()
    cast(12)
    assert queries() == few


def preview(line, person, status: str) -> Take:
    take = regeneration.regenerate(line, VoiceFactory(), settings={}, by=person)
    Take.with_previews.filter(pk=take.pk).update(status=status)
    return take


def test_rows_are_followed_with_one_question(client, root, line, redis_clean):
    others = LineFactory.create_batch(3, language=line.language)
    preview(line, root, "pending")
    heard = make_take(others[0])
    Run.objects.filter(pk=heard.run_id).update(ordered_by=root)
    Take.objects.filter(pk=heard.pk).update(expires_at=timezone.now() + timedelta(hours=1))
    for _ in range(3):
        preview(others[1], root, "failed")
    elsewhere = LineFactory()
    pks = [line.pk, *(one.pk for one in others[:2]), elsewhere.pk]
    asked = {"lines": ",".join(map(str, [*pks, "x"]))}
    page = client.get(address("clips_rows", line.series_id), asked).content.decode()
    told = page.split("<tr ")[1:]
    assert len(told) == 3, "neither another Series' line nor one that was not asked for"
    assert "being made" in told[0] and "data-making" in told[0]
    assert "<voice-player" in told[1] and "data-making" not in told[1]
    assert "preview failed" in told[2] and "3 previews" not in told[2]


def test_rows_of_nothing(client, root, line):
    assert "<table>" in client.get(address("clips_rows", line.series_id)).content.decode()


# --- The form of the line editor ----------------------------------------------------------------


def patch(client, line, act: str, **fields):
    now = Line.objects.get(pk=line.pk)
    data = {"act": act, "text": now.text, "version": now.version, **fields}
    where = address("clip_patch", line.series_id, line.pk)
    return client.post(where, data, headers={"X-Part": "line"})


@pytest.mark.parametrize("act", ["text", "regenerate"])
def test_what_was_chosen_stays_chosen(client, root, line, redis_clean, act):
    make_live(line)
    annie = VoiceFactory(provider_voice_id="Annie", name="Annie")
    sent = {"voice": annie.pk, "stability": "0.1", "text": "Neu"}
    page = patch(client, line, act, **sent).content.decode()
    assert f'<option value="{annie.pk}" selected data-provider="{annie.provider}">' in page
    assert 'value="0.1"' in page and "as chosen" in page


def test_what_is_wrong_is_in_sight(client, root, line, redis_clean):
    make_live(line)
    quiet, voice = 'editor__speech" data-speech>', VoiceFactory().pk
    assert quiet in patch(client, line, "text", text="", voice=voice).content.decode()
    wrong = patch(client, line, "regenerate", voice=voice, model="eleven_v3").content.decode()
    assert quiet not in wrong and "has no model eleven_v3" in wrong


def test_who_may_not_edit_cannot_type(client, line, speaker, redis_clean):
    page = client.get(address("clip", line.series_id, line.pk)).content.decode()
    assert "readonly" in page
    change_text(line, "Von Ada")
    sent = {"text": line.text, "version": line.version, "voice": VoiceFactory().pk}
    answer = patch(client, line, "regenerate", **sent)
    assert answer.status_code == 409
    assert "this is the new one" in answer.content.decode()
    sent = {"text": "Von Ada", "version": 2, "voice": VoiceFactory().pk}
    assert patch(client, line, "regenerate", **sent).status_code == 200


def test_a_newer_text_is_quoted_as_it_is(client, root, line):
    change_text(line, "Von Ada.")
    page = patch(client, line, "text", text="Von mir", version=1).content.decode()
    assert "save yours again. Theirs is: “Von Ada.”<" in page


def test_a_version_without_a_voice_is_only_saved_by_somebody(client, root, line):
    draft = make_draft(line)
    type(draft).objects.update(voice_name="")
    page = client.get(address("clip", line.series_id, line.pk)).content.decode()
    assert re.search(r">\s*saved by", page) and ", saved by" not in page
