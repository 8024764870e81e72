"""The frame of the API: who may call, and what answers and errors look like."""

import json
import logging
import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from playwright.sync_api import expect

from apps.accounts.models import ApiToken, User
from apps.accounts.services import create_token, revoke_token
from tests.conftest import REPOSITORY
from tests.factories import UserFactory
from voicecms import api as frame

pytestmark = pytest.mark.django_db
ORIGIN = "https://tools.example.org"
ORDER = {"takes": 3, "voices": ["espeak:Annie"]}


@pytest.fixture
def framed(settings) -> None:
    settings.ROOT_URLCONF = "tests.frame"


@pytest.fixture
def anna() -> User:
    return UserFactory(username="anna")


@pytest.fixture
def session(framed, anna) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(anna)
    return client


def bearer(user: User, *scopes: str) -> dict[str, str]:
    tomorrow = timezone.now() + timedelta(days=1)
    return {"Authorization": f"Bearer {create_token(user, 'x', scopes, tomorrow, by=user)[1]}"}


def post(client: Client, body, **options):
    data = body if isinstance(body, str) else json.dumps(body)
    return client.post("/api/edit", data, content_type="application/json", **options)


# --- Who may call -------------------------------------------------------------------------------


def test_nobody_calls_without_a_session_or_token(framed, client: Client) -> None:
    for answer in (client.get("/api/who"), post(client, ORDER)):
        assert answer.status_code == 401 and answer["WWW-Authenticate"] == "Bearer"
        assert "send an API token" in answer.json()["error"]


def test_a_token_acts_as_its_person(framed, client: Client, anna) -> None:
    answer = client.get("/api/who", headers=bearer(anna, "read:job"))
    assert answer.json() == {"data": {"who": "anna"}}


def test_a_token_does_what_its_scopes_say_and_no_more(framed, client: Client, anna) -> None:
    refused = post(client, ORDER, headers=bearer(anna, "read:job"))
    assert refused.status_code == 403
    assert "needs the scope edit:job" in refused.json()["error"]
    assert client.get("/api/who", headers=bearer(anna, "edit:job")).status_code == 403
    assert post(client, ORDER, headers=bearer(anna, "edit:job")).status_code == 202


@pytest.mark.parametrize("what", ["expired", "revoked", "deactivated", "not known"])
def test_a_token_that_is_over_is_401_and_says_why(framed, client: Client, anna, what: str) -> None:
    headers = bearer(anna, "read:job")
    if what == "expired":
        ApiToken.objects.update(expires_at=timezone.now())
    elif what == "revoked":
        revoke_token(ApiToken.objects.get(), by=anna)
    elif what == "deactivated":
        User.objects.update(is_active=False)
    else:
        headers = {"Authorization": "Bearer vcms_guess"}
    answer = client.get("/api/who", headers=headers)
    assert answer.status_code == 401 and what in answer.json()["error"]


def test_a_bad_token_is_not_mended_by_a_session(session: Client) -> None:
    assert session.get("/api/who", headers={"Authorization": "Bearer no"}).status_code == 401


def test_other_kinds_of_authorization_are_left_alone(session: Client) -> None:
    assert session.get("/api/who", headers={"Authorization": "Basic eDp5"}).status_code == 200


def test_a_session_has_every_scope_but_must_prove_that_it_means_it(framed, anna) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(anna)
    assert strict.get("/api/who").status_code == 200
    refused = post(strict, ORDER)
    assert refused.status_code == 403 and "X-CSRFToken" in refused.json()["error"]
    strict.get("/admin/password_change/")
    token = strict.cookies["csrftoken"].value
    assert post(strict, ORDER, headers={"X-CSRFToken": token}).status_code == 202


def test_a_token_needs_no_csrf_token(framed, anna) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert post(strict, ORDER, headers=bearer(anna, "edit:job")).status_code == 202


def test_a_call_with_a_token_costs_one_query_after_the_first(framed, client, anna) -> None:
    headers = bearer(anna, "read:job")
    for expected in (2, 1, 1):
        with CaptureQueriesContext(connection) as queries:
            client.get("/api/who", headers=headers)
        assert len(queries) == expected


def test_an_unknown_scope_is_a_mistake_of_the_programmer() -> None:
    with pytest.raises(ValueError, match="own:world"):
        frame.scope("own:world")


# --- Answers ------------------------------------------------------------------------------------


