"""How many queries a partner's acts need, over HTTP; none of them waits for a bucket."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.review.links.services.reviewers import introduce
from apps.review.links.services.verdicts import report_heard
from apps.review.models import Approval
from tests.review.clips import invite, make_draft

DECIDE, SUBMIT = 16, 19

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def home(line, redis_clean):
    """The page of a reviewer who has heard its one version."""
    draft = make_draft(line)
    reviewer, token = invite([draft])
    introduce(reviewer, "Maria")
    report_heard(reviewer, draft, [[0, draft.duration]])
    return f"/review/{token}/"


@pytest.fixture
def number_of_queries(home):
    client = Client(headers={"Accept": "application/json"})

    def post(act, **fields):
        with CaptureQueriesContext(connection) as asked:
            assert client.post(f"{home}{act}/", fields).status_code == 200
        return len(asked)

    return post


def test_deciding_and_submitting_ask_little(line, number_of_queries):
    draft = line.drafts.get()
    assert number_of_queries("decide", draft=draft.pk, decision="approve") <= DECIDE
    assert number_of_queries("submit") <= SUBMIT
    assert Approval.objects.get().draft == draft


def test_no_act_of_a_partner_touches_the_place(line, number_of_queries, monkeypatch):
    """Whoever submits waits for no bucket, also not for one that hangs."""
    monkeypatch.setattr("apps.storage.places.import_string", hanging)
    draft = line.drafts.get()
    number_of_queries("decide", draft=draft.pk, decision="approve")
    number_of_queries("submit")
    number_of_queries("decide", draft=draft.pk, decision="unsure")
    number_of_queries("submit")
    assert Approval.objects.get().withdrawn_at


def hanging(name):
    raise AssertionError("a place was asked")
