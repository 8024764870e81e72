"""Searching long lists by the key of a line."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from apps.catalog.models import Line

MOST_NAMED = 1000


class SearchByKey(admin.ModelAdmin[Any]):
    """The beginning of a key is looked up among the lines first.

    Joined, the database would read every row of a long list to find that none fits. Where the
    beginning is that of very many lines it is joined all the same: rows of theirs are met soon.
    """

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        beginning = search_term.strip()
        named = self.named(beginning) if beginning else None
        if named is None:
            return super().get_search_results(request, queryset, search_term)
        return queryset.filter(named), False

    def named(self, beginning: str) -> Q | None:
        """The condition of the rows that are found; None when it would name too many."""
        lines = few_of(Line.objects.filter(key__istartswith=beginning))
        return None if lines is None else Q(line__in=lines)


def few_of(rows: QuerySet[Any]) -> list[int] | None:
    """The keys of the rows; None when there are more than 1,000."""
    found = list(rows.order_by().values_list("pk", flat=True)[: MOST_NAMED + 1])
    return found if len(found) <= MOST_NAMED else None
