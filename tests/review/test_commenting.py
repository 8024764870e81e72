"""Versions that reviewers and staff take out of sight at the same moment."""

import pytest

from apps.core.errors import Missing
from apps.review.drafts.services.hiding import hide_drafts
from apps.review.links import rights
from apps.review.links.services import comments
from apps.review.links.services.comments import hide_for_partner, unhide_for_partner
from apps.review.links.services.reviewers import introduce
from tests.review.clips import invite, make_draft

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_staff_deleted_first_is_not_the_reviewers_to_bring_back(line, ada, monkeypatch):
    draft = make_draft(line)
    reviewer, _ = invite([draft])
    introduce(reviewer, "Maria")

    def check_slowly(*args: object) -> None:
        rights.check(*args)
        hide_drafts([draft], by=ada)

    monkeypatch.setattr(comments, "check", check_slowly)
    assert not hide_for_partner(reviewer, draft)
    draft.refresh_from_db()
    assert (draft.hidden_by_name, draft.hidden_by_reviewer) == ("ada", None)
    with pytest.raises(Missing):
        unhide_for_partner(reviewer, draft)
