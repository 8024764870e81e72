"""Queue and database go away in the middle of a run; the run goes on by itself."""

import time

import pytest
from django.db import connection

from apps.takes.models import Run
from apps.takes.progress.queries import progress_of
from tests.factories import LanguageFactory, LineFactory, RunFactory
from tests.takes.test_workers import assert_every_row_has_its_file
from tests.workers import Processes, wait_for

pytestmark = pytest.mark.django_db(transaction=True)


def order(lines: int) -> Run:
    language = LanguageFactory()
    script = [LineFactory(language=language, text=f"Lamp {n} is lit.") for n in range(lines)]
    return RunFactory(lines=script, takes=2, queue=True)


def counts(run: Run):
    return progress_of("run", [run.pk])[run.pk]


def wait_until_finished(run: Run, processes: Processes) -> None:
    def finished() -> bool:
        return Run.objects.filter(pk=run.pk, finished_at__isnull=False).exists()

    wait_for(finished, 120, lambda: f"{counts(run)}\n{processes.said()}")


@pytest.fixture
def own_queue(own_valkey, settings, process_environ, tmp_path):
    """A queue of this test's own, for this process and its workers."""
    queues = {name: {**queue, "URL": own_valkey.url} for name, queue in settings.RQ_QUEUES.items()}
    settings.RQ_QUEUES = queues
    environ = process_environ | {"REDIS_URL": own_valkey.url, "LEASE_SECONDS": "3"}
    processes = Processes(environ, tmp_path / "processes.log")
    yield own_valkey, processes
    processes.end()


@pytest.mark.kill
def test_a_run_survives_the_restart_of_its_queue(own_queue, audio_root):
    valkey, processes = own_queue
    run = order(lines=60)
    processes.start("sweep", "--every", "1")
    processes.worker()
    wait_for(lambda: counts(run).complete > 10, 60, processes.said)
    valkey.kill()
    time.sleep(3)
    before = counts(run)
    valkey.start()
    assert before.failed == 0
    processes.worker()  # as a supervisor does, should the first have ended with its queue
    wait_until_finished(run, processes)
    assert counts(run).complete == 120
    assert_every_row_has_its_file(run, audio_root)


@pytest.mark.kill
def test_a_run_survives_the_restart_of_its_database(processes, services, audio_root):
    run = order(lines=60)
    processes.start("sweep", "--every", "1")
    processes.worker()
    wait_for(lambda: counts(run).complete > 10, 60, processes.said)
    connection.close()
    services.postgres.stop()
    time.sleep(4)  # longer than a lease
    services.postgres.start()
    connection.connect()
    wait_until_finished(run, processes)
    assert counts(run).complete == 120
    assert_every_row_has_its_file(run, audio_root)
