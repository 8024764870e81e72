"""Services of accounts: synchronise roles, create and revoke tokens, switch keyboard shortcuts."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import AnonymousUser, Group, Permission
from django.db import transaction
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from apps.accounts.events import record
from apps.accounts.models import ApiToken, Scope, User
from apps.accounts.roles import ROLES, Role
from apps.accounts.tokens import digest_of
from apps.core.errors import DomainError, Invalid

TOKEN_MARK = "vcms_"  # noqa: S105 - how our tokens begin, so that leaked ones can be searched for
TOKEN_BYTES = 32
SHOWN_CHARACTERS = 12  # the mark and 7 of 43: enough to tell tokens apart, too few to guess one
LONGEST_LIFE = timedelta(days=366)

Actor = User | AnonymousUser | None


class UnknownPermissions(DomainError):
    """A role names permissions that the database does not have."""

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__(
            f"The database does not know {', '.join(sorted(names))}. No role was changed: "
            "run manage.py migrate, then try again."
        )


class TokenRevoked(DomainError):
    """The token was revoked already."""


@dataclass(frozen=True, slots=True)
class RoleChange:
    """The changes to one role's group, done or (dry run) to do; permissions by name."""

    role: str
    is_new: bool
    added: list[str]
    removed: list[str]


# --- Roles -------------------------------------------------------------------------------------


@transaction.atomic
def sync_roles(*, by: Actor = None, dry_run: bool = False) -> list[RoleChange]:
    """Give every role's group exactly the role's permissions; returns the changes.

    Groups that are not roles are left alone. Raises UnknownPermissions.
    """
    permissions = _permissions()
    changes = [change for role in ROLES.values() if (change := _pending(role))]
    if not dry_run:
        for change in changes:
            _apply(change, permissions, by)
    return changes


def _permissions() -> dict[str, Permission]:
    """The permissions that roles hold everywhere, by name."""
    wanted = {name for role in ROLES.values() for name in role.everywhere}
    apps = {name.partition(".")[0] for name in wanted}
    rows = Permission.objects.filter(content_type__app_label__in=apps).select_related(
        "content_type"
    )
    known = {f"{row.content_type.app_label}.{row.codename}": row for row in rows}
    if unknown := wanted - known.keys():
        raise UnknownPermissions(unknown)
    return {name: known[name] for name in wanted}


def _pending(role: Role) -> RoleChange | None:
    group = Group.objects.filter(name=role.name).first()
    rows = group.permissions.values_list("content_type__app_label", "codename") if group else ()
    present = {f"{app}.{codename}" for app, codename in rows}
    wanted = set(role.everywhere)
    if group and present == wanted:
        return None
    return RoleChange(role.name, group is None, sorted(wanted - present), sorted(present - wanted))


def _apply(change: RoleChange, permissions: dict[str, Permission], by: Actor) -> None:
    group, _made = Group.objects.get_or_create(name=change.role)
    group.permissions.set(permissions[name] for name in ROLES[change.role].everywhere)
    verb = "role.created" if change.is_new else "role.changed"
    record(verb, group, by=by, added=change.added, removed=change.removed)


# --- Keys of pages ---------------------------------------------------------------------------


def switch_keys(user: User, *, on: bool) -> None:
    """Switch the single-key shortcuts of all pages on or off for a person, in every browser."""
    User.objects.filter(pk=user.pk).update(keys_off=not on)


# --- Tokens ------------------------------------------------------------------------------------


@sensitive_variables("secret")
@transaction.atomic
def create_token(
    user: User, name: str, scopes: Sequence[str], expires_at: datetime, *, by: Actor
) -> tuple[ApiToken, str]:
    """Create a token; returns it with its secret, which is not stored. Raises Invalid."""
    _check_token(user, name, scopes, expires_at)
    secret = TOKEN_MARK + secrets.token_urlsafe(TOKEN_BYTES)
    token = ApiToken.objects.create(
        user=user,
        name=name.strip(),
        prefix=secret[:SHOWN_CHARACTERS],
        digest=digest_of(secret),
        scopes=[scope for scope in Scope.values if scope in scopes],
        expires_at=expires_at,
    )
    record(
        "token.created",
        token,
        by=by,
        owner=user.get_username(),
        scopes=token.scopes,
        expires_at=expires_at.isoformat(),
    )
    return token, secret


@transaction.atomic
def revoke_token(token: ApiToken, *, by: Actor) -> None:
    """Revoke a token for good. Raises TokenRevoked when it was revoked already."""
    alive = ApiToken.objects.filter(pk=token.pk, revoked_at=None)
    if not alive.update(revoked_at=timezone.now()):
        raise TokenRevoked(f"The token {token} was revoked before; nothing was changed.")
    token.refresh_from_db(fields=["revoked_at"])
    record("token.revoked", token, by=by, owner=token.user.get_username())


def _check_token(user: User, name: str, scopes: Sequence[str], expires_at: datetime) -> None:
    errors: dict[str, str] = {}
    if not 0 < len(name.strip()) <= 100:
        errors["name"] = "Say in 1 to 100 characters what uses the token."
    if not scopes or set(scopes) - set(Scope.values):
        errors["scopes"] = f"Choose one or more of {', '.join(Scope.values)}."
    if not timezone.now() < expires_at <= timezone.now() + LONGEST_LIFE:
        errors["expires_at"] = f"Choose a time within the next {LONGEST_LIFE.days} days."
    if not user.is_active:
        errors["user"] = f"The account {user} is deactivated."
    if errors:
        raise Invalid(errors)
