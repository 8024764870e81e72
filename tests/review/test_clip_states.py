"""States of lines in the clip table; what a patch starts from, and what it touches."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.catalog.models import Character, Line
from apps.review.approvals import services as approvals_services
from apps.review.clips import queries
from apps.review.clips.patches import consequences, speech_of
from apps.review.clips.states import STATES
from apps.review.drafts.services import hiding
from apps.review.links import pages
from apps.review.links.services import links
from apps.review.models import LiveClip
from apps.voices.models import Casting
from tests.factories import LineFactory, UserFactory, VoiceFactory
from tests.review.clips import change_text, invite, make_draft, make_live, make_take

pytestmark = pytest.mark.django_db


def state_of(line: Line) -> str:
    found = queries.rows_of(
        [Line.objects.select_related("language").get(pk=line.pk)], UserFactory()
    )
    state = found[0].state
    # The table's row and the list of that state never disagree.
    for name in STATES:
        assert (line in queries.lines_of(line.language, name)) == (name == state)
    return state


# --- States ----------------------------------------------------------------------------------


def test_a_line_goes_from_silence_to_approval(line):
    assert state_of(line) == "no_audio"
    make_live(line)
    assert state_of(line) == "live"
    draft = make_draft(line)
    assert state_of(line) == "draft"
    invite([draft])
    assert state_of(line) == "review"
    approvals_services.approve_drafts([draft], by=None)
    assert state_of(line) == "approved"
    change_text(line, "Willkommen im Turm, Kinder.")
    assert state_of(line) == "stale"
    line.refresh_from_db()
    make_draft(line)
    assert state_of(line) == "draft", "what is being mended is no longer only stale"


@pytest.mark.parametrize(
    ("text", "state"),
    [("<br>", "no_text"), ("NO APPROVED TRANSLATION ", "no_text"), ("Hallo", "no_audio")],
)
def test_a_silent_line_without_anything_to_speak_is_told_apart(language, text, state):
    assert state_of(LineFactory(language=language, text=text)) == state


@pytest.mark.parametrize("same", ["Willkommen im Turm. ", "\nWillkommen im Turm.", "Zu\u0308rich"])
def test_blanks_around_a_text_or_its_composition_make_nothing_stale(language, same):
    text = "Z\u00fcrich" if same.startswith("Zu") else "Willkommen im Turm."
    line = LineFactory(language=language, text=text)
    make_live(line, text=same)
    draft = make_draft(line)
    approvals_services.approve_drafts([draft], by=None)
    Line.objects.filter(pk=line.pk).update(text=same)
    assert state_of(line) == "approved"
    approval = draft.approvals.select_related("line", "draft__line").get()
    assert (approval.stale_because, approval.draft.is_stale) == ("", False)
    assert consequences(Line.objects.get(pk=line.pk)).live
    LiveClip.objects.update(text=f"{same} und mehr")
    assert not consequences(Line.objects.get(pk=line.pk)).live


def test_a_link_for_everything_takes_whatever_waits_into_review(line, ada):
    make_draft(line)
    links.create_link(
        line.series, title="All", languages=[line.language], everything=True,
        reviewers=["Maria"], by=ada,
    )  # fmt: skip
    assert state_of(line) == "review"
    line.series.review_links.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert state_of(line) == "draft"


@pytest.mark.parametrize(
    ("said", "state"),
    [("Etwas anderes", "stale"), ("", "live"), (" Willkommen im Turm. ", "live")],
)
def test_a_live_clip_that_says_something_else_is_stale(line, said, state):
    make_live(line, text=said)
    assert state_of(line) == state
    reviewer, _ = invite([make_draft(line)])
    is_shown = bool(pages.rows_of(reviewer)[0].changes)
    assert is_shown == (state == "stale"), "partners are shown what differs, and nothing else"


def test_drafts_put_aside_do_not_wait(line):
    draft = make_draft(line)
    hiding.reject_drafts([draft], by=None)
    assert state_of(line) == "no_audio"


def test_an_approval_of_another_text_alone_makes_a_line_stale(line):
    approvals_services.approve_drafts([make_draft(line)], by=None)
    change_text(line, "Neu")
    assert state_of(line) == "stale"


def test_why_a_line_is_stale(line, ada):
    draft = make_draft(line)
    change_text(line, "Neu")
    line.refresh_from_db()
    assert queries.rows_of([line], ada)[0].why == "The newest draft says something else."
    hiding.hide_drafts([draft], by=None)
    make_live(line, text="Alt")
    assert queries.rows_of([line], ada)[0].why == "The clip that is live says something else."


# --- What a patch starts from, and what it touches -------------------------------------------


def test_the_manner_is_that_of_the_live_clip(line):
    make_draft(line)
    live = make_live(line, model="eleven_x", voice=VoiceFactory(provider_voice_id="Steph"))
    manner = speech_of(line)
    assert (manner.voice, manner.model, manner.settings) == (live.voice, "eleven_x", live.settings)


def test_an_unknown_voice_is_named(line):
    make_live(line, voice=None, voice_name="Julia", service="ElevenLabs")
    make_draft(line)
    manner = speech_of(line)
    assert manner.lacking == "Julia (ElevenLabs)"
    assert manner.source == "general-intro1_v001"


def test_without_a_clip_the_newest_take_then_the_casting(line):
    line.character = Character.objects.create(series=line.series, name="Maren")
    line.save()
    assert speech_of(line).voice is None
    steph = VoiceFactory(provider_voice_id="Steph")
    Casting.objects.create(series=line.series, character=line.character, voice=steph)
    assert speech_of(line).voice == steph
    make_take(line)
    assert speech_of(line).voice == VoiceFactory()


def test_what_another_text_makes_stale(line, ada):
    assert not consequences(line)
    make_live(line)
    draft = make_draft(line)
    invite([draft])
    other = make_draft(line)
    approvals_services.approve_drafts([draft], by=ada)
    touched = consequences(line)
    assert touched.live and touched.approval.draft == draft
    assert (touched.drafts, touched.links) == (1, 0), "the second waits, in no link"
    assert other.line_id == line.pk
    hiding.reject_drafts([other], by=ada)
    LiveClip.objects.update(text="Something else.")
    assert consequences(line), "the approval would be stale"
    assert not consequences(line).live, "it is stale already"
