"""Searches long lists by the key of a line."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from apps.catalog.models import Line

MOST_NAMED = 1000


class SearchByKey(admin.ModelAdmin[Any]):
    """Looks lines up by the beginning of their key first, then the rows of these lines.

    In a join, the database would read every row of a long list to find that none matches. For a
    beginning that very many lines share, the join is used: it meets matching rows soon.
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
        """The condition that selects the rows; None when more than 1,000 lines match."""
        lines = few_of(Line.objects.filter(key__istartswith=beginning))
        return None if lines is None else Q(line__in=lines)


def few_of(rows: QuerySet[Any]) -> list[int] | None:
    """The primary keys of the rows; None when there are more than 1,000."""
    pks = list(rows.order_by().values_list("pk", flat=True)[: MOST_NAMED + 1])
    return pks if len(pks) <= MOST_NAMED else None
