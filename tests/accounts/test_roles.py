"""Roles, and the accounts and groups pages: who may make whom what."""

import io
import json

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import ApiToken, User
from apps.accounts.roles import ROLES
from apps.accounts.services import sync_roles
from apps.audit.models import Event
from apps.core.access import SERIES_PERMISSIONS
from tests.accounts.test_tokens import create_token, soon
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
PEOPLE = reverse("admin:accounts_user_changelist")
ADD_PERSON = reverse("admin:accounts_user_add")
GROUPS = reverse("admin:auth_group_changelist")


def person_page(user) -> str:
    return reverse("admin:accounts_user_change", args=[user.pk])


def group_page(group) -> str:
    return reverse("admin:auth_group_change", args=[group.pk])


def in_role(name: str, **fields) -> User:
    sync_roles()
    user = UserFactory(**fields)
    user.groups.add(Group.objects.get(name=name))
    return user


@pytest.fixture
def administrator(client: Client) -> Client:
    client.force_login(in_role("Administrator", username="adele"))
    return client


def fields_of(user, **changes) -> dict[str, object]:
    kept = {"username": user.username, "first_name": "", "last_name": "", "email": ""}
    return kept | {"is_active": "on", "is_staff": "on"} | changes


# --- sync_roles ---------------------------------------------------------------------------------


def test_roles_become_groups_with_exactly_their_permissions() -> None:
    sync_roles()
    for role in ROLES.values():
        rows = Group.objects.get(name=role.name).permissions.values_list(
            "content_type__app_label", "codename"
        )
        assert {".".join(row) for row in rows} == set(role.everywhere)
        assert set(role.on_series) <= SERIES_PERMISSIONS.keys()


def test_only_administrators_may_anything_on_every_series() -> None:
    for role in ROLES.values():
        series = {name for name in role.everywhere if name.endswith("_series")}
        assert series <= {"catalog.add_series"} or role.name == "Administrator"


def test_syncing_again_changes_nothing_and_writes_nothing() -> None:
    assert len(sync_roles()) == len(ROLES) == Event.objects.filter(verb="role.created").count()
    before = Event.objects.count()
    assert sync_roles() == []
    assert Event.objects.count() == before


def test_syncing_mends_a_role_and_leaves_teams_alone() -> None:
    sync_roles()
    extra = Permission.objects.get(codename="delete_user")
    curator, team = Group.objects.get(name="Curator"), Group.objects.create(name="Team Blue")
    curator.permissions.set([extra])
    team.permissions.set([extra])
    (change,) = sync_roles()
    assert change.role == "Curator" and change.removed == ["accounts.delete_user"]
    assert set(change.added) == set(ROLES["Curator"].everywhere)
    assert list(team.permissions.all()) == [extra]
    assert extra not in curator.permissions.all() and sync_roles() == []
    assert Event.objects.get(verb="role.changed").data["removed"] == ["accounts.delete_user"]


def test_the_command_says_what_it_did_and_dry_run_does_nothing() -> None:
    said = io.StringIO()
    call_command("sync_roles", "--dry-run", "--json", stdout=said)
    assert {change["role"] for change in json.loads(said.getvalue())} == set(ROLES)
    assert not Group.objects.exists() and not Event.objects.exists()
    for expected in ("Curator was made", "All roles are in order."):
        said = io.StringIO()
        call_command("sync_roles", stdout=said)
        assert expected in said.getvalue()


def test_permissions_that_the_database_lacks_are_named() -> None:
    Permission.objects.filter(codename="view_voice").delete()
    with pytest.raises(CommandError, match=r"voices\.view_voice.*migrate"):
        call_command("sync_roles")
    assert not Group.objects.exists()


# --- People -------------------------------------------------------------------------------------


def test_an_administrator_adds_a_person_with_a_role(administrator: Client) -> None:
    curator = Group.objects.get(name="Curator")
    form = administrator.get(ADD_PERSON).context["adminform"].form
    assert form["is_staff"].value() is True
    password = {"password1": "Lantern-7-keeper", "password2": "Lantern-7-keeper"}
    new = {"username": "carla", "usable_password": "true", **password}
    administrator.post(ADD_PERSON, new | {"is_staff": "on", "groups": [curator.pk]})
    carla = User.objects.get(username="carla")
    assert carla.is_staff and list(carla.groups.all()) == [curator]
    verbs = Event.objects.filter(target_id=carla.pk, target_type="accounts.user")
    assert {event.verb for event in verbs} == {"user.created", "role.given"}
    assert "Lantern-7-keeper" not in json.dumps([event.data for event in verbs])


