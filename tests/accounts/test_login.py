"""Who gets in: guessing passwords ends at the tenth, and nobody holds nothing."""

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import reverse
from guardian.shortcuts import assign_perm

from apps.catalog.models import Series
from apps.core.access import may, permitted_series, visible_to
from tests.factories import SeriesFactory, UserFactory

pytestmark = pytest.mark.django_db
LOGIN = reverse("admin:login")
PASSWORD = "Lantern-7-keeper"


def attempt(client: Client, password: str, address: str = "192.0.2.1"):
    fields = {"username": "anna", "password": password}
    return client.post(LOGIN, fields, REMOTE_ADDR=address)


@pytest.fixture
def locked(client: Client):
    """Anna's account after ten wrong passwords from one address."""
    anna = UserFactory(username="anna")
    anna.set_password(PASSWORD)
    anna.save()
    for _ in range(django_settings.AXES_FAILURE_LIMIT):
        attempt(client, "wrong")
    return client


def test_nine_failures_do_not_lock(client: Client) -> None:
    anna = UserFactory(username="anna")
    anna.set_password(PASSWORD)
    anna.save()
    for _ in range(9):
        assert attempt(client, "wrong").status_code == 200
    assert attempt(client, PASSWORD).status_code == 302


def test_the_eleventh_attempt_says_what_to_do_whatever_the_password(locked: Client) -> None:
    for password in ("wrong", PASSWORD):
        answer = attempt(locked, password)
        assert answer.status_code == 429
        assert "try again" in answer.content.decode()


def test_the_page_of_the_lock_says_how_long(locked: Client, settings) -> None:
    settings.AXES_LOCKOUT_TEMPLATE = "admin/accounts/locked_out.html"
    page = attempt(locked, PASSWORD).content.decode()
    assert "10 times a wrong password" in page and "for 15 minutes" in page
    assert "ask an administrator" in page


def test_the_same_person_gets_in_from_elsewhere(locked: Client) -> None:
    assert attempt(locked, PASSWORD, "198.51.100.7").status_code == 302


def test_nobody_and_the_deactivated_hold_no_series() -> None:
    series = SeriesFactory()
    gone = UserFactory()
    assign_perm("catalog.view_series", gone, series)
    gone.is_active = False
    for user in (AnonymousUser(), gone):
        assert not may(user, "view", series)
        assert not permitted_series(user, "view").exists()
        assert not visible_to(user, Series.objects.all(), "pk").exists()
