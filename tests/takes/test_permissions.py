"""A curator of one Series sees, hears, orders and changes nothing of another."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from guardian.shortcuts import assign_perm

from apps.accounts.services import create_token
from apps.core.access import SERIES_PERMISSIONS, codename
from apps.takes.management.commands.generate import render_inline
from apps.takes.models import Run, Take
from tests.factories import LanguageFactory, LineFactory, RunFactory, UserFactory, VoiceFactory

pytestmark = pytest.mark.django_db(transaction=True)


def make_run(slug):
    language = LanguageFactory(series__slug=slug, series__title=f"Secret {slug}")
    line = LineFactory(language=language, key=f"Key_of_{slug}", text=f"Words of {slug}.")
    run = RunFactory(lines=[line])
    render_inline(run)
    return run


@pytest.fixture
def mine(audio_root):
    return make_run("Mine")


@pytest.fixture
def theirs(audio_root):
    return make_run("Theirs")


@pytest.fixture
def curator(mine, theirs):
    """Somebody who may do everything in one Series, and nothing in the other."""
    person = UserFactory(username="curator")
    for name in SERIES_PERMISSIONS:
        assign_perm(codename(name), person, mine.series)
    return person


@pytest.fixture
def visitor(curator):
    client = Client()
    client.force_login(curator)
    return client


def bearer(person, *scopes):
    secret = create_token(
        person, "test", list(scopes), timezone.now() + timedelta(days=1), by=person
    )[1]
    return {"HTTP_AUTHORIZATION": f"Bearer {secret}"}


def urls_of(run):
    """Every address of runs, batches, takes and audio, with the ids of this run."""
    take = run.takes.select_related("batch").get()
    pks = {"run": run.pk, "batch": take.batch_id, "take": take.pk}
    for model, pk in pks.items():
        yield reverse(f"admin:takes_{model}_change", args=[pk])
        yield reverse(f"admin:takes_{model}_history", args=[pk])
        yield reverse(f"admin:takes_{model}_delete", args=[pk])
    for name in ("run_progress", "run_cancel", "run_retry"):
        yield reverse(f"admin:takes_{name}", args=[run.pk])
    for name in ("take_row", "take_peaks"):
        yield reverse(f"admin:takes_{name}", args=[take.pk])
    yield reverse("audio", args=[take.key])
    yield reverse("audio", args=[f"{take.batch.path}/metadata.json"])


def test_every_address_answers_for_ones_own_series(visitor, mine):
    for url in urls_of(mine):
        if "history" in url or "delete" in url or "cancel" in url or "retry" in url:
            continue
        answer = visitor.get(url)
        answer.close()
        assert answer.status_code in (200, 302), url


def test_no_address_answers_for_another_series(visitor, theirs):
    for url in urls_of(theirs):
        for answer in (visitor.get(url), visitor.post(url)):
            assert answer.status_code in (302, 403, 404, 405), url
            if answer.status_code == 302:
                assert answer.url == reverse("admin:index"), url
            shown = b"".join(answer) if answer.streaming else answer.content
            assert b"Theirs" not in shown, url


def test_nobody_gets_anything_without_logging_in(theirs):
    for url in urls_of(theirs):
        answer = Client().get(url)
        assert answer.status_code in (302, 404, 405), url
        if answer.status_code == 302:
            assert answer.url.startswith(reverse("admin:login")), url


@pytest.mark.parametrize("model", ["run", "batch", "take"])
def test_lists_show_ones_own_series_only(visitor, model):
    page = visitor.get(reverse(f"admin:takes_{model}_changelist")).content.decode()
    assert "Secret Mine" in page
    assert "Theirs" not in page
    assert "Theirs" not in visitor.get(reverse("admin:index")).content.decode()


def test_actions_change_nothing_of_another_series(visitor, theirs):
    Take.objects.filter(run=theirs).update(status="failed", error="no")
    for action in ("cancel", "retry"):
        visitor.post(
            reverse("admin:takes_run_changelist"),
            {"action": action, "_selected_action": [theirs.pk]},
        )
    assert Take.objects.get(run=theirs).status == "failed"


def test_nothing_is_generated_for_another_series(visitor, curator, theirs, redis_clean):
    before = Run.objects.count()
    form = {"language": "en", "which": "all", "voices": [VoiceFactory().pk], "takes": 1}
    form |= {"output_format": "mp3_44100_128", "order": "1"}
    page = visitor.post(f"{reverse('admin:takes_run_add')}?series={theirs.series_id}", form)
    assert "Theirs" not in page.content.decode()
    order = {"series": "Theirs", "voices": ["espeak:Annie"], "takes": 1}
    answer = Client().post(
        "/api/generate",
        json.dumps(order),
        content_type="application/json",
        **bearer(curator, "edit:job", "read:job"),
    )
    assert answer.status_code == 400
    assert Run.objects.count() == before


def test_the_api_knows_no_runs_of_another_series(curator, mine, theirs):
    token = bearer(curator, "read:job")
    assert Client().get(f"/api/generate/{mine.task_id}/status", **token).status_code == 200
    answer = Client().get(f"/api/generate/{theirs.task_id}/status", **token)
    assert answer.status_code == 404
    assert set(answer.json()) == {"error"}


def test_a_token_hears_what_its_owner_may_hear(curator, mine, theirs):
    heard = [
        Client().get(reverse("audio", args=[run.takes.get().key]), **bearer(curator, *scopes))
        for run, scopes in ((mine, ["read:job"]), (theirs, ["read:job"]), (mine, ["edit:job"]))
    ]
    assert [answer.status_code for answer in heard] == [200, 404, 404]
    for answer in heard:
        answer.close()


def test_audio_paths_lead_nowhere_else(visitor, audio_root):
    (audio_root.parent / "outside.mp3").write_bytes(b"secret")
    (audio_root / "Mine" / "link.mp3").symlink_to(audio_root.parent / "outside.mp3")
    for path in (
        "Mine/../Theirs",
        "Mine/../../outside.mp3",
        "Mine/%2e%2e/%2e%2e/outside.mp3",
        "Mine//takes",
        "/etc/passwd",
        "Mine/link.mp3",
        "Mine/.hidden",
        "Mine/a\\b",
        "Mine/%00",
    ):
        answer = visitor.get(f"/audio/{path}")
        assert answer.status_code in (301, 404), path
        assert b"secret" not in (b"" if answer.streaming else answer.content)


def test_paths_that_commands_print_open_for_nobody_else(visitor, theirs, capsys):
    call_command("generate", "--series", "Theirs", "--voice", "espeak:Annie", "--inline", "--json")
    path = json.loads(capsys.readouterr().out)["batches"][0]["path"]
    assert visitor.get(f"/audio/{path}/metadata.json").status_code == 404
