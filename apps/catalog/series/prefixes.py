"""Where the files of a Series lie in a shared place: prefixes that never meet."""

from django.db import IntegrityError, transaction

from apps.audit.services import Actor, record
from apps.catalog.models import Series, SeriesPlace
from apps.core.errors import DomainError, Invalid
from apps.storage.keys import UnsafeKey, check_key


def prefix_of(series: Series, alias: str) -> str:
    """What the keys of this Series begin with in the place `alias`: "" or `Lantern/`.

    Fixed when first asked for: the slug and a slash, until somebody sets another. Raises
    DomainError when another Series has the place for itself.
    """
    found = SeriesPlace.objects.filter(series=series, alias=alias).first()
    return found.prefix if found else _write(series, alias, f"{series.slug}/")


@transaction.atomic
def set_prefix(series: Series, alias: str, prefix: str, *, by: Actor) -> str:
    """Set it, before anything lies there; empty when the Series has the place for itself."""
    if prefix and not prefix.endswith("/"):
        raise Invalid({"prefix": "A prefix ends in a slash, or is empty."})
    try:
        check_key(f"{prefix}x")
    except UnsafeKey as error:
        raise Invalid({"prefix": str(error)}) from error
    SeriesPlace.objects.filter(series=series, alias=alias).delete()
    _write(series, alias, prefix)
    record("series.prefix_set", series, by=by, place=alias, prefix=prefix)
    return prefix


def _write(series: Series, alias: str, prefix: str) -> str:
    others = SeriesPlace.objects.filter(alias=alias).exclude(series=series)
    for other in others.select_related("series"):
        if other.prefix.startswith(prefix) or prefix.startswith(other.prefix):
            raise DomainError(
                f"{series} cannot use {prefix!r} in the place {alias!r}: {other.series} has "
                f"{other.prefix!r} there, and their files would mix. Set another prefix."
            )
    try:
        with transaction.atomic():
            SeriesPlace.objects.create(series=series, alias=alias, prefix=prefix)
    except IntegrityError:
        # Somebody else has asked at the same moment; what they wrote holds.
        return SeriesPlace.objects.get(series=series, alias=alias).prefix
    return prefix
