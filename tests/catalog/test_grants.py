"""Grants on a Series: given, shown, taken away, recorded; and who may do so."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import User
from apps.accounts.roles import CURATOR, ROLES
from apps.accounts.services import sync_roles
from apps.audit.queries import events_of
from apps.catalog.grants.queries import address_of, grants_of, held_by
from apps.catalog.grants.services import grant_series, revoke_series, set_grants
from apps.core.access import SERIES_PERMISSIONS, may
from apps.core.errors import Invalid
from tests.factories import SeriesFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def series():
    return SeriesFactory(title="Lantern")


@pytest.fixture
def anna():
    return UserFactory(username="anna")


@pytest.fixture
def team():
    return Group.objects.create(name="Team Blue")


@pytest.fixture
def address(series) -> str:
    return reverse("series_grants", args=[series.pk])


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(UserFactory(username="boss", is_superuser=True))
    return client


def fresh(user: User) -> User:
    """As the next request sees them: permissions are cached on the object."""
    return User.objects.get(pk=user.pk)


# --- Services -----------------------------------------------------------------------------------


def test_a_grant_holds_on_its_series_only_and_brings_view(series, anna) -> None:
    assert grant_series(series, anna, ["rank"], by=None) == ["view", "rank"]
    assert may(fresh(anna), "rank", series) and may(fresh(anna), "view", series)
    assert not may(fresh(anna), "edit", series)
    assert not may(fresh(anna), "rank", SeriesFactory())


def test_a_grant_to_a_group_holds_for_those_in_it(series, anna, team) -> None:
    grant_series(series, team, ["edit"], by=None)
    assert not may(fresh(anna), "edit", series)
    anna.groups.add(team)
    assert may(fresh(anna), "edit", series)


def test_granting_again_does_and_records_nothing(series, anna) -> None:
    grant_series(series, anna, ["rank"], by=None)
    assert grant_series(series, anna, ["rank"], by=None) == []
    assert events_of(series).count() == 1


def test_taking_view_away_takes_everything(series, anna) -> None:
    grant_series(series, anna, CURATOR.on_series, by=None)
    assert revoke_series(series, anna, ["edit"], by=None) == ["edit"]
    assert held_by(series, anna) == {"view", "generate", "rank"}
    assert revoke_series(series, anna, ["view"], by=None) == ["view", "generate", "rank"]
    assert held_by(series, anna) == set()


def test_setting_grants_gives_and_takes_in_one(series, anna) -> None:
    grant_series(series, anna, ["edit"], by=None)
    assert set_grants(series, anna, {"rank"}, by=None) == (["rank"], ["edit"])
    assert held_by(series, anna) == {"view", "rank"}
    assert set_grants(series, anna, set(), by=None) == ([], ["view", "rank"])


def test_grants_are_recorded_with_who_whom_and_what(series, anna, team) -> None:
    boss = UserFactory(username="boss")
    grant_series(series, anna, ["rank"], by=boss)
    revoke_series(series, anna, ["rank"], by=boss)
    grant_series(series, team, ["view"], by=boss)
    to_team, taken, given = events_of(series)
    assert given.verb == "series.granted" and given.actor == boss
    assert given.data == {"to": "person anna", "permissions": ["view", "rank"]}
    assert taken.verb == "series.revoked"
    assert taken.data == {"of": "person anna", "permissions": ["rank"]}
    assert to_team.data == {"to": "group Team Blue", "permissions": ["view"]}


def test_a_grant_of_no_known_permission_or_to_a_deactivated_person_is_refused(series, anna) -> None:
    with pytest.raises(Invalid, match="fly"):
        grant_series(series, anna, ["fly"], by=None)
    with pytest.raises(Invalid, match="at least one"):
        grant_series(series, anna, [], by=None)
    anna.is_active = False
    with pytest.raises(Invalid, match="deactivated"):
        grant_series(series, anna, ["view"], by=None)
    assert not events_of(series).exists()


def test_the_table_is_read_in_two_queries(series, team, django_assert_num_queries) -> None:
    team.user_set.set(UserFactory.create_batch(3))
    grant_series(series, team, ["view"], by=None)
    for user in UserFactory.create_batch(5):
        grant_series(series, user, CURATOR.on_series, by=None)
    grant_series(SeriesFactory(), team, ["publish"], by=None)
    with django_assert_num_queries(2):
        first, *people = grants_of(series)
        assert first.subject == team and first.people == 3 and first.held == {"view"}
        assert first.role == "Listener"
        assert len(people) == 5 and {grant.role for grant in people} == {"Curator"}
        assert people[0].ticks == [key in CURATOR.on_series for key in SERIES_PERMISSIONS]


# --- The page -----------------------------------------------------------------------------------


def test_a_role_is_granted_to_a_person(boss: Client, address, series, anna) -> None:
    posted = {"subject": address_of(anna), "role": "Curator", "permissions": ["publish"]}
    said = boss.post(address, posted, follow=True).content.decode()
    assert held_by(series, anna) == {*CURATOR.on_series, "publish"}
    assert "Person anna – granted: see and hear, edit scripts" in said
    assert events_of(series).get().actor_name == "boss"


def test_permissions_are_granted_to_a_group(boss: Client, address, series, team) -> None:
    boss.post(address, {"subject": address_of(team), "permissions": ["rank"]})
    assert held_by(series, team) == {"view", "rank"}


@pytest.mark.parametrize("subject", ["", "user:0", "user:x", "boat:1"])
def test_errors_stand_at_their_field(boss: Client, address, series, subject) -> None:
    answer = boss.post(address, {"subject": subject, "permissions": ["rank"]})
    assert set(answer.context["form"].errors) == {"subject"}
    assert "Nothing was granted" in answer.content.decode()


def test_granting_nothing_is_told(boss: Client, address, anna) -> None:
    answer = boss.post(address, {"subject": address_of(anna)})
    assert "at least one permission" in str(answer.context["form"].errors["permissions"])


def test_the_page_shows_who_has_what(boss: Client, address, series, anna, team) -> None:
    grant_series(series, anna, CURATOR.on_series, by=None)
    grant_series(series, team, ["publish"], by=None)
    answer = boss.get(address)
    assert [grant.subject for grant in answer.context["grants"]] == [team, anna]
    assert [user.username for user in answer.context["everywhere"]] == ["boss"]
    assert "group of 0" in answer.content.decode() and "Curator" in answer.content.decode()


def test_the_page_names_the_permissions_that_are_taken_away_before_it_does_so(
    boss: Client, address, series, anna
) -> None:
    grant_series(series, anna, CURATOR.on_series, by=None)
    edit = f"{address}?subject={address_of(anna)}"
    form = boss.get(edit).context["form"]
    ticked = {box.data["value"] for box in form["permissions"] if box.data["selected"]}
    assert ticked == set(CURATOR.on_series)
    asked = boss.post(edit, {"permissions": ["rank", "publish"]})
    assert asked.context["losing"] == [SERIES_PERMISSIONS[key] for key in ("edit", "generate")]
    assert SERIES_PERMISSIONS["rank"] in asked.context["keeping"]
    assert held_by(series, anna) == set(CURATOR.on_series)
    again = {"permissions": [value for name, value in asked.context["fields"][:-1]]}
    boss.post(edit, again | {"confirmed": "1"})
    assert held_by(series, anna) == {"view", "rank", "publish"}


def test_everything_is_taken_away_also_from_the_deactivated(boss, address, series, anna) -> None:
    grant_series(series, anna, ["rank"], by=None)
    User.objects.filter(pk=anna.pk).update(is_active=False)
    edit = f"{address}?subject={address_of(anna)}"
    assert boss.post(edit, {"nothing": "1"}).context["keeping"] == []
    said = boss.post(edit, {"nothing": "1", "confirmed": "1"}, follow=True).content.decode()
    assert held_by(series, anna) == set() and "taken away: see and hear" in said


def test_the_deactivated_get_nothing_more(boss, address, series, anna) -> None:
    grant_series(series, anna, ["rank"], by=None)
    User.objects.filter(pk=anna.pk).update(is_active=False)
    answer = boss.post(f"{address}?subject={address_of(anna)}", {"permissions": ["rank", "edit"]})
    assert "deactivated" in answer.content.decode()
    assert held_by(series, anna) == {"view", "rank"}


def test_a_role_adds_to_what_is_ticked(boss, address, series, anna) -> None:
    grant_series(series, anna, ["rank"], by=None)
    edit = f"{address}?subject={address_of(anna)}"
    boss.post(edit, {"permissions": ["view", "rank"], "role": "Publisher"})
    assert held_by(series, anna) == {"rank", *ROLES["Publisher"].on_series}


# --- Who may ------------------------------------------------------------------------------------


def test_whoever_holds_all_series_may_grant_and_others_may_not(
    client, address, series, anna
) -> None:
    curator = UserFactory()
    grant_series(series, curator, SERIES_PERMISSIONS, by=None)
    client.force_login(curator)
    for answer in (
        client.get(address),
        client.post(address, {"subject": address_of(anna), "role": "Curator"}),
        client.post(f"{address}?subject={address_of(curator)}", {"nothing": "1", "confirmed": "1"}),
    ):
        assert answer.status_code == 403
    assert held_by(series, anna) == set()
    curator.user_permissions.add(Permission.objects.get(codename="change_series"))
    assert client.get(address).status_code == 200


def test_the_role_administrator_may_grant(client, address, series) -> None:
    sync_roles()
    adele = UserFactory(username="adele")
    adele.groups.add(Group.objects.get(name="Administrator"))
    client.force_login(adele)
    answer = client.get(address)
    assert answer.status_code == 200 and list(answer.context["everywhere"]) == [adele]


def test_strangers_are_sent_to_the_login(client, address) -> None:
    assert client.get(address).url.startswith(reverse("admin:login"))


@pytest.mark.parametrize("query", ["?subject=user:0", "?subject=x", "?subject="])
def test_grants_of_an_unknown_person_or_series_are_a_404(boss: Client, address, query) -> None:
    assert boss.get(address + query).status_code == 404
    assert boss.get(reverse("series_grants", args=[10**9])).status_code == 404


def test_the_page_costs_the_same_for_many(boss: Client, address, series) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert boss.get(address).status_code == 200
        return len(queries)

    grant_series(series, UserFactory(), ["view"], by=None)
    few = cost()
    for user in UserFactory.create_batch(30):
        grant_series(series, user, CURATOR.on_series, by=None)
    assert cost() == few <= 30
