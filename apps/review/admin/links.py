"""Review links: a list of them; making and following one are pages of their own."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString

from apps.catalog.admin.filters import SeriesFilter
from apps.core.admin import BaseAdmin, ViewFunction
from apps.core.forms import number
from apps.review.drafts.views import winners
from apps.review.links.views import staff
from apps.review.models import ReviewLink

PROGRESS = "review_winners_progress"


class LinkStateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(state, state.capitalize()) for state in staff.MEANINGS]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[ReviewLink]
    ) -> QuerySet[ReviewLink]:
        over = Q(expires_at__lte=timezone.now())
        conditions = {
            "open": Q(revoked_at=None) & ~over,
            "expired": Q(revoked_at=None) & over,
            "revoked": Q(revoked_at__isnull=False),
        }
        return queryset.filter(conditions.get(self.value() or "", Q()))


@admin.register(ReviewLink)
class ReviewLinkAdmin(BaseAdmin):
    series_path = "series"
    list_display = ["title", "series", "state", "reviewers", "submitted", "until", "made"]
    list_filter = [LinkStateFilter, SeriesFilter]
    list_select_related = ["series"]
    search_fields = ["title", "reviewers__label", "reviewers__name"]
    search_help_text = "Title or reviewer"
    sortable_by = ["until", "made"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReviewLink]:
        answered = Q(reviewers__submitted_at__isnull=False)
        rows: QuerySet[ReviewLink] = super().get_queryset(request)
        return rows.annotate(
            invited=Count("reviewers", distinct=True),
            answered=Count("reviewers", filter=answered, distinct=True),
        )

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A link is made from drafts or a Series, by its own page."""
        return False

    @admin.display(description="State")
    def state(self, link: ReviewLink) -> SafeString:
        chip = {"meaning": staff.MEANINGS[link.state], "text": link.state}
        return render_to_string("pieces/chip.html", chip)

    @admin.display(description="Reviewers")
    def reviewers(self, link: ReviewLink) -> int:
        return int(link.invited)

    @admin.display(description="Answered")
    def submitted(self, link: ReviewLink) -> int:
        return int(link.answered)

    @admin.display(description="Open until", ordering="expires_at")
    def until(self, link: ReviewLink) -> SafeString:
        return render_to_string("pieces/time.html", {"at": link.expires_at})

    @admin.display(description="Made", ordering="created_at")
    def made(self, link: ReviewLink) -> SafeString:
        return render_to_string("pieces/time.html", {"at": link.created_at})

    def get_urls(self) -> list[URLPattern]:
        def page(route: str, view: ViewFunction, name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=name)

        one, reviewer = "<int:pk>/", "<int:pk>/reviewer/<int:reviewer_pk>/"
        own = [
            page("new/", staff.add_link, "review_link_add"),
            page(f"{one}extend/", staff.extend_link, "review_link_extend"),
            page(f"{one}revoke/", staff.revoke_link, "review_link_revoke"),
            page(f"{one}invite/", staff.add_reviewer, "review_link_invite"),
            page(f"{reviewer}address/", staff.new_address, "review_link_address"),
            page(f"{reviewer}revoke/", staff.revoke_reviewer, "review_link_revoke_reviewer"),
        ]
        own += [
            page("winners/<str:batch_id>/", winners.winners, "review_winners"),
            page("winners/<str:batch_id>/progress/", winners.winners_progress, PROGRESS),
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        return staff.link_page(request, number(object_id))
