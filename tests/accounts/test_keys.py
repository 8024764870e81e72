"""Whether the keys of pages are on is a fact of a person, not of a browser."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
HOME = reverse("admin:index")
SWITCH = reverse("own_keys")


def browser(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_keys_are_off_in_every_browser_of_the_person_and_of_nobody_else() -> None:
    anna, ben = UserFactory(is_staff=True), UserFactory(is_staff=True)
    one, other = browser(anna), browser(anna)
    assert 'data-own-keys="on"' in one.get(HOME).content.decode()
    assert one.post(SWITCH, {"keys": "off"}).status_code == 204
    assert 'data-own-keys="off"' in other.get(HOME).content.decode()
    assert 'data-own-keys="on"' in browser(ben).get(HOME).content.decode()
    assert other.post(SWITCH, {"keys": "on"}).status_code == 204
    assert 'data-own-keys="on"' in one.get(HOME).content.decode()


@pytest.mark.parametrize("sent", [{}, {"keys": "perhaps"}, {"keys": ""}])
def test_the_switch_of_keys_refuses_other_values(sent) -> None:
    anna = UserFactory(is_staff=True)
    assert browser(anna).post(SWITCH, sent).status_code == 400
    anna.refresh_from_db()
    assert not anna.keys_off


def test_only_a_page_of_ours_switches_them_and_only_for_who_is_logged_in() -> None:
    anna = UserFactory(is_staff=True)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(anna)
    assert strict.post(SWITCH, {"keys": "off"}).status_code == 403
    assert browser(anna).get(SWITCH).status_code == 405
    assert Client().post(SWITCH, {"keys": "off"}).status_code == 302
    page = Client().get(reverse("admin:login")).content.decode()
    assert "data-own-keys" not in page
    anna.refresh_from_db()
    assert not anna.keys_off
