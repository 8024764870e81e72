"""Versions that reviewers and staff take out of sight at the same moment."""

import pytest

from apps.core.errors import Missing
from apps.review import rights
from apps.review.services import (
    commenting,
    hide_drafts,
    hide_for_partner,
    introduce,
    unhide_for_partner,
)
from tests.review.clips import invite, make_draft

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_staff_deleted_first_is_not_the_reviewers_to_bring_back(line, ada, monkeypatch):
    draft = make_draft(line)
    reviewer, _ = invite([draft])
    introduce(reviewer, "Maria")

    def check_slowly(*args: object) -> None:
        rights.check(*args)
        hide_drafts([draft], by=ada)

    monkeypatch.setattr(commenting, "check", check_slowly)
    assert not hide_for_partner(reviewer, draft)
    draft.refresh_from_db()
    assert (draft.hidden_by_name, draft.hidden_by_reviewer) == ("ada", None)
    with pytest.raises(Missing):
        unhide_for_partner(reviewer, draft)
