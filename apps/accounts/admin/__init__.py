"""Shows people, roles and API tokens in the admin."""

from apps.accounts.admin.people import PersonAdmin
from apps.accounts.admin.roles import RoleAdmin
from apps.accounts.admin.tokens import TokenAdmin

__all__ = ["PersonAdmin", "RoleAdmin", "TokenAdmin"]
