"""What the lists of runs and batches share: a state derived for the page's rows at once."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from apps.takes.progress.queries import progress_of
from apps.takes.progress.states import Progress, State, in_state


class ProgressChangeList(ChangeList):
    """Counts the takes of the rows on the page in one query and hands each row its Progress."""

    link = "run"

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows = list(self.result_list)
        progress = progress_of(self.link, [row.pk for row in rows])
        for row in rows:
            row.progress = progress[row.pk]
        self.result_list = rows


class DerivedStateFilter(admin.SimpleListFilter):
    """A filter by the derived state."""

    title = "state"
    parameter_name = "state"
    link = "run"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(State.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in State.values:
            return queryset
        return queryset.filter(in_state(self.value() or "", link=self.link))


def state_chip(state: str) -> SafeString:
    return render_to_string("pieces/chip.html", {"state": state})


def moment(at: datetime) -> SafeString:
    return render_to_string("pieces/time.html", {"at": at})


def progress_cell(progress: Progress) -> SafeString:
    return render_to_string("pieces/progress_cell.html", {"progress": progress})
