"""Lines that cannot be spoken: estimate, dry run, order, page and API leave out the same ones."""

import io
import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.services import create_token
from apps.core.errors import Invalid
from apps.takes.models import Run
from apps.takes.ordering.generation_order import GenerationOrder
from apps.takes.ordering.services.runs import order_run
from tests.factories import LanguageFactory, LineFactory, UserFactory, VoiceFactory

pytestmark = pytest.mark.django_db(transaction=True)

SAID = "2 lines left out: Intro_2 (markup only), Intro_3 (placeholder)"
NOTHING = "No line is left to speak"


@pytest.fixture
def series():
    language = LanguageFactory(series__slug="Lantern")
    for key, text in {
        "Intro_1": "Welcome.",
        "Intro_2": "<br>",
        "Intro_3": "NO APPROVED TRANSLATION ",
    }.items():
        LineFactory(language=language, key=key, text=text)
    VoiceFactory()
    return language.series


@pytest.fixture
def root():
    return UserFactory(username="root", is_superuser=True)


@pytest.fixture
def send_form(client, root, series):
    """Sends the generate form of the Series with a button."""
    client.force_login(root)
    address = f"{reverse('admin:takes_run_add')}?series={series.pk}"
    fields = {
        "which": "all", "language": "en", "voices": [VoiceFactory().pk], "takes": 1,
        "output_format": "mp3_44100_128", "reuse_identical": "on",
    }  # fmt: skip

    def send(**changes):
        return client.post(address, fields | changes, follow=True)

    return send


def order_of(series, lines: str = "") -> GenerationOrder:
    return GenerationOrder(
        series=series, language="en", voices=[VoiceFactory()], takes=1, lines=lines
    )


def command(*arguments: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command(
        "generate", "--series", "Lantern", "--voice", "espeak:Annie", "--takes", "1", *arguments,
        stdout=out, stderr=err,
    )  # fmt: skip
    return out.getvalue(), err.getvalue()


def test_the_estimate_counts_what_can_be_spoken(series):
    plan = order_of(series).plan(by=None)
    assert (plan.takes, plan.left_out) == (1, SAID)
    assert plan.estimates[0].characters == len("Welcome.")


def test_an_order_leaves_out_what_cannot_be_spoken(series):
    run = order_run(order_of(series).requests(), by=None, queue=False)
    assert [take.line.key for take in run.takes.all()] == ["Intro_1"]
    assert run.left_out == SAID


def test_an_order_of_nothing_that_can_be_spoken_is_refused(series):
    order = order_of(series, lines="Intro_[23]")
    for ask in (lambda: order.plan(by=None), lambda: order_run(order.requests(), by=None)):
        with pytest.raises(Invalid, match=NOTHING) as refusal:
            ask()
        assert SAID in refusal.value.errors["lines"]
    assert not Run.objects.exists()


def test_the_dry_run_says_what_is_left_out(series):
    out, err = command("--dry-run")
    assert "espeak: 1 takes" in out
    assert SAID in err
    assert json.loads(command("--dry-run", "--json")[0])[0]["takes"] == 1
    assert not Run.objects.exists()
    with pytest.raises(CommandError, match=NOTHING):
        command("--dry-run", "--lines", "Intro_3")


def test_the_command_orders_the_rest(series, audio_root):
    out, err = command("--inline", "--json")
    assert SAID in err
    document = json.loads(out)
    assert (document["takes_complete"], document["left_out"]) == (1, SAID)


def test_the_page_says_what_is_left_out(send_form, redis_clean):
    estimate = send_form(estimate="1")
    assert SAID in estimate.text
    assert "Generate 1 take<" in estimate.text
    ordered = send_form(order="1")
    assert Run.objects.get().left_out == SAID
    assert SAID in ordered.text
    refused = send_form(which="matching", lines="Intro_2", order="1")
    assert "1 line left out: Intro_2 (markup only)" in refused.text
    assert Run.objects.count() == 1


def test_the_api_says_what_is_left_out(series, root, redis_clean):
    ends = timezone.now() + timedelta(days=1)
    secret = create_token(root, "test", ["read:job", "edit:job"], ends, by=root)[1]
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {secret}"}
    order = {"series": "Lantern", "voices": ["espeak:Annie"], "takes": 1}

    def send(**changes):
        return Client().post(
            "/api/generate", order | changes, content_type="application/json", **bearer
        )

    answer = send()
    assert answer.status_code == 202
    data = answer.json()["data"]
    assert data["left_out"] == SAID
    status = Client().get(f"/api/generate/{data['task_id']}/status", **bearer).json()["data"]
    assert (status["total"], status["left_out"]) == (1, SAID)
    refused = send(lines="Intro_2")
    assert (refused.status_code, "Intro_2 (markup only)" in refused.text) == (400, True)
