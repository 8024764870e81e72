"""Where the files of a Series lie in a shared place: prefixes that never meet."""

from django.db import IntegrityError, transaction

from apps.audit.services import Actor, record
from apps.catalog.models import Series, SeriesPrefix
from apps.core.errors import DomainError, Invalid
from apps.storage.keys import UnsafeKey, check_key


def prefix_of(series: Series, alias: str) -> str:
    """What the keys of this Series begin with in the place `alias`: "" or `Lantern/`.

    What its first write decided, or would decide now; nothing is written. Raises DomainError
    when another Series has the place for itself.
    """
    found = SeriesPrefix.objects.filter(series=series, alias=alias).first()
    return found.prefix if found else _default(series, alias)


@transaction.atomic
def claim_prefix(series: Series, alias: str) -> str:
    """The same for whoever is about to write there: from now on it is fixed."""
    found = SeriesPrefix.objects.filter(series=series, alias=alias).first()
    return found.prefix if found else _write(series, alias, _default(series, alias))


@transaction.atomic
def set_prefix(series: Series, alias: str, prefix: str, *, by: Actor) -> str:
    """Set it, before anything lies there; empty when the Series has the place for itself."""
    if prefix and not prefix.endswith("/"):
        raise Invalid({"prefix": "A prefix ends in a slash, or is empty."})
    try:
        check_key(f"{prefix}x")
    except UnsafeKey as error:
        raise Invalid({"prefix": str(error)}) from error
    _check_apart(series, alias, prefix)
    SeriesPrefix.objects.filter(series=series, alias=alias).delete()
    _write(series, alias, prefix)
    record("series.prefix_set", series, by=by, place=alias, prefix=prefix)
    return prefix


def _default(series: Series, alias: str) -> str:
    """The slug and a slash. Raises DomainError."""
    prefix = f"{series.slug}/"
    _check_apart(series, alias, prefix)
    return prefix


def _check_apart(series: Series, alias: str, prefix: str) -> None:
    others = SeriesPrefix.objects.filter(alias=alias).exclude(series=series)
    for other in others.select_related("series"):
        if other.prefix.startswith(prefix) or prefix.startswith(other.prefix):
            raise DomainError(
                f"{series} cannot use {prefix!r} in the place {alias!r}: {other.series} has "
                f"{other.prefix!r} there, and their files would mix. Set another prefix."
            )


def _write(series: Series, alias: str, prefix: str) -> str:
    try:
        with transaction.atomic():
            SeriesPrefix.objects.create(series=series, alias=alias, prefix=prefix)
    except IntegrityError:
        # Somebody else has written at the same moment; what they wrote holds.
        return SeriesPrefix.objects.get(series=series, alias=alias).prefix
    return prefix
