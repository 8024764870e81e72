"""More takes of a line, and takes cut from others: ordered, made by the engine, shown."""

import hashlib
import json
import threading

import pytest
from django.db import connection, transaction
from django.utils import timezone

from apps.audio.decoding import decode
from apps.audio.tagging import read_tags
from apps.audit.models import Event
from apps.catalog.models import Line
from apps.core.errors import Invalid, Unavailable
from apps.takes.models import Batch, Run, Take, Waveform
from apps.takes.models.holding import Locked
from apps.takes.ordering.services.control import cancel_run, retry_takes
from apps.takes.ordering.services.more_takes import order_more, trim_take
from apps.takes.ordering.services.previews import keep_preview, order_preview
from apps.takes.progress.queries import batches_to_rank, progress_of
from apps.takes.progress.reports import run_report
from apps.takes.rendering import finishing
from apps.takes.rendering.jobs import PREVIEWS
from apps.takes.rendering.renderer import stop_batch
from apps.takes.rendering.slices import render_slice
from apps.work.limiter import LocalLimiter
from apps.work.queues import get_queue
from tests.factories import LineFactory, RunFactory, UserFactory, VoiceFactory
from tests.workers import wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_clean")]

SETTINGS = {"stability": [0.2, 0.9], "style": 0.4}


@pytest.fixture
def batch(lines, audio_root):
    """Three lines with two takes each, rendered."""
    params = {"settings": SETTINGS, "model": "", "output_format": "mp3_22050_64"}
    run = RunFactory(lines=lines, takes=2, settings=SETTINGS, params=params)
    Take.objects.update(output_format="mp3_22050_64")
    render(run)
    return run.batches.select_related("series").get()


@pytest.fixture
def take(batch):
    return batch.takes.select_related("batch", "line").order_by("pk")[0]


def render(run, limiter_for=lambda provider: LocalLimiter(default=2)):
    """What a worker does with the jobs of a run, in this process."""
    batches = set(run.takes.values_list("batch", flat=True))
    pks = list(run.takes.order_by("pk").values_list("pk", flat=True))
    assert not render_slice(pks, limiter_for=limiter_for, asked_to_stop=lambda: False)
    finishing.finish_batches(batches)


def trimmed(take, start=0.2, end=0.7):
    made = trim_take(take, start, end, by=None)
    told = Event.objects.get(verb="take.trimmed", target_id=made.pk)
    assert told.data == {"trim": take.file_name, "start": start, "end": end}
    render(made.run)
    return Take.objects.select_related("batch", "run").get(pk=made.pk)


def alone(act):
    """In a thread: the act, and the end of its own database connection."""
    try:
        act()
    finally:
        connection.close()


def document(batch, audio_root):
    return json.loads((audio_root / batch.path / "metadata.json").read_text())


# --- More takes ---------------------------------------------------------------------------------


def test_more_takes_go_on_where_the_line_ended(batch, lines):
    person = UserFactory()
    run = order_more(lines[0], batch, 3, by=person)
    made = list(run.takes.order_by("take_number"))
    assert [take.take_number for take in made] == [3, 4, 5]
    assert made[0].file_name == f"{lines[0].key}_take_3.mp3"
    assert {(take.batch_id, take.line_id, take.status) for take in made} == {
        (batch.pk, lines[0].pk, "pending")
    }
    assert (run.ordered_by, run.language, run.series) == (person, lines[0].language, batch.series)
    assert run.params["more_of"] == lines[0].key
    assert run.params["batch_id"] == batch.batch_id
    assert run.params["settings"] == SETTINGS
    assert run.characters_estimated == 3 * len(lines[0].text)
    assert order_more(lines[0], batch, 1, by=None).takes.get().take_number == 6
    assert Event.objects.filter(verb="run.ordered", target_id=run.pk, actor=person).exists()


