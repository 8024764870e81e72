"""Every version of one line beside each other: what each says, how it was spoken, its sound."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.models import User
from apps.catalog.lines.difference import Piece, difference
from apps.catalog.models import Line
from apps.core.errors import DomainError
from apps.core.forms import number
from apps.review.approvals import services as approvals_services
from apps.review.clips.views.access import context_of, line_of, row_of, versions_of
from apps.review.drafts.services import hiding
from apps.review.models import Approval, Draft


@dataclass(frozen=True, slots=True)
class ComparedVersion:
    """A draft with what leads from its text to the line's, and what differs in its settings."""

    draft: Draft
    changes: list[Piece]
    settings: dict[str, object]
    approval: Approval | None


@require_safe
def compare(request: HttpRequest, series_pk: int, pk: int) -> HttpResponse:
    """The clip that is live and the newest 20 versions."""
    context = context_of(request, series_pk)
    line = line_of(context, pk)
    row = row_of(context, line)
    drafts = versions_of(line)
    in_force = Approval.objects.in_force().filter(draft__in=drafts).select_related("line")
    approvals = {approval.draft_id: approval for approval in in_force}
    return context.page(
        "compare",
        title=f"Versions of {line.key}",
        row=row,
        live_changes=changes(row.live.text, line) if row.live and row.live.text else [],
        versions=[version_of(draft, drafts, approvals.get(draft.pk)) for draft in drafts],
    )


def version_of(draft: Draft, drafts: list[Draft], approval: Approval | None) -> ComparedVersion:
    settings = differing_settings(draft, drafts)
    return ComparedVersion(draft, changes(draft.text, draft.line), settings, approval)


def changes(said: str, line: Line) -> list[Piece]:
    """From what a recording says to what the line says now; empty when it is the same."""
    return [] if line.says(said) else difference(said, line.text)


def differing_settings(draft: Draft, drafts: list[Draft]) -> dict[str, object]:
    """Voice, model and settings of a draft, as far as these drafts differ in them."""
    of_drafts = {one.pk: settings_of(one) for one in drafts}
    names = list(dict.fromkeys(name for settings in of_drafts.values() for name in settings))
    differing = [
        name for name in names if len({str(one.get(name)) for one in of_drafts.values()}) > 1
    ]
    return {name: of_drafts[draft.pk].get(name, "—") for name in differing}


def settings_of(draft: Draft) -> dict[str, object]:
    return {"voice": draft.voice_name, "model": draft.model, **draft.settings}


@require_POST
def decide(request: HttpRequest, series_pk: int, pk: int) -> HttpResponse:
    """Do the act that is named with one version (`draft`) of the line."""
    context = context_of(request, series_pk)
    line = line_of(context, pk)
    context.require("review")
    named = number(request.POST.get("draft"))
    draft = get_object_or_404(line.drafts.filter(purged_at=None), pk=named)
    act = ACTS.get(request.POST.get("act", ""))
    try:
        if act is None:
            raise DomainError("There is no such act. Nothing was changed.")
        of = f" of {draft.variant}" if draft.variant else ""
        messages.success(request, f"Version {draft.version}{of} is {act(draft, context.person)}.")
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect(reverse("admin:review_compare", args=[series_pk, pk]) + context.query)


def approve(draft: Draft, by: User) -> str:
    approvals_services.approve_drafts([draft], by=by)
    return "approved"


def unapprove(draft: Draft, by: User) -> str:
    approvals_services.withdraw_approvals(Approval.objects.in_force().filter(draft=draft), by=by)
    return "no longer approved"


def reject(draft: Draft, by: User) -> str:
    hiding.reject_drafts([draft], by=by)
    return "rejected; it can be restored"


def restore(draft: Draft, by: User) -> str:
    hiding.restore_drafts([draft], by=by)
    return "restored"


ACTS: dict[str, Callable[[Draft, User], str]] = {
    "approve": approve,
    "unapprove": unapprove,
    "reject": reject,
    "restore": restore,
}
