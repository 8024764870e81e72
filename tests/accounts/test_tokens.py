"""API tokens: made, shown once, kept as a fingerprint, used, noted, revoked."""

import io
import logging
from datetime import timedelta

import pytest
from django.core import serializers
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.accounts import tokens
from apps.accounts.models import ApiToken, Scope, User
from apps.accounts.services import TokenRevoked, create_token, revoke_token
from apps.accounts.tokens import authenticate
from apps.audit.models import Event
from apps.core.errors import Invalid
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
ADD = reverse("admin:accounts_apitoken_add")
LIST = reverse("admin:accounts_apitoken_changelist")
REVOKE = reverse("admin:accounts_apitoken_revoke")


def soon():
    return timezone.now() + timedelta(days=1)


@pytest.fixture
def anna():
    return UserFactory(username="anna")


@pytest.fixture
def made(anna):
    return create_token(anna, "build server", ["read:job"], soon(), by=anna)


@pytest.fixture
def staff(anna, client: Client):
    client.force_login(anna)
    return client


def everything_stored() -> str:
    """Each row of each table that something here could write to."""
    models = (ApiToken, Event, User)
    rows = [serializers.serialize("json", model.objects.all()) for model in models]
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_data FROM django_session")
        return "\n".join(rows + [row[0] for row in cursor.fetchall()])


# --- The secret ---------------------------------------------------------------------------------


def test_a_token_has_256_bits_and_only_its_sha256_is_kept(made) -> None:
    token, secret = made
    assert secret.startswith("vcms_") and len(secret) == len("vcms_") + 43
    assert secret.startswith(token.prefix) and len(token.prefix) == 12
    stored = everything_stored()
    assert token.digest in stored
    assert secret not in stored and secret.removeprefix("vcms_") not in stored


def test_two_tokens_differ(anna) -> None:
    secrets = {create_token(anna, "x", ["read:job"], soon(), by=anna)[1] for _ in range(20)}
    assert len(secrets) == 20


def test_no_log_line_holds_the_token(staff, anna) -> None:
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    root = logging.getLogger()
    quiet, root.level = root.level, logging.DEBUG
    root.addHandler(handler)
    try:
        page = staff.post(ADD, {"name": "ci", "scopes": ["read:job"], "days": "7"})
        secret = page.context["secret"]
        bearer = {"Authorization": f"Bearer {secret}"}
        Client().get("/api/generate/none/status", headers=bearer)
        Client().get("/api/generate/none/status", headers={"Authorization": f"Bearer {secret}x"})
        logging.getLogger("apps.test").info("the end")
    finally:
        root.removeHandler(handler)
        root.level = quiet
    assert "the end" in said.getvalue()
    assert secret[12:] not in said.getvalue()


# --- Making -------------------------------------------------------------------------------------


def test_making_is_recorded_without_the_secret(made, anna) -> None:
    token, _secret = made
    event = Event.objects.get(verb="token.created")
    assert event.actor == anna and event.target_id == str(token.pk)
    assert event.data["scopes"] == ["read:job"]


def test_every_error_is_told_at_once(anna) -> None:
    anna.is_active = False
    with pytest.raises(Invalid) as caught:
        create_token(anna, " ", ["read:job", "own:world"], timezone.now(), by=anna)
    assert set(caught.value.errors) == {"name", "scopes", "expires_at", "user"}
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("days", [0, -1, 400])
def test_a_token_ends_within_a_year(anna, days) -> None:
    with pytest.raises(Invalid, match="expires_at"):
        create_token(anna, "x", ["read:job"], timezone.now() + timedelta(days=days), by=anna)


# --- Using --------------------------------------------------------------------------------------


def test_the_secret_finds_the_token_and_its_person(made, anna) -> None:
    token, secret = made
    assert authenticate(secret) == token
    assert authenticate(secret).user == anna
    assert authenticate(secret + "x") is None
    assert authenticate(token.digest) is None
    assert authenticate("") is None


@pytest.mark.parametrize("what", ["expired", "revoked", "deactivated"])
def test_a_token_that_ended_is_refused_with_the_reason(made, anna, what) -> None:
    token, secret = made
    if what == "expired":
        ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif what == "revoked":
        revoke_token(token, by=anna)
    else:
        User.objects.update(is_active=False)
    assert authenticate(secret) is None
    assert what in tokens.why_refused(secret)


def test_authentication_costs_two_queries_then_one_for_a_minute(made) -> None:
    _token, secret = made
    for expected in (2, 1, 1):
        with CaptureQueriesContext(connection) as queries:
            assert authenticate(secret).user.username == "anna"
        assert len(queries) == expected, queries.captured_queries


def test_use_is_noted_at_most_once_a_minute(made) -> None:
    token, secret = made
    authenticate(secret)
    first = ApiToken.objects.get().last_used_at
    authenticate(secret)
    assert ApiToken.objects.get().last_used_at == first
    ApiToken.objects.update(last_used_at=first - timedelta(seconds=61))
    authenticate(secret)
    assert ApiToken.objects.get().last_used_at >= first


