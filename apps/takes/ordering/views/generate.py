"""The generate page: choose, see what it costs, order."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from apps.audit.services import Actor
from apps.core.access import permitted_series
from apps.core.errors import DomainError, Invalid
from apps.core.forms import number
from apps.providers.base import Account, ProviderError
from apps.takes.ordering.forms import GenerateForm
from apps.takes.ordering.planning import Estimate, OrderPlan
from apps.takes.ordering.services import runs
from apps.voices.credentials.keys import provider_for
from apps.voices.library.queries import MOST_OFFERED, offered_to
from apps.voices.models import Voice
from apps.voices.refusals import with_advice

ACCOUNT_SECONDS = 60


@dataclass(frozen=True)
class Quote:
    """One provider's part of an order, and what is left on its account."""

    estimate: Estimate
    account: Account | None
    problem: str = ""

    @property
    def left(self) -> int | None:
        """Characters left; None when unknown or without limit."""
        if not self.account or self.account.characters_limit is None:
            return None
        return self.account.characters_limit - (self.account.characters_used or 0)

    @property
    def is_short(self) -> bool:
        return self.left is not None and self.left < self.estimate.characters


def generate(request: HttpRequest) -> HttpResponse:
    """GET shows the form, POST the estimate; POST with `order` orders the run."""
    permitted = permitted_series(request.user, "generate").order_by("title")
    series = permitted.filter(pk=number(request.GET.get("series"))).first()
    if series is None:
        return _page(request, "admin/takes/generate_series.html", {"series_list": permitted[:200]})
    form = GenerateForm(
        request.POST or None,
        request.FILES or None,
        series=series,
        voices=offered_to(series, [*request.GET.getlist("voice"), *request.POST.getlist("voices")]),
        initial=initial_of(request),
    )
    more = Voice.objects.present().count() > MOST_OFFERED
    context: dict[str, Any] = {"form": form, "series": series, "more_voices": more}
    if request.method == "POST" and form.is_valid():
        try:
            if "order" in request.POST:
                return _order(request, form)
            plan = plan_of(form, request.user)
            context["plan"] = plan
            context["quotes"] = [quote(one, request.user) for one in plan.estimates]
        except Invalid as error:
            form.take_errors(error)
        except DomainError as error:
            form.add_error(None, str(error))
    if request.headers.get("X-Part") == "estimate":
        return TemplateResponse(request, "admin/takes/generate_estimate.html", context)
    return _page(request, "admin/takes/generate.html", context)


def _order(request: HttpRequest, form: GenerateForm) -> HttpResponse:
    upload = form.cleaned_data["script"]
    run = runs.generate(
        form.ask(),
        by=request.user,
        script=upload.read() if upload else b"",
        file_name=upload.name if upload else "",
    )
    return redirect("admin:takes_run_change", run.pk)


def plan_of(form: GenerateForm, person: Actor) -> OrderPlan:
    """What ordering would do; raises Invalid."""
    if form.cleaned_data["script"]:
        raise Invalid({"script": "Its lines are counted once imported: press Import and generate."})
    return form.ask().plan(by=person)


def quote(estimate: Estimate, person: Actor) -> Quote:
    try:
        return Quote(estimate, account_of(estimate.provider, person))
    except ProviderError as error:
        return Quote(estimate, None, problem=with_advice(error))


def account_of(alias: str, person: Actor) -> Account | None:
    """What is left on the account that pays for this person, asked at most once a minute."""
    provider = provider_for(alias, person)
    key = f"account:{provider.account_key}"
    known: list[Account | None] | None = cache.get(key)
    if known is None:
        known = [provider.account()]
        cache.set(key, known, ACCOUNT_SECONDS)
    return known[0]


def initial_of(request: HttpRequest) -> dict[str, Any]:
    pks = request.GET.get("lines", "")
    initial: dict[str, Any] = {
        "line_pks": pks,
        "which": "chosen" if pks else "all",
        "voices": list(map(number, request.GET.getlist("voice"))),
    }
    if language := request.GET.get("language"):
        initial["language"] = language
    return initial


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> TemplateResponse:
    base = {**admin.site.each_context(request), "title": "Generate takes"}
    return TemplateResponse(request, template, {**base, **context})
