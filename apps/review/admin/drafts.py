"""Drafts: every saved version, to listen to, to approve, to put aside, to send to partners."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.catalog.admin.filters import LanguageFilter, SeriesFilter
from apps.catalog.admin.keys import SearchByKey
from apps.core.access import may
from apps.core.admin import BaseAdmin, ViewFunction
from apps.core.english import counted
from apps.core.errors import DomainError
from apps.review.approvals import services as approvals_services
from apps.review.drafts import playback
from apps.review.drafts.services import hiding
from apps.review.drafts.views import confirmations
from apps.review.links.views import staff
from apps.review.models import Approval, Draft

ASIDE = Q(hidden_at__isnull=False) | Q(rejected_at__isnull=False)
STATES = {
    "waiting": (Q(hidden_at=None, rejected_at=None, purged_at=None), "Draft"),
    "approved": (Q(pk__in=Approval.objects.in_force().values("draft")), "Approved"),
    "stale": (Q(purged_at=None) & Draft.stale(), "Text has changed"),
    "aside": (ASIDE & Q(purged_at=None), "Rejected or deleted"),
    "purged": (Q(purged_at__isnull=False), "Purged"),
}


class DraftLanguageFilter(LanguageFilter):
    """The language of a draft is its line's."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        tag = self.value()
        return queryset.filter(line__language__tag=tag) if tag else queryset


class DraftStateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, label) for name, (_, label) in STATES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Draft]) -> QuerySet[Draft]:
        condition, _label = STATES.get(self.value() or "", (Q(), ""))
        return queryset.filter(condition)