def test_a_run_names_its_kind(batch, lines, take):
    more = order_more(lines[0], batch, 1, by=None)
    trimmed = trim_take(take, 0.1, 0.5, by=None)
    asked = order_preview(lines[0], VoiceFactory(), settings={}, by=None, queue=False)
    runs = (batch.run, more, trimmed.run, asked.run)
    assert [run.kind for run in runs] == ["order", "more_takes", "trim", "preview"]
    keep_preview(asked)
    Batch.objects.update(generated_at=timezone.now())
    Take.objects.update(status="complete", sha256="0" * 64, duration=1.0)
    assert Batch.objects.count() == 2
    assert [found.pk for found, *_ in batches_to_rank(UserFactory(is_superuser=True))] == [batch.pk]


def test_more_takes_draw_new_settings_inside_the_ranges(batch, lines):
    run = order_more(lines[0], batch, 10, by=None)
    drawn = [take.settings for take in run.takes.all()]
    assert all(0.2 <= settings["stability"] <= 0.9 for settings in drawn)
    assert {settings["style"] for settings in drawn} == {0.4}
    everything = batch.takes.filter(line=lines[0])
    # Three decimals: two of twelve may be the same by chance.
    assert len({take.settings["stability"] for take in everything}) >= 10
    assert len({take.seed for take in everything}) == 12
    assert {take.output_format for take in run.takes.all()} == {"mp3_22050_64"}


def test_more_takes_are_not_those_of_another_batch(batch, lines):
    again = RunFactory(lines=lines[:1], voices=[batch.voice], takes=3, settings=SETTINGS)
    elsewhere = again.takes.get(take_number=3)
    made = order_more(lines[0], batch, 1, by=None).takes.get(take_number=3)
    assert made.seed != elsewhere.seed


def test_nothing_is_added_to_a_preview(batch, lines):
    batch.takes.update(expires_at=timezone.now())
    with pytest.raises(Invalid, match="holds no takes"):
        order_more(lines[0], batch, 1, by=None)


def test_the_voices_own_settings_fill_gaps(batch, lines):
    batch.voice.default_settings = {"speed": 0.9, "style": 0.1}
    batch.voice.save()
    take = order_more(lines[0], batch, 1, by=None).takes.get()
    assert (take.settings["speed"], take.settings["style"]) == (0.9, 0.4)


def test_more_takes_are_made_and_shown(batch, lines, audio_root):
    run = order_more(lines[1], batch, 2, by=None)
    batch.refresh_from_db()
    assert batch.generated_at is None
    render(run)
    assert progress_of("run", [run.pk])[run.pk].complete == 2
    assert batch.takes.filter(line=lines[1]).values("frames_sha256").distinct().count() == 4
    shown = [one for one in document(batch, audio_root)["takes"] if one["line"] == lines[1].key]
    assert [one["take_number"] for one in shown] == [1, 2, 3, 4]
    batch.refresh_from_db()
    run.refresh_from_db()
    assert batch.generated_at
    assert run.finished_at


def test_a_changed_text_is_spoken_as_it_is_now(batch, lines):
    stale = Line.objects.get(pk=lines[0].pk)
    Line.objects.filter(pk=lines[0].pk).update(text="<b>Quite</b> another text.")
    take = order_more(stale, batch, 1, by=None).takes.get()
    assert (take.text, take.spoken_text) == ("<b>Quite</b> another text.", "Quite another text.")


def test_a_real_worker_makes_more_takes_and_cuts(batch, take, lines, processes):
    """A job's own end finishes the batch and the run that only added to it."""
    processes.worker()
    run, made = order_more(lines[0], batch, 2, by=None), trim_take(take, 0.1, 0.5, by=None)
    runs = Run.objects.filter(pk__in=[run.pk, made.run_id], finished_at__isnull=False)
    wait_for(lambda: runs.count() == 2, 60, processes.said)
    assert {one.status for one in Take.objects.all()} == {"complete"}
    assert Batch.objects.get().generated_at


def test_the_first_run_keeps_its_numbers(batch, lines, take):
    def report():
        return run_report(Run.objects.get(pk=batch.run_id))

    before = report()
    run, made = order_more(lines[0], batch, 3, by=None), trim_take(take, 0, 0.5, by=None)
    assert report() == before
    render(run)
    render(made.run)
    assert report() == before