def test_what_worked_is_under_data(session: Client) -> None:
    assert session.get("/api/list?page=5").json() == {"data": [5, 2]}
    answer = post(session, ORDER)
    assert answer.status_code == 202 and answer.json() == {"data": {"takes": 3}}
    empty = session.get("/api/nothing")
    assert empty.status_code == 204 and empty.content == b""


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("conflict", 409, "The run is over"),
        ("invalid", 400, "Choose 1 to 20."),
        ("missing", 404, "There is no run 7."),
        ("unavailable", 503, "The queue cannot be reached"),
        ("http404", 404, "not yours to see"),
    ],
)
def test_each_error_has_its_status_and_words(session: Client, name, status, words) -> None:
    answer = session.get(f"/api/raise/{name}")
    assert answer.status_code == status and words in answer.json()["error"]
    assert "secret" not in answer.content.decode()
    assert ("errors" in answer.json()) == (name == "invalid")


def test_a_bug_answers_json_with_the_reference_that_the_log_has(session: Client, caplog) -> None:
    with caplog.at_level(logging.ERROR):
        answer = session.get("/api/raise/bug")
    said = answer.json()
    assert answer.status_code == 500 and "secret" not in answer.content.decode()
    assert len(said["reference"]) == 36 and said["reference"] in said["error"]
    failures = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    assert said["reference"] in [event.get("request_id") for event in failures]


def test_bugs_outside_of_the_api_keep_their_page(rf) -> None:
    assert frame.failed(rf.get("/admin/"))["Content-Type"].startswith("text/html")


# --- Input --------------------------------------------------------------------------------------


def test_every_wrong_field_is_told_at_once_in_plain_words(session: Client) -> None:
    wrong = {
        "takes": 21,
        "voices": ["a", 5],
        "title": "too long",
        "setting": {"style": "high"},
        "exact": "perhaps",
    }
    answer = post(session, wrong)
    assert answer.status_code == 400
    assert answer.json()["errors"] == {
        "takes": "This must be at most 20.",
        "voices.1": "This must be text.",
        "title": "This must be at most 5 characters long.",
        "setting.style": "This must be a number or true or false or a list.",
        "exact": "This must be true or false.",
    }
    assert "takes: This must be at most 20." in answer.json()["error"]


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"takes": "This is required.", "voices": "This is required."}),
        ({"takes": 1, "voices": []}, {"voices": "This must be a list of at least 1."}),
        ({"takes": "x", "voices": ["a"]}, {"takes": "This must be a whole number."}),
        ([1], {"takes": "This is required.", "voices": "This is required."}),
        ("", {"order": "This is required."}),
        ("null", {"takes": "This is required.", "voices": "This is required."}),
    ],
)
def test_shapes_that_do_not_fit(session: Client, body, errors) -> None:
    answer = post(session, body)
    assert answer.status_code == 400 and answer.json()["errors"] == errors


def test_query_parameters_are_named_too(session: Client) -> None:
    answer = session.get("/api/list?page=x")
    assert answer.json()["errors"] == {"page": "This must be a whole number."}


@pytest.mark.parametrize("body", ["{", "\0", '{"takes": ', "[" * 100_000])
def test_what_is_not_json_is_400(session: Client, body: str) -> None:
    answer = post(session, body)
    assert answer.status_code == 400
    assert answer.json() == {"error": "The body is not JSON; nothing was done."}


def test_bodies_that_are_too_large_are_not_read(session: Client, monkeypatch) -> None:
    monkeypatch.setattr(frame, "MOST_BYTES", 100)
    answer = post(session, {"takes": 1, "voices": ["x" * 200]})
    assert answer.status_code == 413 and "nothing was read" in answer.json()["error"]


def test_the_wrong_method_says_the_right_ones(session: Client) -> None:
    answer = session.delete("/api/who")
    assert answer.status_code == 405 and answer["Allow"] == "GET"
    assert answer.json() == {"error": "DELETE cannot be used here; use GET."}


# --- The real API -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/api/nowhere", "/api/generate/x", "/api/docs/x", "/api//"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_unknown_addresses_are_404_as_json(client: Client, path: str, method: str) -> None:
    answer = getattr(client, method)(path)
    assert answer.status_code == 404 and path in answer.json()["error"]


def test_the_root_leads_to_the_documentation(client: Client) -> None:
    assert client.get("/api/").url == "/api/docs"


def test_every_endpoint_wants_somebody_to_be_known(client: Client) -> None:
    """All that the schema lists; only the schema and its page are open."""
    paths = client.get("/api/openapi.json").json()["paths"]
    assert "/api/generate" in paths
    for path, methods in paths.items():
        for method in methods:
            address = path.replace("{", "").replace("}", "")
            assert getattr(client, method)(address).status_code == 401, (method, path)


