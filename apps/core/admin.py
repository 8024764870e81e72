"""The one admin base: rows of one's own Series, quick lists, acts through services."""

from collections.abc import Callable, Sequence
from functools import cached_property, reduce
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from apps.core.access import may, permitted_anywhere, visible_to
from apps.core.errors import DomainError
from apps.core.registry import Link, links_for

COUNT_LIMIT = 10_001

ViewFunction = Callable[..., HttpResponseBase]


class BoundedPaginator(Paginator[Any]):
    """Counts no further than 10,001 rows, so that a page load does not grow with the table."""

    @cached_property
    def count(self) -> int:
        if not isinstance(self.object_list, QuerySet):
            return len(self.object_list)
        return self.object_list.order_by().values("pk")[:COUNT_LIMIT].count()


class ActsOnChosen(admin.ModelAdmin[Any]):
    """Acts are done to the rows that were chosen, also to those that a filter or page hides now."""

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any], *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        if request.POST.get("select_across", "0") in ("", "0"):
            queryset = self.get_queryset(request)
        return super().response_action(request, queryset, *args, **kwargs)


class BaseAdmin(ActsOnChosen):
    """`series_path` is the lookup from the model to its Series ("pk" for Series itself).

    `needs` names the Series permission for each kind of act; an act that is missing there
    cannot be done in the admin at all. Without `series_path`, Django's own permissions hold.
    With `cards` each row becomes a card where there is no room for columns. `offered` are the
    links that apps register for the model: shown on its form, and in the column `go_to`.
    """

    series_path: str | None = None
    offered: Sequence[Link] = ()
    cards = False
    needs: dict[str, str] = {"view": "view"}
    list_per_page = 50
    list_max_show_all = 200
    show_full_result_count = False
    paginator = BoundedPaginator
    show_facets = admin.ShowFacets.NEVER

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        queryset = super().get_queryset(request)
        if self.series_path is None:
            return queryset
        return visible_to(request.user, queryset, self.series_path)

    def allows(self, request: HttpRequest, act: str, obj: Model | None) -> bool:
        """Whether the person may do the act on this object, or on some object when None."""
        if act not in self.needs or not request.user.is_staff:
            return False
        if obj is None:
            return permitted_anywhere(request, self.needs[act])
        return may(request.user, self.needs[act], self.series_of(obj))

    def series_of(self, obj: Model) -> Model:
        if self.series_path in (None, "pk"):
            return obj
        return reduce(getattr, self.series_path.split("__"), obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        if self.series_path is None:
            return super().has_view_permission(request, obj)
        if obj is None:
            return bool(request.user.is_active and request.user.is_staff)
        return self.allows(request, "view", obj)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        if self.series_path is None:
            return super().has_add_permission(request)
        return self.allows(request, "add", None)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        if self.series_path is None:
            return super().has_change_permission(request, obj)
        return self.allows(request, "change", obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        if self.series_path is None:
            return super().has_delete_permission(request, obj)
        return self.allows(request, "delete", obj)

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Its rows carry the links that the person may follow, when a column shows them."""
        found = super().get_changelist_instance(request)
        if "go_to" in self.list_display:
            found.result_list = rows = list(found.result_list)
            links = links_for(self.offered, request.user, rows)
            for row in rows:
                row.links = links[row.pk]
        return found

    @admin.display(description="Go to")
    def go_to(self, obj: Any) -> SafeString:
        return render_to_string("pieces/links.html", {"links": obj.links, "subject": obj})

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if obj := kwargs.get("obj"):
            context["links"] = links_for(self.offered, request.user, [obj])[obj.pk]
        return super().render_change_form(request, context, *args, **kwargs)

    def attempt(self, request: HttpRequest, act: Callable[[], str]) -> None:
        """Do one act and say what happened, whether it worked or was refused."""
        try:
            messages.success(request, act())
        except DomainError as refusal:
            messages.error(request, str(refusal))
