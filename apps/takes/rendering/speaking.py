"""Sends the requests of one take to its provider, with waits and retries."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from apps.audio.errors import AudioError
from apps.providers.base import (
    Provider,
    ProviderError,
    Recording,
    Settings,
    Speech,
    offered_format,
)
from apps.providers.bounds import UnusableAnswer
from apps.takes.models import Take
from apps.takes.rendering import keeping
from apps.takes.rendering.seeds import draw_seed
from apps.takes.rendering.waiting import note_waiting
from apps.work.limiter import Limiter
from apps.work.outages import through_database_loss
from apps.work.stopping import Stop

Pause = Callable[[float], None]

LONGEST_PAUSE = 60.0
# More of the same would come, and each is paid.
MOST_ALIKE = 2
# A refusal now and then is nothing to tell anybody.
NOTED_AFTER = timedelta(seconds=2)


class WaitEnded(ProviderError):
    """The account has given no recording for as long as takes may wait."""

    def __init__(self, error: ProviderError, since: datetime) -> None:
        minutes = round((timezone.now() - since).total_seconds() / 60)
        super().__init__(
            f"{error} (Nothing was spoken for {minutes} minutes. Press Retry to ask again.)",
            fatal_for_batch=True,
            code=error.code,
        )


@dataclass
class ProviderSession:
    """How to talk with one provider account. `pause` sleeps, and raises Stopped on a stop.

    `most_wait` is how many seconds the account may give no recording before takes fail;
    `is_waiting` whether the batch says at the moment that it waits for the provider.
    """

    provider: Provider
    limiter: Limiter
    stop: Stop
    pause: Pause
    attempts: int
    most_wait: float
    is_waiting: bool = False

    def speak(self, take: Take, seen: Counter[str]) -> Recording:
        """The recording; raises ProviderError when it is not worth asking again.

        Too many requests in flight waits without spending an attempt. What is temporary is
        asked again after a pause; `take.attempts` and `take.seed` tell what was asked last.
        `seen` counts the unusable answers of each kind. Raises WaitEnded when the account
        has refused everything for too long.
        """
        crowded = 0
        while True:
            try:
                recording = self._ask(take)
            except ProviderError as error:
                self.limiter.learn(error.concurrency_limit)
                crowded += not error.counts_as_attempt
                if error.may_be_billed:
                    self._count_unusable(take, len(take.spoken_text))
                if not self._again(take, error, seen):
                    raise
                self._note(take, error)
                tries = take.attempts if error.counts_as_attempt else crowded
                self.pause(pause_after(error, tries))
                if error.counts_as_attempt:
                    count_attempt(take)
            else:
                self.limiter.learn(recording.concurrency_limit)
                self._note_recording(take)
                return recording

    def reject(self, take: Take, error: AudioError, billed: int, seen: Counter[str]) -> None:
        """Pause before a recording is asked for anew that was none; raise `error` instead when
        there were enough of its kind, or attempts.
        """
        self._count_unusable(take, billed)
        kind = type(error).__name__
        seen[kind] += 1
        if seen[kind] >= MOST_ALIKE or not self.may_retry(take):
            raise error
        self.pause(backoff(take.attempts))
        count_attempt(take)

    def _count_unusable(self, take: Take, characters: int) -> None:
        through_database_loss(lambda: keeping.count_unusable(take, characters), self.stop)

    def may_retry(self, take: Take) -> bool:
        return take.attempts < self.attempts

    def _note(self, take: Take, error: ProviderError) -> None:
        """Have the batch say what it waits for; the waiting begins anew with each order."""
        since = max(self.limiter.refused(), take.created_at)
        waited = timezone.now() - since
        if waited.total_seconds() > self.most_wait:
            raise WaitEnded(error, since) from error
        if waited > NOTED_AFTER:
            self.is_waiting = True
            self._say(take, str(error), since)

    def _note_recording(self, take: Take) -> None:
        self.limiter.forget_refusals()
        if self.is_waiting:
            self.is_waiting = False
            self._say(take, "", None)

    def _say(self, take: Take, reason: str, since: datetime | None) -> None:
        through_database_loss(lambda: note_waiting(take.batch_id, reason, since), self.stop)

    def _ask(self, take: Take) -> Recording:
        # A hundred threads that wait for answers need no hundred connections.
        connection.close()
        with self.limiter.slot(self.stop):
            return self.provider.speak(speech_for(take, self.provider))

    def _again(self, take: Take, error: ProviderError, seen: Counter[str]) -> bool:
        if error.fatal_for_batch or not error.temporary:
            return False
        if isinstance(error, UnusableAnswer):
            seen[error.code] += 1
            if seen[error.code] >= MOST_ALIKE:
                return False
        return not error.counts_as_attempt or self.may_retry(take)


def speech_for(take: Take, provider: Provider) -> Speech:
    return Speech(
        text=take.spoken_text,
        voice_id=take.batch.voice.provider_voice_id,
        language=take.line.language.tag,
        model=take.model,
        settings=Settings(**take.settings),
        seed=take.seed or 0,
        output_format=offered_format(take.output_format, provider),
    )


def count_attempt(take: Take) -> None:
    """Count one more attempt and draw its seed, so that a retry is not the failed request."""
    take.attempts += 1
    take.seed = draw_seed(take.identity, take.retries, take.attempts)


def pause_after(error: ProviderError, tries: int) -> float:
    """Seconds to wait: what the provider asks for, else more from try to try."""
    if error.retry_after is not None:
        return min(error.retry_after, LONGEST_PAUSE) * random.uniform(1.0, 1.1)
    return backoff(tries)


def backoff(tries: int) -> float:
    """Seconds: 1, 2, 4… up to 60, half of it jitter."""
    return min(2.0 ** max(tries - 1, 0), LONGEST_PAUSE) * random.uniform(0.5, 1.0)