def test_the_schema_describes_what_is_sent(client: Client) -> None:
    schema = client.get("/api/openapi.json").json()
    for methods in schema["paths"].values():
        for operation in methods.values():
            responses = operation["responses"]
            error = responses.pop("default")["content"]["application/json"]["schema"]
            assert error == {"$ref": "#/components/schemas/Error"}
            for response in responses.values():
                content = response["content"]["application/json"]["schema"]
                assert content["required"] == ["data"]
            assert {"TokenAuth", "BrowserAuth"} <= {
                name for way in operation["security"] for name in way
            }
    assert "error" in schema["components"]["schemas"]["Error"]["required"]


# --- Other origins ------------------------------------------------------------------------------


def cors(client: Client, path: str) -> str | None:
    return client.get(path, headers={"Origin": ORIGIN}).get("Access-Control-Allow-Origin")


def test_other_origins_are_shut_out_by_default(client: Client) -> None:
    for path in ("/api/openapi.json", "/healthz", "/admin/login/"):
        assert cors(client, path) is None


def test_a_listed_origin_may_use_the_api_and_nothing_else(client: Client, settings) -> None:
    settings.CORS_ALLOWED_ORIGINS = [ORIGIN]
    assert cors(client, "/api/openapi.json") == ORIGIN
    assert cors(client, "/healthz") is None and cors(client, "/admin/login/") is None
    stranger = client.get("/api/openapi.json", headers={"Origin": "https://example.net"})
    assert "Access-Control-Allow-Origin" not in stranger


def test_a_listed_origin_may_ask_to_send_a_token_but_no_cookie(client: Client, settings) -> None:
    settings.CORS_ALLOWED_ORIGINS = [ORIGIN]
    asks = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    answer = client.options("/api/generate", headers=asks)
    assert answer.status_code == 200
    assert "authorization" in answer["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in answer


# --- Health -------------------------------------------------------------------------------------


def test_healthz_says_what_is_reachable(client: Client) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"data": {"database": "reachable", "queue": "reachable"}}
    assert client.post("/healthz").status_code == 405


def test_healthz_is_503_when_the_queue_is_gone(client: Client, settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["data"] == {"database": "reachable", "queue": "unreachable"}


def test_healthz_is_503_when_the_database_is_gone() -> None:
    """In a process of its own, whose database was never there."""
    ask = (
        "import django, json; django.setup(); from django.test import Client; "
        "answer = Client(headers={'host': 'localhost'}).get('/healthz'); "
        "print(json.dumps([answer.status_code, answer.json()['data']]))"
    )
    environ = os.environ | {"DATABASE_URL": "postgres://nobody@127.0.0.1:9/none"}
    environ["DJANGO_SETTINGS_MODULE"] = "voicecms.settings"
    done = subprocess.run(
        [sys.executable, "-c", ask], env=environ, cwd=REPOSITORY, capture_output=True, text=True
    )
    status, reached = json.loads(done.stdout.splitlines()[-1])
    assert status == 503
    assert reached == {"database": "unreachable", "queue": "reachable"}


# --- The documentation --------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_documentation_works_under_the_strict_policy(live_server, page, anna) -> None:
    """Everything from this server, nothing that the policy forbids, and "try it" works."""
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    client = Client()
    client.force_login(anna)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value}
    page.context.add_cookies([cookie | {"url": live_server.url}])
    answer = page.goto(f"{live_server.url}/api/docs")
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy and "unsafe" not in policy
    page.locator(".opblock-post .opblock-summary-control").first.click()
    page.get_by_role("button", name="Try it out").click()
    page.locator("textarea.body-param__text").fill('{"takes": "many"}')
    page.get_by_role("button", name="Execute").click()
    answered = page.locator(".live-responses-table .microlight").first
    expect(answered).to_contain_text("This must be a whole number.")
    assert [url for url in asked if not url.startswith((live_server.url, "data:"))] == []
    # The browser reports the 400 that was asked for; nothing else may be there.
    assert [text for text in said if "status of 400" not in text] == []


def test_unknown_addresses_are_404_as_json_for_browsers_too(anna) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(anna)
    for method in (strict.post, strict.patch, strict.put):
        answer = method("/api/nowhere", "{}", content_type="application/json")
        assert (answer.status_code, set(answer.json())) == (404, {"error"})
