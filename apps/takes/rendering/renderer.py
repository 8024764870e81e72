"""Renders one take: makes or buys the recording, measures it, stores it, completes the take.

Safe to run twice and to be killed anywhere: an existing file is adopted, not bought again.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import structlog
from django.conf import settings

from apps.audio.errors import AudioError, WrongLength
from apps.audio.examining import Examined
from apps.providers.base import ProviderError, Recording, offered_format
from apps.providers.bounds import longest_seconds, shortest_seconds
from apps.storage.errors import StorageError
from apps.storage.places import Place
from apps.takes.models import Batch, Take
from apps.takes.rendering import keeping
from apps.takes.rendering.keeping import Bill, OtherFileThere
from apps.takes.rendering.measuring import MeasurerDied, Measurers
from apps.takes.rendering.speaking import ProviderSession
from apps.takes.rendering.waiting import note_waiting
from apps.voices.refusals import with_advice
from apps.work.leases import Lease, WorkersDied, check_attempts
from apps.work.outages import through_database_loss, through_full_storage
from apps.work.stopping import Stop

log = structlog.get_logger(__name__)

T = TypeVar("T")


@dataclass(frozen=True)
class Renderer(ABC):
    """Renders the takes of one job; subclasses define how a recording is made."""

    measurers: Measurers
    place: Place
    lease: Lease
    stop: Stop

    @abstractmethod
    def make(self, take: Take) -> tuple[Examined, Bill]:
        """The take's recording, examined and tagged, and its cost."""

    def render(self, take: Take) -> None:
        """Complete or fail a claimed take; raises Stopped when the worker is to stop."""
        try:
            self._finish(take)
        except ProviderError as error:
            reason = with_advice(error)
            self._give_up(take, reason)
            if error.fatal_for_batch:
                through_database_loss(lambda: stop_batch(take, reason), self.stop)
        except WorkersDied as error:
            self._give_up(take, f"{error} Press Retry to go on.")
        except (AudioError, StorageError, OtherFileThere, MeasurerDied) as error:
            self._give_up(take, str(error))

    def through_full_storage(self, act: Callable[[], T], take: Take) -> T:
        """Do the act, again while its storage refuses; the batch says meanwhile what it needs."""
        return through_full_storage(act, partial(note_waiting, take.batch_id), self.stop)

    def _finish(self, take: Take) -> None:
        if (take.attempts > 1 or take.retries) and self._adopt(take):
            return
        check_attempts(take, settings.TAKE_ATTEMPTS)
        self._keep(take, *self.make(take))

    def _adopt(self, take: Take) -> bool:
        """Complete the take from a file that a dead worker stored; False without such a file."""
        stored = self._stored(take, take.key)
        if stored is None:
            return False
        self._complete_from(take, stored)
        return True

    def _stored(self, take: Take, key: str) -> bytes | None:
        def read() -> bytes | None:
            return self.place.read(key) if self.place.exists(key) else None

        return self.through_full_storage(read, take)

    def _keep(self, take: Take, examined: Examined, bill: Bill) -> None:
        there = self.through_full_storage(lambda: keeping.store(take, examined, self.place), take)
        if there is None:
            self._complete(take, examined, bill)
        else:
            self._complete_from(take, there)

    def _complete_from(self, take: Take, data: bytes) -> None:
        options, bill = keeping.stored_options(take, data)
        self._complete(take, self.measurers.examine(data, options), bill)

    def _complete(self, take: Take, examined: Examined, bill: Bill) -> None:
        done = through_database_loss(
            lambda: keeping.complete(take, examined, bill, self.lease), self.stop
        )
        if not done:
            through_database_loss(lambda: keeping.keep_bill(take, bill), self.stop)
        log.info("take.complete" if done else "take.lost_lease", take=take.pk)

    def _give_up(self, take: Take, reason: str) -> None:
        through_database_loss(lambda: keeping.fail(take, reason, self.lease), self.stop)
        log.warning("take.failed", take=take.pk, reason=reason)


@dataclass(frozen=True)
class SpeechRenderer(Renderer):
    """Makes takes by requests to one provider account."""

    session: ProviderSession

    def make(self, take: Take) -> tuple[Examined, Bill]:
        """The recording of an identical take of the same Series, else a new recording."""
        reused = self._reuse(take) if take.run.reuse_identical else None
        return reused or self._record(take)

    def _record(self, take: Take) -> tuple[Examined, Bill]:
        """Ask until the answer is audio; an answer that is none is a failed attempt."""
        seen: Counter[str] = Counter()
        while True:
            recording = self.session.speak(take, seen)
            bill = Bill.of(recording, self.session.provider)
            try:
                return self._examine(take, recording, bill), bill
            except AudioError as error:
                log.warning("take.not_audio", take=take.pk, error=str(error))
                self.session.reject(take, error, bill.characters, seen)

    def _examine(self, take: Take, recording: Recording, bill: Bill) -> Examined:
        came_as = offered_format(take.output_format, self.session.provider)
        options = keeping.examine_options(take, bill, came_as)
        examined = self.measurers.examine(recording.data, options)
        check_length(take.spoken_text, examined.measurement.duration)
        return examined

    def _reuse(self, take: Take) -> tuple[Examined, Bill] | None:
        """The recording of an identical take, at no cost; None without such a take."""
        source = through_database_loss(lambda: identical_take(take), self.stop)
        stored = self._stored(take, source.key) if source else None
        if source is None or stored is None:
            return None
        take.reused_from, take.seed = source, source.seed
        bill = Bill(request_id=source.request_id)
        return self.measurers.examine(stored, keeping.examine_options(take, bill)), bill


def identical_take(take: Take) -> Take | None:
    """A paid take of the same Series with the same words, voice, settings and seed."""
    return (
        Take.objects.paid()
        .filter(series_id=take.series_id, identity=take.identity)
        .exclude(pk=take.pk)
        .select_related("batch")
        .first()
    )


def check_length(text: str, seconds: float) -> None:
    """Raise WrongLength for a recording that cannot hold just the text."""
    if not shortest_seconds(text) <= seconds <= longest_seconds(text):
        raise WrongLength(
            f"The recording of {len(text)} characters lasts {seconds:.2f} s. "
            "Nothing was kept: render it again."
        )


def stop_batch(take: Take, reason: str) -> None:
    """Fail the batch's pending takes: the provider would refuse each of them alike.

    Trimmed takes need no provider and stay pending; takes that another person ordered use
    another key, and stay pending too.
    """
    Batch.with_previews.filter(pk=take.batch_id).update(stopped_reason=reason)
    same = Take.with_previews.filter(batch_id=take.batch_id, run__ordered_by=take.run.ordered_by_id)
    same.exclude(origin=Take.Origin.DERIVED).fail(reason)
