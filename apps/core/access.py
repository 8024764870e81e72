"""Who may do what: permissions are granted on Series and on nothing else."""

from typing import Any, TypeVar

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from guardian.shortcuts import get_objects_for_user

SERIES_PERMISSIONS = {
    "view": "See and hear",
    "edit": "Edit scripts, voices and settings",
    "generate": "Generate takes",
    "rank": "Rank takes and lock batches",
    "unlock": "Unlock batches",
    "review": "Save drafts, invite reviewers, approve",
    "purge": "Purge drafts for good",
    "publish": "Publish releases",
    "waive": "Waive findings",
}

Person = AbstractUser | AnonymousUser
M = TypeVar("M", bound=Model)


def codename(permission: str) -> str:
    """The full name of a Series permission: `edit` -> `<app>.edit_series`."""
    if permission not in SERIES_PERMISSIONS:
        raise KeyError(f"No Series permission is called {permission!r}.")
    app, _, _model = settings.SERIES_MODEL.partition(".")
    return f"{app}.{permission}_series"


def may(user: Person, permission: str, series: Model) -> bool:
    """Whether the user holds a permission on this Series, by a grant or for all Series."""
    if user.has_perm(codename(permission)):
        return True
    return permitted_series(user, permission).filter(pk=series.pk).exists()


def permitted_series(user: Person, permission: str) -> QuerySet[Any]:
    """The Series on which the user holds the permission; usable as a subquery."""
    if not user.is_active:  # guardian looks up grants of the deactivated, and fails on nobody
        nothing: QuerySet[Any] = apps.get_model(settings.SERIES_MODEL).objects.none()
        return nothing
    return get_objects_for_user(user, codename(permission))


def permitted_anywhere(request: HttpRequest, permission: str) -> bool:
    """Whether there is any such Series for the person; asked once a request."""
    known: dict[str, bool] = request.__dict__.setdefault("_permitted_anywhere", {})
    if permission not in known:
        known[permission] = permitted_series(request.user, permission).exists()
    return known[permission]


def visible_to(
    user: Person, queryset: QuerySet[M], path: str, permission: str = "view"
) -> QuerySet[M]:
    """The rows whose Series (at lookup `path`, "pk" for Series itself) the user may use."""
    if user.has_perm(codename(permission)):
        return queryset
    return queryset.filter(**{f"{path}__in": permitted_series(user, permission).values("pk")})
