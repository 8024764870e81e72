"""Grants Series permissions to people and groups, and revokes them."""

from collections.abc import Iterable

from django.contrib.auth.models import Group
from django.db import transaction
from guardian.shortcuts import assign_perm, remove_perm

from apps.accounts.models import User
from apps.audit.services import Actor, record
from apps.catalog.grants.queries import Subject, held_by, in_order
from apps.catalog.models import Series
from apps.core.access import SERIES_PERMISSIONS, codename
from apps.core.errors import Invalid


@transaction.atomic
def grant_series(
    series: Series, subject: Subject, permissions: Iterable[str], *, by: Actor
) -> list[str]:
    """Grant keys of SERIES_PERMISSIONS; returns those that were not held before.

    Any permission brings "view" with it. Raises Invalid.
    """
    wanted = with_view(_checked(permissions))
    if isinstance(subject, User) and not subject.is_active:
        raise Invalid({"subject": f"The account {subject} is deactivated."})
    added = in_order(wanted - held_by(series, subject))
    for permission in added:
        assign_perm(codename(permission), subject, series)
    if added:
        record("series.granted", series, by=by, to=named(subject), permissions=added)
    return added


@transaction.atomic
def revoke_series(
    series: Series, subject: Subject, permissions: Iterable[str], *, by: Actor
) -> list[str]:
    """Revoke permissions; returns those that were held until now.

    Revoking "view" revokes all others too. Raises Invalid.
    """
    removed = would_lose(held_by(series, subject), permissions)
    for permission in removed:
        remove_perm(codename(permission), subject, series)
    if removed:
        record("series.revoked", series, by=by, of=named(subject), permissions=removed)
    return removed


@transaction.atomic
def set_grants(
    series: Series, subject: Subject, permissions: set[str], *, by: Actor
) -> tuple[list[str], list[str]]:
    """Set exactly these permissions (and "view" with any); returns those added and removed."""
    excess = held_by(series, subject) - with_view(permissions)
    removed = revoke_series(series, subject, excess, by=by) if excess else []
    added = grant_series(series, subject, permissions, by=by) if permissions else []
    return added, removed


def with_view(permissions: Iterable[str]) -> set[str]:
    """The permissions, with "view" if there are any."""
    wanted = set(permissions)
    return wanted | {"view"} if wanted else wanted


def would_lose(held: set[str], permissions: Iterable[str]) -> list[str]:
    """The held permissions that revoking these takes away. Raises Invalid."""
    unwanted = _checked(permissions)
    return in_order(held if "view" in unwanted else held & unwanted)


def named(subject: Subject) -> str:
    """`group Curator`, `person anna`."""
    return f"group {subject.name}" if isinstance(subject, Group) else f"person {subject}"


def _checked(permissions: Iterable[str]) -> set[str]:
    wanted = set(permissions)
    if not wanted:
        raise Invalid({"permissions": "Choose a role or at least one permission."})
    if unknown := wanted - SERIES_PERMISSIONS.keys():
        raise Invalid({"permissions": f"No Series permission is called {sorted(unknown)[0]!r}."})
    return wanted