def test_the_run_shows_the_batch_it_worked_in(batch, lines):
    run = order_more(lines[0], batch, 3, by=None)
    (shown,) = run_report(run)["batches"]
    assert (shown["id"], shown["total"], shown["pending"]) == (batch.batch_id, 3, 3)
    Batch.objects.filter(pk=batch.pk).update(waiting_reason="Free some space.")
    assert run_report(run)["message"] == "Free some space."
    Batch.objects.filter(pk=batch.pk).update(waiting_reason="")
    cancel_run(run, by=None)
    report = run_report(Run.objects.get(pk=run.pk))
    assert (report["status"], report["batches"][0]["cancelled"]) == ("cancelled", 3)
    assert Run.objects.get(pk=run.pk).finished_at


@pytest.mark.parametrize("params", [{}, {"settings": ["v3"], "model": 3, "output_format": None}])
def test_an_imported_batch_needs_no_parameters(batch, lines, params):
    Batch.objects.filter(pk=batch.pk).update(params=params)
    take = order_more(lines[0], batch, 1, by=None).takes.get()
    assert (take.settings, take.output_format) == ({}, "mp3_44100_128")


def test_numbers_in_the_names_of_imported_files_are_not_given_again(batch, lines):
    first = batch.takes.filter(line=lines[0]).first()
    Take.objects.filter(pk=first.pk).update(file_name=f"{lines[0].key}_take_7.mp3")
    assert order_more(lines[0], batch, 1, by=None).takes.get().take_number == 8


@pytest.mark.parametrize("number", [0, -1, 21])
def test_one_to_twenty_takes_can_be_ordered(batch, lines, number):
    with pytest.raises(Invalid, match="1 to 20"):
        order_more(lines[0], batch, number, by=None)
    assert Run.objects.count() == 1


def test_a_line_without_takes_in_the_batch_is_refused(batch, lines):
    other = LineFactory(language=lines[0].language)
    with pytest.raises(Invalid, match="holds no takes"):
        order_more(other, batch, 1, by=None)


def test_a_line_that_lost_its_text_is_refused(batch, lines):
    Line.objects.filter(pk=lines[0].pk).update(text="")
    with pytest.raises(Invalid, match="No line is left to speak"):
        order_more(lines[0], batch, 1, by=None)
    assert Run.objects.count() == 1
    batch.refresh_from_db()
    assert batch.generated_at


def test_nothing_is_added_to_a_locked_batch(batch, lines, take):
    Batch.objects.filter(pk=batch.pk).update(locked_at=timezone.now())
    with pytest.raises(Locked):
        order_more(lines[0], batch, 1, by=None)
    with pytest.raises(Locked):
        trim_take(take, 0.1, 0.5, by=None)
    assert (Run.objects.count(), Take.objects.count()) == (1, 6)


def test_without_a_queue_nothing_is_written(batch, lines, take, settings):
    queue = settings.RQ_QUEUES["renders"]
    settings.RQ_QUEUES = {"renders": {**queue, "URL": "redis://127.0.0.1:9/0"}}
    with pytest.raises(Unavailable):
        order_more(lines[0], batch, 1, by=None)
    with pytest.raises(Unavailable):
        trim_take(take, 0.1, 0.5, by=None)
    assert (Run.objects.count(), Take.objects.count()) == (1, 6)
    batch.refresh_from_db()
    assert batch.generated_at


