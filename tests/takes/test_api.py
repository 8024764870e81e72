"""The API of runs: both shapes of an order, every refusal, the status of a run."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.services import create_token
from apps.catalog.models import Series
from apps.takes.management.commands.generate import render_inline
from apps.takes.models import Run
from tests.factories import LanguageFactory, LineFactory, UserFactory, VoiceFactory

pytestmark = pytest.mark.django_db

SCRIPT = "Function,Line\nIntro_1,“Ride the wind!”\nIntro_2,Whoosh!\n"


@pytest.fixture
def person():
    return UserFactory(is_superuser=True)


@pytest.fixture
def call(person, redis_clean):
    """Sends JSON with a token of these scopes; answers (status, body)."""
    ends = timezone.now() + timedelta(days=1)

    def send(method, path, body=None, scopes=("read:job", "edit:job")):
        secret = create_token(person, "test", list(scopes), ends, by=person)[1]
        answer = Client().generic(
            method,
            f"/api/{path}",
            json.dumps(body) if body is not None else "",
            content_type="application/json",
            HTTP_AUTHORIZATION=f"Bearer {secret}",
        )
        return answer.status_code, answer.json()

    return send


@pytest.fixture
def series():
    language = LanguageFactory(series__slug="Lantern")
    for number in range(3):
        LineFactory(language=language, key=f"Intro_{number}")
    VoiceFactory(provider_voice_id="Annie")
    return language.series


@pytest.mark.django_db(transaction=True)
def test_an_order_is_taken_and_can_be_followed(call, series, audio_root):
    order = {"series": "Lantern", "language": "en", "voices": ["espeak:Annie"], "takes": 2}
    code, body = call("POST", "generate", order | {"settings": {"stability": [0.4, 0.6]}})
    assert (code, set(body), set(body["data"])) == (202, {"data"}, {"task_id"})
    run = Run.objects.get(task_id=body["data"]["task_id"])
    assert run.takes.count() == 6
    path = f"generate/{run.task_id}/status"
    code, body = call("GET", path)
    assert (code, body["data"]["status"], body["data"]["pending"]) == (200, "pending", 6)
    render_inline(run)
    done = call("GET", path)[1]["data"]
    assert (done["status"], done["progress"], done["complete"]) == ("completed", 100, 6)
    assert done["batches"][0]["path"].startswith("Lantern/Annie-Annie/")
    assert all(0.4 <= take.settings["stability"] <= 0.6 for take in run.takes.all())


def test_a_script_is_imported_and_ordered_in_one_go(call, series, audio_root):
    order = {
        "skin_name": "JingWei",
        "voice_ids": ["Annie"],
        "script_csv_content": SCRIPT,
        "variants_per_line": 2,
        "stability_range": [0.5, 0.75],
        "speed_range": [0.9, 1.0],
        "use_speaker_boost": True,
    }
    code, body = call("POST", "generate", order)
    assert code == 202, body
    run = Run.objects.get(task_id=body["data"]["task_id"])
    assert run.series.slug == "JingWei"
    assert set(run.takes.values_list("line__key", "text")) == {
        ("Intro_1", "“Ride the wind!”"),
        ("Intro_2", "Whoosh!"),
    }
    assert run.takes.count() == 4


def test_every_error_is_told_by_field_and_nothing_is_written(call, series):
    order = {"series": "Lantern", "voices": ["espeak:Annie"], "takes": 25, "model": "none"}
    order |= {"settings": {"stability": 3, "volume": 1}, "output_format": "flac"}
    code, body = call("POST", "generate", order)
    assert code == 400
    assert set(body["errors"]) >= {"takes", "stability", "volume", "model", "output_format"}
    assert body["error"]
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"series": "Nothing"}, "series"),
        ({"language": "xx"}, "language"),
        ({"voices": []}, "voices"),
        ({"voices": ["espeak:Nobody"]}, "voices"),
        ({"voices": [], "voice_ids": ["Nobody"]}, "voice_ids"),
        ({"lines": "Outro_*"}, "lines"),
        ({"surprise": 1}, "surprise"),
        ({"takes": "many"}, "takes"),
    ],
)
def test_what_is_wrong_is_named(call, series, change, field):
    order = {"series": "Lantern", "language": "en", "voices": ["espeak:Annie"], "takes": 1}
    code, body = call("POST", "generate", order | change)
    assert code == 400, body
    assert any(field in name for name in body["errors"]), body
    assert not Run.objects.exists()


def test_a_bad_script_leaves_nothing_behind(call, series):
    order = {
        "skin_name": "New",
        "voice_ids": ["Annie"],
        "script_csv_content": "Function,Line\nA/b,x",
    }
    code, body = call("POST", "generate", order)
    assert code == 400, body
    assert not Series.objects.filter(slug="New").exists()


def test_without_a_queue_nothing_is_written(call, series, settings):
    queue = {**settings.RQ_QUEUES["renders"], "URL": "redis://127.0.0.1:9/0"}
    settings.RQ_QUEUES = {"renders": queue}
    order = {"series": "Lantern", "voices": ["espeak:Annie"], "takes": 1}
    code, body = call("POST", "generate", order)
    assert (code, set(body)) == (503, {"error"})
    assert not Run.objects.exists()


def test_scopes_and_unknown_runs(call, series):
    order = {"series": "Lantern", "voices": ["espeak:Annie"], "takes": 1}
    assert call("POST", "generate", order, scopes=["read:job"])[0] == 403
    assert call("GET", "generate/00000000-0000-0000-0000-000000000000/status")[0] == 404
    assert Client().post("/api/generate", "{}", content_type="application/json").status_code == 401


@pytest.mark.parametrize(
    ("speed", "problem"),
    [
        ([], "a range of two numbers"),
        ([0.9], "a range of two numbers"),
        ([0.9, 1.0, 1.1], "a range of two numbers"),
        ([1.1, 0.9], "lower number first"),
        ([0.9, 9], "between"),
    ],
)
def test_a_range_that_is_none_is_refused_in_words(call, series, speed, problem):
    order = {"series": "Lantern", "voices": ["espeak:Annie"], "settings": {"speed": speed}}
    code, body = call("POST", "generate", order)
    assert code == 400
    assert problem in body["errors"]["speed"]
    assert not Run.objects.exists()
