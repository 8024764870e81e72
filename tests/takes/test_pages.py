"""Pages of runs, batches and takes: what they show, and how little they ask the database."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.catalog.admin import keys
from apps.takes.management.commands.generate import render_inline
from apps.takes.models import Run, Take
from apps.takes.progress.states import State
from apps.voices.models import Voice
from tests.factories import LanguageFactory, LineFactory, RunFactory, UserFactory, VoiceFactory

pytestmark = pytest.mark.django_db

MOST_QUERIES = 30


@pytest.fixture
def staff(client):
    client.force_login(UserFactory(username="ada", is_superuser=True))
    return client


def order(lines=2, takes=1, **kwargs) -> Run:
    language = LanguageFactory(**kwargs)
    script = [LineFactory(language=language) for _ in range(lines)]
    return RunFactory(lines=script, takes=takes)


def queries(client, url: str) -> int:
    client.get(url)  # sessions and content types are warm
    with CaptureQueriesContext(
        connection,
    ) as asked:
        answer = client.get(url)
    assert answer.status_code == 200
    return len(asked)


def page(name: str, *args: object) -> str:
    return reverse(f"admin:{name}", args=args)


@pytest.mark.parametrize(
    "name",
    ["index", "takes_run_changelist", "takes_batch_changelist", "takes_take_changelist"],
)
def test_lists_ask_as_much_for_two_rows_as_for_many(staff, name):
    order(lines=2)
    few = queries(staff, page(name))
    for _ in range(12):
        order(lines=5)
    many = queries(staff, page(name))
    assert many <= few
    assert many <= MOST_QUERIES


def test_the_page_of_a_section_names_its_lists_and_claims_nothing_else(staff):
    order()
    told = staff.get(reverse("admin:app_list", args=["takes"])).content.decode()
    main = told.partition("<main")[2]
    for name in ("takes_run_changelist", "takes_batch_changelist", "takes_take_changelist"):
        assert f'href="{page(name)}"' in main
    assert "Nothing is being generated" not in main
    assert "failed" not in main


def test_a_run_page_asks_as_much_for_two_takes_as_for_many(staff, audio_root):
    small, large = order(lines=2), order(lines=40, takes=2)
    Take.objects.update(status="failed", error="The provider said no.")
    few = queries(staff, page("takes_run_change", small.pk))
    many = queries(staff, page("takes_run_change", large.pk))
    assert many == few <= MOST_QUERIES


@pytest.mark.parametrize(
    ("statuses", "state"),
    [
        (["pending", "pending"], State.PENDING),
        (["pending", "complete"], State.PROCESSING),
        (["complete", "complete"], State.COMPLETED),
        (["complete", "failed"], State.PARTIAL_SUCCESS),
        (["failed", "failed"], State.FAILED),
        (["complete", "cancelled"], State.CANCELLED),
    ],
)
def test_lists_filter_by_derived_state(staff, statuses, state):
    run = order(lines=2, series__title="Wanted")
    for take, status in zip(run.takes.all(), statuses, strict=True):
        Take.objects.filter(pk=take.pk).update(status=status, sha256="x", duration=1.0)
    for name in ("takes_run_changelist", "takes_batch_changelist"):
        for other in State.values:
            shown = staff.get(f"{page(name)}?state={other}").content.decode()
            rows = shown.partition("<tbody>")[2]
            assert ("Wanted" in rows) == (other == state), (name, other)


def test_takes_are_found_by_key_and_state(staff):
    order(lines=3)
    wanted = Take.objects.first()
    Take.objects.filter(pk=wanted.pk).update(status="failed", error="no")
    url = page("takes_take_changelist")
    assert wanted.line.key in staff.get(f"{url}?q={wanted.line.key}").content.decode()
    shown = staff.get(f"{url}?status__exact=failed").context["cl"].result_list
    assert [take.pk for take in shown] == [wanted.pk]


def found_by(staff, words):
    return {
        take.pk
        for take in staff.get(page("takes_take_changelist"), {"q": words}).context["cl"].result_list
    }


@pytest.mark.parametrize("most", [1000, 0])
def test_the_beginning_of_a_key_or_of_a_batch_id_is_enough(staff, monkeypatch, most):
    """Also where the beginning is that of more lines than are named one by one."""
    monkeypatch.setattr(keys, "MOST_NAMED", most)
    run = order(lines=2)
    first, second = run.takes.select_related("line", "batch").order_by("line")
    first.line.key, second.line.key = "Lamp_1", "Harbour_1"
    first.line.save()
    second.line.save()
    assert found_by(staff, " lamp_ ") == {first.pk}
    assert found_by(staff, first.batch.batch_id[:9]) == {first.pk, second.pk}
    assert found_by(staff, "amp_1") == set()


def test_a_run_is_cancelled_and_retried_from_its_page(staff, redis_clean):
    run = order(lines=3)
    answer = staff.post(page("takes_run_cancel", run.pk), follow=True)
    assert "3 takes were cancelled" in answer.content.decode()
    Take.objects.update(status="failed", error="The provider said no.")
    answer = staff.get(page("takes_run_change", run.pk))
    assert "The provider said no." in answer.content.decode()
    one = Take.objects.first()
    staff.post(page("takes_run_retry", run.pk), {"take": one.pk})
    assert list(Take.objects.filter(status="pending")) == [one]
    staff.post(page("takes_run_retry", run.pk), {"reason": "The provider said no."})
    assert Take.objects.filter(status="pending").count() == 3
    assert staff.get(page("takes_run_cancel", run.pk)).status_code == 405


def test_actions_work_on_several_runs(staff, redis_clean):
    runs = [order(lines=2), order(lines=2)]
    chosen = {"action": "cancel", "_selected_action": [run.pk for run in runs]}
    staff.post(page("takes_run_changelist"), chosen)
    assert Take.objects.filter(status="cancelled").count() == 4


@pytest.mark.django_db(transaction=True)
def test_progress_says_what_the_page_needs(staff, audio_root):
    run = order(lines=2)
    take = run.takes.first()
    url = f"{page('takes_run_progress', run.pk)}?takes={take.pk}"
    before = staff.get(url).json()
    assert (before["status"], before["pending"], before["percent"]) == ("pending", 2, 0)
    assert before["rows"] == [{"id": take.pk, "state": "pending"}]
    render_inline(run)
    after = staff.get(url).json()
    assert (after["status"], after["complete"], after["percent"]) == ("completed", 2, 100)
    assert after["rows"] == [{"id": take.pk, "state": "complete"}]
    row = staff.get(page("takes_take_row", take.pk)).content.decode()
    assert f'data-take="{take.pk}"' in row
    assert "<voice-player" in row
    peaks = staff.get(page("takes_take_peaks", take.pk)).json()
    take.refresh_from_db()
    assert len(peaks["data"]) == 2 * peaks["length"]
    seconds = peaks["length"] * peaks["samples_per_pixel"] / peaks["sample_rate"]
    assert seconds == pytest.approx(take.duration, abs=0.05)


# --- Generate -----------------------------------------------------------------------------------


@pytest.fixture
def series():
    language = LanguageFactory(tag="en")
    for number in range(3):
        LineFactory(language=language, key=f"Intro_{number}", text="Ten signs.")
    return language.series


def form(**changes):
    fields = {"language": "en", "which": "all", "voices": [VoiceFactory().pk], "takes": 2}
    return fields | {"output_format": "mp3_44100_128", "reuse_identical": "on"} | changes


def post(staff, series, **changes):
    return staff.post(f"{page('takes_run_add')}?series={series.pk}", form(**changes), follow=True)


def test_the_estimate_comes_before_the_order(staff, series):
    url = f"{page('takes_run_add')}?series={series.pk}"
    assert "Generate 6 takes" not in staff.get(url).content.decode()
    answer = post(staff, series)
    [quote] = answer.context["quotes"]
    assert (quote.estimate.takes, quote.estimate.characters, quote.estimate.cost) == (6, 60, 0)
    assert "Generate 6 takes" in answer.content.decode()
    assert not Run.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_exists_already_is_told(staff, series, redis_clean, audio_root):
    post(staff, series, order="1")
    render_inline(Run.objects.get())
    [quote] = post(staff, series).context["quotes"]
    assert (quote.estimate.reusable, quote.estimate.characters) == (6, 0)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"takes": 21}, "less than or equal to 20"),
        ({"voices": []}, "required"),
        ({"stability_low": "2"}, "less than or equal to 1"),
        ({"speed_low": "1.1", "speed_high": "0.9"}, "The lower number comes first."),
        ({"which": "matching"}, "Say which keys"),
        ({"which": "matching", "lines": "Outro_*"}, "No line is left to speak"),
        ({"model": "none"}, "has no model"),
    ],
)
def test_errors_stand_at_their_fields_and_nothing_is_ordered(staff, series, changes, words):
    for button in ("estimate", "order"):
        answer = post(staff, series, **changes, **{button: "1"})
        assert words in answer.content.decode(), button
    assert not Run.objects.exists()


def test_a_script_is_uploaded_and_ordered_in_one_go(staff, series, redis_clean):
    file = SimpleUploadedFile("new.csv", b"Function,Line\nOutro_1,The end.\n")
    answer = post(staff, series, script=file, order="1", which="matching", lines="Outro_*")
    run = Run.objects.get()
    assert answer.redirect_chain[-1][0] == page("takes_run_change", run.pk)
    assert set(run.takes.values_list("line__key", flat=True)) == {"Outro_1"}


def test_a_bad_script_is_refused_whole(staff, series, redis_clean):
    file = SimpleUploadedFile("bad.csv", b"Function,Line\nOutro/1,The end.\n")
    answer = post(staff, series, script=file, order="1")
    assert "separator" in answer.content.decode()
    assert series.lines.count() == 3
    assert not Run.objects.exists()


def test_chosen_lines_lead_to_the_generate_page(staff, series, redis_clean):
    chosen = list(series.lines.values_list("pk", flat=True)[:2])
    action = {"action": "generate_takes", "_selected_action": chosen}
    answer = staff.post(page("catalog_line_changelist"), action)
    assert f"series={series.pk}" in answer.url
    assert b"The lines chosen in the list" in staff.get(answer.url).content
    fields = form(which="chosen", line_pks=",".join(map(str, chosen)), order="1")
    staff.post(answer.url, fields)
    assert set(Run.objects.get().takes.values_list("line", flat=True)) == set(chosen)


def test_lines_of_two_series_are_not_generated_together(staff, series):
    other = LineFactory()
    chosen = [series.lines.first().pk, other.pk]
    action = {"action": "generate_takes", "_selected_action": chosen}
    answer = staff.post(page("catalog_line_changelist"), action, follow=True)
    assert "all of one Series and language" in answer.content.decode()


def test_thousands_of_voices_make_no_longer_page(staff, series):
    Voice.objects.bulk_create(
        Voice(provider="elevenlabs", provider_voice_id=f"v{number:04}", name=f"Voice {number:04}")
        for number in range(1000)
    )
    url = f"{page('takes_run_add')}?series={series.pk}"
    assert staff.get(url).content.count(b'name="voices"') == 300
    assert queries(staff, url) <= MOST_QUERIES
    last = Voice.objects.get(name="Voice 0999")
    assert b"Voice 0999" not in staff.get(url).content
    assert b"Voice 0999" in staff.get(f"{url}&voice={last.pk}").content
