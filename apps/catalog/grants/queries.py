"""Reads the grants on a Series, as rows of a table."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.contrib.auth.models import Group
from django.db.models import Count, Q, QuerySet

from apps.accounts.models import User
from apps.accounts.roles import ROLES
from apps.catalog.models import Series, SeriesGroupPermission, SeriesUserPermission
from apps.core.access import SERIES_PERMISSIONS

Subject = User | Group
GRANTING = "catalog.change_series"


@dataclass(slots=True)
class Grant:
    """The permissions of one person or group on one Series, as keys of SERIES_PERMISSIONS."""

    subject: Subject
    people: int | None = None
    held: set[str] = field(default_factory=set)

    @property
    def address(self) -> str:
        return address_of(self.subject)

    @property
    def ticks(self) -> list[bool]:
        """Whether the grant holds each Series permission, in their order."""
        return [permission in self.held for permission in SERIES_PERMISSIONS]

    @property
    def role(self) -> str:
        """The role whose bundle equals this grant; empty when there is none."""
        return next((role.name for role in ROLES.values() if set(role.on_series) == self.held), "")


def address_of(subject: Subject) -> str:
    """The name of a person or group in addresses: `user:5`, `group:2`."""
    return f"{'group' if isinstance(subject, Group) else 'user'}:{subject.pk}"


def grants_of(series: Series) -> list[Grant]:
    """The grants to groups, then to people, each by name; two queries in all."""
    groups = SeriesGroupPermission.objects.filter(content_object=series)
    people = SeriesUserPermission.objects.filter(content_object=series)
    grants: dict[str, Grant] = {}
    rows = groups.select_related("group", "permission").annotate(people=Count("group__user"))
    for row in rows.order_by("group__name"):
        _gather(grants, row.group, row.permission.codename).people = row.people
    for own in people.select_related("user", "permission").order_by("user__username"):
        _gather(grants, own.user, own.permission.codename)
    return list(grants.values())


def held_by(series: Series, subject: Subject) -> set[str]:
    """The permissions granted on this Series to the person or group itself."""
    rows: QuerySet[SeriesGroupPermission] | QuerySet[SeriesUserPermission]
    if isinstance(subject, Group):
        rows = SeriesGroupPermission.objects.filter(content_object=series, group=subject)
    else:
        rows = SeriesUserPermission.objects.filter(content_object=series, user=subject)
    return {_key(name) for name in rows.values_list("permission__codename", flat=True)}


def holders_everywhere() -> QuerySet[User]:
    """People who may grant on every Series: superusers and holders of the permission."""
    app, _, codename = GRANTING.partition(".")
    permission = {"content_type__app_label": app, "codename": codename}
    by_group = {f"groups__permissions__{key}": value for key, value in permission.items()}
    own = {f"user_permissions__{key}": value for key, value in permission.items()}
    people = User.objects.filter(Q(is_superuser=True) | Q(**by_group) | Q(**own), is_active=True)
    return people.distinct().order_by("username")


def in_order(permissions: Iterable[str]) -> list[str]:
    """The keys in the order in which pages show them."""
    wanted = set(permissions)
    return [permission for permission in SERIES_PERMISSIONS if permission in wanted]


def _gather(grants: dict[str, Grant], subject: Subject, codename: str) -> Grant:
    grant = grants.setdefault(address_of(subject), Grant(subject))
    grant.held.add(_key(codename))
    return grant


def _key(codename: str) -> str:
    return codename.removesuffix("_series")