@admin.register(Draft)
class DraftAdmin(SearchByKey, BaseAdmin):
    series_path = "series"
    cards = True
    needs = {"view": "view", "change": "review", "purge": "purge"}
    list_display = ["name", "text_said", "player", "state", "approved", "saved"]
    list_filter = [DraftStateFilter, DraftLanguageFilter, SeriesFilter]
    search_fields = ["line__key__istartswith"]
    search_help_text = "The beginning of a key"
    sortable_by = ["saved"]
    ordering = ["-created_at", "-id"]
    list_display_links = None
    actions = ["approve", "unapprove", "reject", "hide", "restore", "review_link", "purge"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Draft]:
        drafts = super().get_queryset(request).select_related("line__language", "series")
        return drafts.prefetch_related("approvals")

    def has_purge_permission(self, request: HttpRequest) -> bool:
        return self.allows(request, "purge", None)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Acts are done from the list; there is no form to change a draft by."""
        return obj is None and self.allows(request, "change", None)

    # --- Columns -----------------------------------------------------------------------------

    @admin.display(description="Draft", ordering="line__key")
    def name(self, draft: Draft) -> SafeString:
        """Leads to all versions of its line, beside each other."""
        address = reverse("admin:review_compare", args=[draft.series_id, draft.line_id])
        named = '<a href="{}">{}</a> <span class="quiet">{}</span>'
        return format_html(named, address, draft.name, draft.line.language.tag)

    @admin.display(description="Text")
    def text_said(self, draft: Draft) -> SafeString:
        return render_to_string("admin/review/draft_text.html", {"draft": draft})

    @admin.display(description="Listen")
    def player(self, draft: Draft) -> SafeString:
        return render_to_string("admin/review/draft_player.html", {"draft": draft})

    @admin.display(description="State")
    def state(self, draft: Draft) -> SafeString:
        return render_to_string("admin/review/draft_state.html", {"draft": draft})

    @admin.display(description="Approved by site")
    def approved(self, draft: Draft) -> SafeString:
        approval = shown_approval(draft)
        return render_to_string("admin/review/draft_approved.html", {"approval": approval})

    @admin.display(description="Saved", ordering="created_at")
    def saved(self, draft: Draft) -> SafeString:
        return render_to_string("pieces/time.html", {"at": draft.created_at})

    # --- Acts --------------------------------------------------------------------------------

    @admin.action(description="Approve", permissions=["change"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Draft]) -> None:
        drafts = self.permitted(request, queryset, "review")
        approved = partial(approvals_services.approve_drafts, drafts, by=request.user)
        self.attempt(request, lambda: told(len(approved()), "approved"))

    @admin.action(description="Take the approval back", permissions=["change"])
    def unapprove(self, request: HttpRequest, queryset: QuerySet[Draft]) -> None:
        drafts = self.permitted(request, queryset, "review")
        in_force = Approval.objects.in_force().filter(draft__in=drafts)
        withdrawn = partial(approvals_services.withdraw_approvals, in_force, by=request.user)
        self.attempt(request, lambda: told(len(withdrawn()), "no longer approved"))

    @admin.action(description="Reject", permissions=["change"])
    def reject(self, request: HttpRequest, queryset: QuerySet[Draft]) -> HttpResponse | None:
        return self.put_aside(request, queryset, confirmations.REJECT, hiding.reject_drafts)

    @admin.action(description="Delete (can be restored)", permissions=["change"])
    def hide(self, request: HttpRequest, queryset: QuerySet[Draft]) -> HttpResponse | None:
        return self.put_aside(request, queryset, confirmations.HIDE, hiding.hide_drafts)

    @admin.action(description="Restore", permissions=["change"])
    def restore(self, request: HttpRequest, queryset: QuerySet[Draft]) -> None:
        drafts = self.permitted(request, queryset, "review")
        restored = partial(hiding.restore_drafts, drafts, by=request.user)
        self.attempt(request, lambda: told(restored(), "restored"))

    @admin.action(description="Purge for good", permissions=["purge"])
    def purge(self, request: HttpRequest, queryset: QuerySet[Draft]) -> HttpResponse | None:
        """Asks first: the files cannot be brought back."""
        drafts = self.permitted(request, queryset, "purge")
        if not confirmations.is_sure(request, drafts):
            return confirmations.ask(request, drafts, confirmations.PURGE)
        purged = partial(hiding.purge_drafts, drafts, by=request.user)
        self.attempt(request, lambda: told(purged(), "purged for good"))
        return None

    @admin.action(description="Review link", permissions=["change"])
    def review_link(self, request: HttpRequest, queryset: QuerySet[Draft]) -> HttpResponse | None:
        try:
            return staff.ask_about(request, self.permitted(request, queryset, "review"))
        except DomainError as refusal:
            messages.error(request, str(refusal))
        return None

    def put_aside(
        self,
        request: HttpRequest,
        queryset: QuerySet[Draft],
        question: confirmations.Question,
        service: Callable[..., int],
    ) -> HttpResponse | None:
        """One at once, for it can be restored; of several it is asked first how many they are."""
        drafts = self.permitted(request, queryset, "review")
        if len(drafts) > 1 and not confirmations.is_sure(request, drafts):
            return confirmations.ask(request, drafts, question)
        put = partial(service, drafts, by=request.user)
        self.attempt(request, lambda: aside(put(), question.act))
        return None

    def permitted(
        self, request: HttpRequest, queryset: QuerySet[Draft], permission: str
    ) -> list[Draft]:
        """Those of the chosen ones that are not purged, where the person holds the permission."""
        rows = queryset.filter(purged_at=None).select_related("series", "line__language")
        drafts = list(rows)
        allowed = {
            series.pk: may(request.user, permission, series)
            for series in {draft.series for draft in drafts}
        }
        return [draft for draft in drafts if allowed[draft.series_id]]

    def get_urls(self) -> list[URLPattern]:
        def page(route: str, view: ViewFunction, name: str) -> URLPattern:
            guarded = self.admin_site.admin_view(view, cacheable=True)
            return path(route, guarded, name=name)

        own = [
            page("<int:pk>/audio/", playback.draft_audio, "review_draft_audio"),
            page("<int:pk>/peaks/", playback.draft_peaks, "review_draft_peaks"),
        ]
        return [*own, *super().get_urls()]


def shown_approval(draft: Draft) -> Approval | None:
    """The approval that stands, else the newest whose file has not left `deploy/` yet.

    Both from rows that are loaded already.
    """
    approvals = list(draft.approvals.all())
    for approval in approvals:
        approval.line = draft.line
    in_force = [one for one in approvals if one.is_in_force]
    return next(iter([*in_force, *(one for one in approvals if one.delivery)]), None)


def told(number: int, word: str) -> str:
    return f"{counted(number, 'draft')} {word}."


def aside(number: int, act: str) -> str:
    done = {"reject": "rejected", "hide": "deleted"}[act]
    return told(number, f"{done}; {'it' if number == 1 else 'they'} can be restored")