def test_of_two_that_use_it_together_one_writes(made) -> None:
    token, secret = made
    twin = ApiToken.objects.get(pk=token.pk)  # read before the other one wrote
    authenticate(secret)
    noted = ApiToken.objects.get().last_used_at
    tokens._note_use(twin)
    assert ApiToken.objects.get().last_used_at == noted


# --- Revoking -----------------------------------------------------------------------------------


def test_a_token_is_revoked_once(made, anna) -> None:
    token, _secret = made
    revoke_token(token, by=anna)
    assert token.state == "revoked"
    with pytest.raises(TokenRevoked):
        revoke_token(token, by=anna)
    assert Event.objects.filter(verb="token.revoked", actor=anna).count() == 1


# --- Pages --------------------------------------------------------------------------------------


def test_the_page_shows_the_token_once(staff) -> None:
    page = staff.post(ADD, {"name": "ci", "scopes": list(Scope.values), "days": "30"})
    secret = page.context["secret"]
    assert page.status_code == 200 and secret in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    token = ApiToken.objects.get()
    assert authenticate(secret) == token and token.scopes == list(Scope.values)
    change = reverse("admin:accounts_apitoken_change", args=[token.pk])
    for address in (LIST, change, ADD):
        again = staff.get(address).content.decode()
        assert secret not in again and token.digest not in again
    assert secret not in everything_stored()


def test_the_page_says_what_is_wrong(staff) -> None:
    page = staff.post(ADD, {"name": "", "days": "30"})
    assert set(page.context["form"].errors) == {"name", "scopes"}
    assert not ApiToken.objects.exists()


def test_people_see_their_own_tokens_and_administrators_all(made, staff) -> None:
    token, _secret = made
    other, _ = create_token(UserFactory(), "other", ["read:job"], soon(), by=None)
    change = reverse("admin:accounts_apitoken_change", args=[other.pk])
    assert list(staff.get(LIST).context["cl"].result_list) == [token]
    assert staff.get(change).status_code == 302  # Django's "does not exist"
    boss = Client()
    boss.force_login(UserFactory(is_superuser=True))
    assert set(boss.get(LIST).context["cl"].result_list) == {token, other}
    assert boss.get(change).status_code == 200


def test_nobody_deletes_or_edits_a_token(made, client) -> None:
    token, _secret = made
    client.force_login(UserFactory(is_superuser=True))
    change = reverse("admin:accounts_apitoken_change", args=[token.pk])
    assert client.post(change, {"name": "new"}).status_code == 403
    delete = reverse("admin:accounts_apitoken_delete", args=[token.pk])
    assert client.post(delete, {"post": "yes"}).status_code == 403
    assert ApiToken.objects.get().name == "build server"


def test_revoking_asks_first(made, staff) -> None:
    token, secret = made
    asked = staff.post(LIST, {"action": "revoke", "_selected_action": [token.pk]}, follow=True)
    assert "Revoke this API token?" in asked.content.decode()
    assert authenticate(secret) == token
    done = staff.post(asked.redirect_chain[-1][0], follow=True)
    assert "is revoked" in done.content.decode()
    assert authenticate(secret) is None


def test_several_are_revoked_together(made, anna, staff) -> None:
    second, _ = create_token(anna, "second", ["read:job"], soon(), by=anna)
    address = f"{REVOKE}?pk={made[0].pk}&pk={second.pk}"
    assert "Revoke 2 tokens" in staff.get(address).content.decode()
    staff.post(address)
    assert {token.state for token in ApiToken.objects.all()} == {"revoked"}


@pytest.mark.parametrize("pk", ["", "x", "9" * 30, "0"])
def test_revoking_nothing_says_so(staff, pk) -> None:
    said = staff.post(f"{REVOKE}?pk={pk}", follow=True).content.decode()
    assert "None of these tokens is left to revoke" in said


def test_nobody_revokes_what_is_not_theirs(made, client) -> None:
    token, secret = made
    client.force_login(UserFactory())
    client.post(f"{REVOKE}?pk={token.pk}")
    assert authenticate(secret) == token


def test_the_list_filters_by_state(made, anna, staff) -> None:
    ended, _ = create_token(anna, "ended", ["read:job"], soon(), by=anna)
    revoke_token(ended, by=anna)
    for state, expected in (("usable", [made[0]]), ("revoked", [ended]), ("expired", [])):
        page = staff.get(LIST, {"state": state})
        assert list(page.context["cl"].result_list) == expected


def test_the_list_costs_the_same_for_many_tokens(anna, staff) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            staff.get(LIST)
        return len(queries)

    create_token(anna, "first", ["read:job"], soon(), by=anna)
    few = cost()
    for number in range(20):
        create_token(anna, f"number {number}", ["read:job"], soon(), by=anna)
    assert cost() == few <= 30