def test_people_who_order_at_once_get_different_numbers(batch, lines):
    def order():
        order_more(lines[0], batch, 2, by=None)

    threads = [threading.Thread(target=alone, args=[order]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    numbers = batch.takes.filter(line=lines[0]).order_by("take_number")
    assert list(numbers.values_list("take_number", flat=True)) == list(range(1, 11))


def test_a_batch_is_not_finished_while_takes_are_being_added(batch, lines, audio_root):
    """Finishing that began before these takes were committed must see them all the same."""
    Batch.objects.filter(pk=batch.pk).update(generated_at=None)
    finisher = threading.Thread(target=alone, args=[lambda: finishing.finish_batches([batch.pk])])
    with transaction.atomic():
        run = order_more(lines[0], batch, 2, by=None)
        finisher.start()
        finisher.join(0.5)
    finisher.join()
    batch.refresh_from_db()
    assert batch.generated_at is None
    render(run)
    assert len(document(batch, audio_root)["takes"]) == 8


# --- Takes cut from others ----------------------------------------------------------------------


def test_a_trim_is_ordered_like_a_take(batch, take):
    made = trim_take(take, 0.25, 0.75, by=UserFactory())
    made = Take.objects.select_related("run").get(pk=made.pk)
    assert (made.status, made.origin, made.derived_from_id) == ("pending", "derived", take.pk)
    assert (made.batch_id, made.line_id, made.take_number) == (batch.pk, take.line_id, 3)
    assert (made.text, made.spoken_text, made.model) == (take.text, take.spoken_text, take.model)
    assert made.settings == {**take.settings, "trim": [0.25, 0.75]}
    assert (made.identity, made.seed, made.cost) == ("", None, None)
    assert made.run.params == {
        "trim": take.file_name,
        "start": 0.25,
        "end": 0.75,
        "batch_id": batch.batch_id,
    }
    assert (made.run.cost_estimated, made.run.characters_estimated) == (0, 0)
    batch.refresh_from_db()
    assert batch.generated_at is None
    assert len(get_queue(PREVIEWS).job_ids) == 1


def test_a_trim_is_the_part_of_its_source(take, audio_root):
    made = trimmed(take, 0.2, 0.7)
    assert (made.status, made.attempts, made.error) == ("complete", 1, "")
    assert made.duration == pytest.approx(0.5, abs=1 / 22050)
    data = (audio_root / made.key).read_bytes()
    assert hashlib.sha256(data).hexdigest() == made.sha256
    assert decode(data).duration == made.duration
    assert decode(data).rate == 22050
    tags = read_tags(data).extra
    assert (tags["source"], tags["derived_from"]) == ("derived", take.file_name)
    assert (tags["take"], tags["voice"]) == (f"{made.batch.batch_id}/{made.file_name}", "Annie")
    assert "cost" not in tags
    assert (made.characters, made.cost, made.seed) == (0, None, None)
    assert Waveform.objects.get(pk=made.frames_sha256).data
    assert made.loudness is not None


def test_the_source_stays_as_it_is(take, audio_root):
    row = Take.objects.filter(pk=take.pk).values().get()
    file = audio_root / take.key
    before, stat = hashlib.sha256(file.read_bytes()).hexdigest(), file.stat()
    trimmed(take)
    assert hashlib.sha256(file.read_bytes()).hexdigest() == before == take.sha256
    assert (file.stat().st_mtime_ns, file.stat().st_ino) == (stat.st_mtime_ns, stat.st_ino)
    assert Take.objects.filter(pk=take.pk).values().get() == row


def test_a_trim_of_a_trim_is_a_part_of_it(take):
    first = trimmed(take, 0.1, 0.7)
    second = trimmed(first, 0.2, 0.5)
    assert second.derived_from_id == first.pk
    assert second.settings == {**take.settings, "trim": [0.2, 0.5]}
    assert second.duration == pytest.approx(0.3, abs=1 / 22050)


def test_a_trim_is_shown_with_the_five_settings_only(batch, take, audio_root):
    made = trimmed(take)
    record = next(
        one for one in document(batch, audio_root)["takes"] if one["file"] == made.file_name
    )
    assert set(record["generation_settings"]) == {
        "stability", "similarity_boost", "style", "use_speaker_boost", "speed",
    }  # fmt: skip
    assert record["script_text"] == take.text


class Refusing(LocalLimiter):
    """No request may be made."""

    def slot(self, stop):
        raise AssertionError("a slot was taken")


def test_cutting_asks_no_provider(take):
    made = trim_take(take, 0.2, 0.7, by=None)
    render(made.run, lambda provider: Refusing(default=1))
    assert Take.objects.get(pk=made.pk).status == "complete"


def test_a_voice_whose_provider_is_gone_can_be_trimmed_but_not_asked(batch, take, lines):
    more = order_more(lines[0], batch, 1, by=None)
    made = trim_take(take, 0.2, 0.7, by=None)
    batch.voice.provider = "playht"
    batch.voice.save()
    pks = [*more.takes.values_list("pk", flat=True), made.pk]
    options = {"limiter_for": None, "asked_to_stop": lambda: False}
    assert render_slice(pks, **options) == []
    assert Take.objects.get(pk=made.pk).status == "complete"
    assert more.takes.get().status == "failed"


def test_a_provider_that_stops_the_batch_leaves_trims_alone(batch, take, lines):
    more = order_more(lines[0], batch, 1, by=None)
    made = trim_take(take, 0.2, 0.7, by=None)
    stop_batch(more.takes.get(), "No credits are left.")
    assert more.takes.get().error == "No credits are left."
    assert Take.objects.get(pk=made.pk).status == "pending"


def test_a_trim_whose_worker_died_after_storing_it_is_adopted(take, audio_root):
    made = trimmed(take)
    before = (audio_root / made.key).stat().st_mtime_ns
    made.findings.all().delete()
    Waveform.objects.get(pk=made.frames_sha256).delete()
    (audio_root / take.key).unlink()  # proves that nothing is cut again
    Take.objects.filter(pk=made.pk).update(
        status="pending", sha256="", duration=None, attempts=1, finished_at=None
    )
    render(made.run)
    again = Take.objects.get(pk=made.pk)
    assert (again.status, again.sha256, again.attempts) == ("complete", made.sha256, 2)
    assert (audio_root / made.key).stat().st_mtime_ns == before


def test_a_trim_whose_source_is_lost_fails_and_can_be_retried(take, audio_root):
    source = audio_root / take.key
    data = source.read_bytes()
    source.unlink()
    made = trimmed(take)
    assert made.status == "failed"
    assert take.file_name in made.error
    source.write_bytes(data)
    retry_takes(made.run, by=None)
    render(made.run)
    made.refresh_from_db()
    assert (made.status, made.seed) == ("complete", None)
    assert made.run.takes.count() == 1


def test_a_source_that_is_shorter_than_it_was_fails_the_trim(take, audio_root):
    short = trimmed(take, 0, 0.3)
    (audio_root / take.key).write_bytes((audio_root / short.key).read_bytes())
    made = trimmed(take, 0.2, 0.7)
    assert made.status == "failed"
    assert "Nothing can be cut" in made.error


@pytest.mark.parametrize(
    ("start", "end"),
    [(-0.1, 0.5), (0.5, 0.5), (0.6, 0.5), (0.2, 0.29), (0.2, 900), (float("nan"), 0.5)],
)
def test_what_is_no_part_of_the_take_is_refused(take, start, end):
    with pytest.raises(Invalid) as refusal:
        trim_take(take, start, end, by=None)
    assert "end" in refusal.value.errors
    assert (Run.objects.count(), Take.objects.count()) == (1, 6)


def test_a_page_may_round_the_end_of_a_take_to_milliseconds(take):
    made = trim_take(take, 0.1, take.duration + 0.0005, by=None)
    assert made.settings["trim"] == [0.1, take.duration]
    with pytest.raises(Invalid):
        trim_take(take, 0.1, take.duration + 0.002, by=None)


@pytest.mark.parametrize(
    "facts", [{"status": "failed"}, {"status": "pending"}, {"expires_at": timezone.now()}]
)
def test_a_take_without_kept_audio_cannot_be_trimmed(take, facts):
    Take.objects.filter(pk=take.pk).update(**facts)
    with pytest.raises(Invalid, match="no audio to trim"):
        trim_take(take, 0.1, 0.5, by=None)


def test_a_trim_is_never_reused(batch, take, lines):
    trimmed(take)
    second = RunFactory(lines=lines, takes=2, settings=SETTINGS)
    render(second)
    origins = second.takes.values_list("reused_from__origin", flat=True)
    assert "derived" not in set(origins)