def test_changing_roles_is_recorded_with_their_names(administrator: Client) -> None:
    curator, publisher = (Group.objects.get(name=name) for name in ("Curator", "Publisher"))
    user = UserFactory()
    user.groups.add(curator)
    administrator.post(person_page(user), fields_of(user, groups=[publisher.pk]))
    assert list(user.groups.all()) == [publisher]
    given, taken = (Event.objects.get(verb=f"role.{verb}") for verb in ("given", "taken"))
    assert given.data == {"roles": ["Publisher"]} and taken.data == {"roles": ["Curator"]}
    assert given.actor_name == "adele"


def test_an_administrator_makes_no_superuser(administrator: Client) -> None:
    user = UserFactory()
    administrator.post(person_page(user), fields_of(user, is_superuser="on", email="x@example.org"))
    user.refresh_from_db()
    assert user.email == "x@example.org" and not user.is_superuser


def test_an_administrator_cannot_touch_a_superuser(administrator: Client) -> None:
    root = UserFactory(is_superuser=True)
    change = administrator.post(person_page(root), fields_of(root, email="x@example.org"))
    password = reverse("admin:auth_user_password_change", args=[root.pk])
    delete = reverse("admin:accounts_user_delete", args=[root.pk])
    assert change.status_code == 403
    assert administrator.post(password, {"password1": "a", "password2": "a"}).status_code == 403
    assert administrator.post(delete, {"post": "yes"}).status_code == 403
    many = {"action": "delete_selected", "_selected_action": [root.pk], "post": "yes"}
    administrator.post(PEOPLE, many)
    assert User.objects.filter(pk=root.pk, email="").exists()


def test_nobody_ticks_single_permissions(administrator: Client) -> None:
    user = UserFactory()
    some = Permission.objects.first()
    administrator.post(person_page(user), fields_of(user, user_permissions=[some.pk]))
    assert not user.user_permissions.exists()


def test_a_person_is_deleted_with_their_tokens(administrator: Client) -> None:
    user = UserFactory(username="gone")
    create_token(user, "x", ["read:job"], soon(), by=user)
    delete = reverse("admin:accounts_user_delete", args=[user.pk])
    assert administrator.post(delete, {"post": "yes"}).status_code == 302
    assert not User.objects.filter(pk=user.pk).exists() and not ApiToken.objects.exists()
    assert Event.objects.get(verb="user.deleted").target_name == "gone"
    assert Event.objects.get(verb="token.created").actor_name == "gone"


@pytest.mark.parametrize("role", ["Curator", "Reviewer manager", "Publisher", "Listener"])
def test_other_roles_reach_neither_people_nor_groups(client: Client, role: str) -> None:
    client.force_login(in_role(role))
    for address in (PEOPLE, ADD_PERSON, GROUPS, reverse("admin:audit_event_changelist")):
        assert client.get(address).status_code == 403


def test_the_list_of_people_costs_the_same_for_many(administrator: Client) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert administrator.get(PEOPLE).status_code == 200
        return len(queries)

    few = cost()
    for user in UserFactory.create_batch(30):
        user.groups.add(Group.objects.get(name="Curator"))
    assert cost() == few <= 30


# --- Groups -------------------------------------------------------------------------------------


def test_roles_are_read_only_and_teams_have_a_name_only(administrator: Client) -> None:
    role = Group.objects.get(name="Curator")
    assert administrator.post(group_page(role), {"name": "Boss"}).status_code == 403
    everything = [permission.pk for permission in Permission.objects.all()]
    add = reverse("admin:auth_group_add")
    administrator.post(add, {"name": "Team Blue", "permissions": everything})
    team = Group.objects.get(name="Team Blue")
    assert not team.permissions.exists()
    administrator.post(group_page(team), {"name": "Team Red", "permissions": everything})
    assert Group.objects.get(name="Team Red").permissions.count() == 0
    page = administrator.get(GROUPS).content.decode()
    assert "Brings in scripts" in page and "A team." in page
