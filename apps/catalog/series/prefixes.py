"""Keeps the prefixes of Series under shared storage aliases, so that no two keys collide."""

from django.db import IntegrityError, transaction

from apps.audit.services import Actor, record
from apps.catalog.models import Series, SeriesPrefix
from apps.core.errors import DomainError, Invalid
from apps.storage.keys import UnsafeKey, check_key


def prefix_of(series: Series, alias: str) -> str:
    """The beginning of this Series' keys under `alias`: "" or `Lantern/`.

    It was fixed by the first write, or is the default; writes nothing. Raises DomainError when
    the prefix of another Series collides.
    """
    row = SeriesPrefix.objects.filter(series=series, alias=alias).first()
    return row.prefix if row else _default(series, alias)


@transaction.atomic
def claim_prefix(series: Series, alias: str) -> str:
    """As `prefix_of`, and fix the prefix; to be called before the first write under the alias."""
    row = SeriesPrefix.objects.filter(series=series, alias=alias).first()
    return row.prefix if row else _write(series, alias, _default(series, alias))


@transaction.atomic
def set_prefix(series: Series, alias: str, prefix: str, *, by: Actor) -> str:
    """Fix the prefix ("" for a Series alone under the alias). Raises Invalid and DomainError."""
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
    """The slug and a slash. Raises DomainError when the prefix of another Series collides."""
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
        # Another process has fixed the prefix at the same moment; that one holds.
        return SeriesPrefix.objects.get(series=series, alias=alias).prefix
    return prefix
