"""Staff pages of review links: make one, hand it out, follow what comes back."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from apps.catalog.models import Series
from apps.core.access import permitted_series, visible_to
from apps.core.admin import BoundedPaginator
from apps.core.errors import DomainError, Invalid
from apps.core.forms import number, take_errors
from apps.review.links.forms import ExtendForm, LinkForm, ReviewerForm
from apps.review.links.queries import activity_of, drafts_of
from apps.review.links.services import links
from apps.review.models import Approval, Comment, Draft, Reviewer, ReviewLink, Verdict

MEANINGS = {"open": "ok", "expired": "warn", "revoked": "fail"}
MOST_DRAFTS = 2000
DRAFTS_PER_PAGE = 50
MOST_EVENTS = 200


def visible_links(request: HttpRequest, permission: str = "view") -> QuerySet[ReviewLink]:
    links = ReviewLink.objects.select_related("series", "created_by")
    return visible_to(request.user, links, "series", permission)


@sensitive_variables("created", "addresses")
def add_link(request: HttpRequest) -> HttpResponse:
    """GET asks for a Series (`?series=`); the answer to POST shows the addresses, once.

    Chosen drafts come with POST (`drafts=1,2`): an address would be too short for many.
    """
    try:
        series, drafts = _subject(request)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("admin:review_draft_changelist")
    form = _form(request, series, drafts, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            created = links.create_link(series, by=request.user, **form.asked())
        except Invalid as error:
            take_errors(form, error)
        else:
            addresses = [(name, _address(request, t)) for name, t in created.tokens.items()]
            return _page(request, "created", link=created.link, addresses=addresses)
    return _form_page(request, form)


def ask_about(request: HttpRequest, chosen: Sequence[Draft]) -> HttpResponse:
    """The form for these drafts, which the person may invite to. Raises DomainError."""
    drafts = _fitting(chosen)
    form = _form(request, drafts[0].series, drafts)
    return _form_page(request, form, left_out=len(chosen) - len(drafts))


@require_safe
def link_page(request: HttpRequest, pk: int) -> HttpResponse:
    """What was asked, of whom, what they answered and did."""
    link = get_object_or_404(visible_links(request), pk=pk)
    drafts = drafts_of(link).select_related("line__language").order_by("line__position", "version")
    page = BoundedPaginator(drafts, DRAFTS_PER_PAGE).get_page(request.GET.get("page", "1"))
    return _page(
        request,
        "link",
        title=link.title,
        link=link,
        meaning=MEANINGS[link.state],
        reviewers=_with_counts(link),
        page=page,
        answers=_answers(link, list(page)),
        events=activity_of(link, MOST_EVENTS),
        extend_form=ExtendForm(),
        reviewer_form=ReviewerForm(),
        may_review=visible_links(request, "review").filter(pk=pk).exists(),
    )


@require_POST
def extend_link(request: HttpRequest, pk: int) -> HttpResponse:
    link = _own(request, pk)
    form = ExtendForm(request.POST)
    if form.is_valid():
        days = int(form.cleaned_data["days"])
        _try(request, lambda: links.extend_link(link, days, by=request.user), "Extended.")
    return redirect("admin:review_reviewlink_change", pk)


@require_POST
def revoke_link(request: HttpRequest, pk: int) -> HttpResponse:
    link = _own(request, pk)
    closed = "The link is closed for everybody."
    _try(request, lambda: links.revoke_link(link, by=request.user), closed)
    return redirect("admin:review_reviewlink_change", pk)


@require_POST
@sensitive_variables("token")
def add_reviewer(request: HttpRequest, pk: int) -> HttpResponse:
    """The new address is shown in the answer, once."""
    link, form = _own(request, pk), ReviewerForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Nobody was added: write a name.")
        return redirect("admin:review_reviewlink_change", pk)
    try:
        reviewer, token = links.add_reviewer(link, form.cleaned_data["label"], by=request.user)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("admin:review_reviewlink_change", pk)
    addresses = [(reviewer.label, _address(request, token))]
    return _page(request, "created", link=link, addresses=addresses)


@require_POST
@sensitive_variables("token")
def new_address(request: HttpRequest, pk: int, reviewer_pk: int) -> HttpResponse:
    """Another address for somebody who has lost theirs; the old one stops to work."""
    reviewer = get_object_or_404(Reviewer, pk=reviewer_pk, link=_own(request, pk))
    token = links.new_token(reviewer, by=request.user)
    addresses = [(reviewer.label, _address(request, token))]
    return _page(request, "created", link=reviewer.link, addresses=addresses)


@require_POST
def revoke_reviewer(request: HttpRequest, pk: int, reviewer_pk: int) -> HttpResponse:
    reviewer = get_object_or_404(Reviewer, pk=reviewer_pk, link=_own(request, pk))
    closed = f"The link is closed for {reviewer.label}."
    _try(request, lambda: links.revoke_reviewer(reviewer, by=request.user), closed)
    return redirect("admin:review_reviewlink_change", pk)


def _subject(request: HttpRequest) -> tuple[Series, list[Draft]]:
    """The Series, which the person may invite to, and the chosen drafts of it.

    Raises Http404 for what they may not, and DomainError when no link can be made of the drafts.
    """
    allowed = permitted_series(request.user, "review")
    pks = {number(part) for part in request.POST.get("drafts", "").split(",") if part}
    if pks:
        rows = Draft.objects.filter(series__in=allowed.values("pk"), pk__in=pks)
        drafts = list(rows.select_related("line__language", "series"))
        if not drafts:
            raise Http404("There is no such draft that you may invite to.")
        drafts = _fitting(drafts)
        return drafts[0].series, drafts
    return get_object_or_404(allowed, pk=number(request.GET.get("series"))), []


def _fitting(chosen: Sequence[Draft]) -> list[Draft]:
    """Those that can be shown to partners. Raises DomainError when they make no link."""
    shown = [one for one in chosen if not (one.hidden_at or one.rejected_at or one.purged_at)]
    if not shown:
        raise DomainError("The chosen drafts are all rejected or deleted. Restore one first.")
    if (series := len({draft.series_id for draft in shown})) > 1:
        raise DomainError(f"These drafts are of {series} Series; a link is for one. None was made.")
    if len(shown) > MOST_DRAFTS:
        raise DomainError(
            f"These are {len(shown):,} drafts; a link shows {MOST_DRAFTS:,} at most. "
            "Choose fewer, or make a link for everything that waits in the Series."
        )
    return shown


def _form(
    request: HttpRequest, series: Series, drafts: Sequence[Draft], data: QueryDict | None = None
) -> LinkForm:
    first = {"title": f"{series}: please listen", "contact": _contact(request)}
    return LinkForm(data, series=series, drafts=drafts, initial=first)


def _form_page(request: HttpRequest, form: LinkForm, left_out: int = 0) -> HttpResponse:
    title = "Make a review link"
    return _page(request, "add", form=form, left_out=left_out, title=title)


def _own(request: HttpRequest, pk: int) -> ReviewLink:
    return get_object_or_404(visible_links(request, "review"), pk=pk)


def _contact(request: HttpRequest) -> str:
    user: Any = request.user
    return " ".join(filter(None, [user.get_full_name() or user.get_username(), user.email]))


def _address(request: HttpRequest, token: str) -> str:
    return request.build_absolute_uri(f"/review/{token}/")


def _with_counts(link: ReviewLink) -> QuerySet[Reviewer]:
    """What each has begun, decided and written."""
    verdicts = Verdict.objects.filter(reviewer=OuterRef("pk"))
    comments = Comment.objects.filter(reviewer=OuterRef("pk"), deleted_at=None)
    return link.reviewers.annotate(
        decided=_number_of(verdicts.filter(submitted_at__isnull=False)),
        begun=_number_of(verdicts),
        commented=_number_of(comments),
    )


def _number_of(rows: QuerySet[Any]) -> Coalesce:
    """Counted by themselves: in one join every verdict would meet every comment."""
    counted = rows.order_by().values("reviewer").annotate(number=Count("pk"))
    return Coalesce(Subquery(counted.values("number")), 0)


def _answers(link: ReviewLink, drafts: list[Draft]) -> dict[int, dict[str, list[Any]]]:
    """Verdicts and comments of this link's reviewers, and what is approved, by draft."""
    answers: dict[int, dict[str, list[Any]]] = {
        draft.pk: {"verdicts": [], "comments": [], "approvals": []} for draft in drafts
    }
    here = {"reviewer__link": link, "draft__in": drafts}
    for verdict in Verdict.objects.filter(**here).select_related("reviewer"):
        answers[verdict.draft_id]["verdicts"].append(verdict)
    for comment in Comment.objects.filter(deleted_at=None, **here).select_related("reviewer"):
        answers[comment.draft_id]["comments"].append(comment)
    in_force = Approval.objects.in_force().filter(draft__in=drafts)
    for approval in in_force.select_related("line"):
        answers[approval.draft_id]["approvals"].append(approval)
    return answers


def _try(request: HttpRequest, act: Callable[[], Any], done: str) -> None:
    try:
        act()
        messages.success(request, done)
    except DomainError as refusal:
        messages.error(request, str(refusal))


def _page(request: HttpRequest, name: str, **context: Any) -> HttpResponse:
    context = {"title": "Review link", **admin.site.each_context(request), **context}
    response = TemplateResponse(request, f"admin/review/link_{name}.html", context)
    response["Cache-Control"] = "no-store"
    return response
