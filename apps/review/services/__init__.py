"""What people can ask of review: save drafts, invite, decide, approve."""

from apps.review.rights import NotAllowed
from apps.review.saving import NotSaved, Saved, save_draft, save_winners
from apps.review.services.adopting import Adopted, adopt_clips
from apps.review.services.approving import approve_drafts, withdraw_approvals
from apps.review.services.commenting import (
    comment,
    delete_comment,
    hide_for_partner,
    unhide_for_partner,
)
from apps.review.services.drafting import (
    hide_drafts,
    purge_drafts,
    reject_drafts,
    restore_drafts,
)
from apps.review.services.entering import choose_page_language, introduce
from apps.review.services.judging import (
    NotHeard,
    choose_heard,
    decide,
    heard_of,
    report_heard,
    undecide,
)
from apps.review.services.linking import (
    Created,
    add_reviewer,
    create_link,
    extend_link,
    new_token,
    passcode_fits,
    revoke_link,
    revoke_reviewer,
)
from apps.review.services.patching import regenerate, regenerate_many
from apps.review.services.saving import order_winners
from apps.review.services.submitting import Submitted, submit
from apps.review.services.sweeping import SweptReview, sweep_review

__all__ = [
    "Adopted",
    "Created",
    "NotAllowed",
    "NotHeard",
    "NotSaved",
    "Saved",
    "Submitted",
    "SweptReview",
    "add_reviewer",
    "adopt_clips",
    "approve_drafts",
    "choose_heard",
    "choose_page_language",
    "comment",
    "create_link",
    "decide",
    "delete_comment",
    "extend_link",
    "heard_of",
    "hide_drafts",
    "hide_for_partner",
    "introduce",
    "new_token",
    "passcode_fits",
    "order_winners",
    "purge_drafts",
    "regenerate",
    "regenerate_many",
    "reject_drafts",
    "report_heard",
    "restore_drafts",
    "revoke_link",
    "revoke_reviewer",
    "save_draft",
    "save_winners",
    "submit",
    "sweep_review",
    "undecide",
    "unhide_for_partner",
    "withdraw_approvals",
]
