"""What workers run. Jobs are handed keys only, and may run twice."""

from django.conf import settings

from apps.providers.base import Provider
from apps.takes.rendering import finishing
from apps.takes.rendering.slices import render_slice
from apps.work.limiter import Limiter, SharedLimiter
from apps.work.queues import Job, get_redis, job_in_log, stop_sign

QUEUE = "renders"
PREVIEWS = "previews"  # somebody sits there and waits: these have a worker of their own


def render(batch_pk: int, take_pks: list[int]) -> None:
    """Render a slice of one batch; what a stopping worker leaves is queued for the next."""
    with job_in_log():
        left = render_slice(take_pks, limiter_for=shared_limiter, asked_to_stop=stop_sign())
        RENDER.enqueue_now((batch_pk, take_pk) for take_pk in left)
        finishing.finish_batches([batch_pk])


RENDER = Job("render", render, (QUEUE, PREVIEWS), slice_size=settings.TAKES_PER_JOB)


def shared_limiter(provider: Provider) -> Limiter:
    return SharedLimiter(get_redis(), provider.account_key, default=provider.default_concurrency)
