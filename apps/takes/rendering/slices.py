"""Renders a slice of takes, with as many requests in flight as the provider account allows."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import groupby
from operator import attrgetter

import structlog
from django.conf import settings

from apps.providers.base import Provider, ProviderError
from apps.storage.places import get_place
from apps.takes.models import Take
from apps.takes.rendering.cutting import CutRenderer
from apps.takes.rendering.measuring import Measurers
from apps.takes.rendering.renderer import Renderer, SpeechRenderer, stop_batch
from apps.takes.rendering.speaking import ProviderSession
from apps.voices.credentials.keys import UnreadableKey, provider_for
from apps.work.limiter import Limiter, LocalLimiter
from apps.work.models import pending_keys
from apps.work.slices import Slice
from apps.work.stopping import Stop


def render_slice(
    take_pks: Iterable[int],
    *,
    limiter_for: Callable[[Provider], Limiter],
    asked_to_stop: Stop,
) -> list[int]:
    """Render takes of one batch; returns the keys of takes that are still pending.

    Takes stay pending only after a stop: then no take is started, requests in flight have
    some seconds to be answered, and the other takes are handed back.
    """
    takes = load(take_pks)
    if not takes:
        return []
    cuts = [take for take in takes if take.origin == Take.Origin.DERIVED]
    spoken = [take for take in takes if take.origin != Take.Origin.DERIVED]
    measurers = Measurers(settings.MEASURING_PROCESSES)
    try:
        if cuts:
            cut(cuts, measurers, asked_to_stop)
        if spoken and not asked_to_stop():
            speak(spoken, measurers, limiter_for, asked_to_stop)
    finally:
        measurers.close()
    return pending_keys(Take, [take.pk for take in takes])


def cut(takes: list[Take], measurers: Measurers, asked_to_stop: Stop) -> None:
    """Make trimmed takes; cutting needs processor time, so the processors are the limit."""
    limiter = LocalLimiter(default=settings.MEASURING_PROCESSES)
    slice_ = slice_of(takes, limiter, asked_to_stop)
    renderer = CutRenderer(measurers, get_place("takes"), slice_.lease, slice_.is_stopping)
    slice_.run(named_in_log(renderer))


def speak(
    takes: list[Take],
    measurers: Measurers,
    limiter_for: Callable[[Provider], Limiter],
    asked_to_stop: Stop,
) -> None:
    """Render takes of one provider, with the keys of the persons who ordered them."""
    payer = attrgetter("run.ordered_by_id")
    for _, ordered in groupby(sorted(takes, key=lambda take: payer(take) or 0), key=payer):
        if not asked_to_stop():
            speak_for_one(list(ordered), measurers, limiter_for, asked_to_stop)


def speak_for_one(
    takes: list[Take],
    measurers: Measurers,
    limiter_for: Callable[[Provider], Limiter],
    asked_to_stop: Stop,
) -> None:
    """Render takes that one person ordered; all fail when the provider has no usable key."""
    try:
        provider = provider_for(takes[0].batch.voice.provider, takes[0].run.ordered_by)
    except (ProviderError, UnreadableKey) as error:
        stop_batch(takes[0], str(error))
        return
    limiter = limiter_for(provider)
    slice_ = slice_of(takes, limiter, asked_to_stop)
    learn_limit(provider, limiter)
    session = ProviderSession(
        provider,
        limiter,
        slice_.is_stopping,
        slice_.pause,
        settings.TAKE_ATTEMPTS,
        settings.PROVIDER_WAIT_SECONDS,
        is_waiting=bool(takes[0].batch.waiting_reason),
    )
    place = get_place("takes")
    renderer = SpeechRenderer(measurers, place, slice_.lease, slice_.is_stopping, session)
    slice_.run(named_in_log(renderer))


def load(take_pks: Iterable[int]) -> list[Take]:
    """The pending takes of `take_pks`, with all rows that rendering reads, in one query."""
    related = ("series", "run__ordered_by", "batch__voice", "line__language")
    pending = Take.with_previews.pending().filter(pk__in=list(take_pks))
    return list(pending.select_related(*related).order_by("pk"))


def slice_of(takes: list[Take], limiter: Limiter, asked_to_stop: Stop) -> Slice[Take]:
    """Threads for the account's limit, also when that becomes known later or rises.

    A take spends some time outside its request: being measured, stored and written down.
    """
    return Slice(
        takes,
        threads=lambda: limiter.limit() * 3 // 2 + 2,
        limiter=limiter,
        asked_to_stop=asked_to_stop,
    )


def learn_limit(provider: Provider, limiter: Limiter) -> None:
    """Ask the account for its limit where nobody has told yet; the first answers tell it, too."""
    if limiter.is_limit_known():
        return
    # A key may speak and yet not read its account; the answers to takes say what is wrong else.
    with suppress(ProviderError):
        account = provider.account()
        limiter.learn(account.concurrency_limit if account else None)


def named_in_log(renderer: Renderer) -> Callable[[Take], None]:
    """`renderer.render`, with the take's id in every log line."""

    def render(take: Take) -> None:
        names = {"run": take.run_id, "batch": take.batch.batch_id, "take": take.pk}
        with structlog.contextvars.bound_contextvars(**names):
            renderer.render(take)

    return render
