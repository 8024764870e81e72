"""Defines the roles and their permissions.

A role is a group. Permissions that do not belong to a Series (people, voices, new Series) hold
everywhere; those on a Series hold after the role's bundle is granted there.
"""

from dataclasses import dataclass

from apps.core.access import SERIES_PERMISSIONS, codename


@dataclass(frozen=True, slots=True)
class Role:
    """`everywhere`: names such as `voices.view_voice`; `on_series`: keys of SERIES_PERMISSIONS."""

    name: str
    about: str
    everywhere: tuple[str, ...]
    on_series: tuple[str, ...]


def _all_of(*models: str) -> tuple[str, ...]:
    acts = ("add", "change", "delete", "view")
    pairs = [model.split(".") for model in models]
    return tuple(f"{app}.{act}_{model}" for app, model in pairs for act in acts)


ADMINISTRATOR = Role(
    "Administrator",
    "Looks after people, Series and voices; may do everything on every Series.",
    (
        *_all_of("accounts.user", "auth.group", "voices.voice"),
        *("accounts.view_apitoken", "accounts.change_apitoken", "audit.view_event"),
        *("voices.view_consent", "voices.add_consent"),
        *("catalog.add_series", "catalog.change_series", "catalog.delete_series"),
        *(codename(permission) for permission in SERIES_PERMISSIONS),
    ),
    tuple(SERIES_PERMISSIONS),
)
CURATOR = Role(
    "Curator",
    "Brings in scripts, generates takes and ranks them.",
    ("catalog.add_series", "voices.view_voice"),
    ("view", "edit", "generate", "rank"),
)
REVIEWER_MANAGER = Role(
    "Reviewer manager",
    "Saves drafts, invites partners to review them and follows what they say.",
    ("voices.view_voice",),
    ("view", "review"),
)
PUBLISHER = Role(
    "Publisher",
    "Publishes releases, unlocks batches and waives findings.",
    ("voices.view_voice",),
    ("view", "unlock", "publish", "waive"),
)
LISTENER = Role("Listener", "Sees and hears, changes nothing.", (), ("view",))

ROLES = {
    role.name: role for role in (ADMINISTRATOR, CURATOR, REVIEWER_MANAGER, PUBLISHER, LISTENER)
}
