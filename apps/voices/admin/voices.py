"""Voices: found, heard, brought in, and who agreed to what."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils.safestring import SafeString

from apps.catalog.models import Series
from apps.core.access import visible_to
from apps.core.admin import BaseAdmin, ViewFunction
from apps.core.english import listed
from apps.providers.registry import missing_keys, notices
from apps.voices.admin.filters import (
    CategoryFilter,
    ProviderFilter,
    VoiceLanguageFilter,
    VoiceStateFilter,
)
from apps.voices.consent.queries import consent_of, consents_of, may_record_consent
from apps.voices.library import views
from apps.voices.library.forms import SeriesLinkForm, VoiceForm
from apps.voices.library.queries import may_buy_sample, provider_labels
from apps.voices.library.sample_sentences import SENTENCES
from apps.voices.library.samples import hearings
from apps.voices.library.services import edit_voice
from apps.voices.models import Casting, Voice

LANGUAGES_SHOWN = 5
MOST_ROWS = 50
FIELDS = (
    "name", "provider", "provider_voice_id", "category", "spoken", "described", "state",
    "synced_at", "owner", "default_model", "default_settings",
)  # fmt: skip


class VoiceChangeList(ChangeList):
    """Looks up consent and samples of the rows on the page together."""

    def get_queryset(self, *args: Any, **kwargs: Any) -> QuerySet[Voice]:
        return super().get_queryset(*args, **kwargs).defer("labels")

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows = list(self.result_list)
        states, heard = consents_of(rows), hearings(rows)
        may_buy = may_buy_sample(request.user)
        for row in rows:
            row.consent_state, row.hearing = states[row.pk], heard[row.pk]
            row.may_buy, row.list_address = may_buy, request.get_full_path()
        self.result_list = rows


@admin.register(Voice)
class VoiceAdmin(BaseAdmin):
    """Seen by all staff; changed by holders of `voices.change_voice`."""

    form = VoiceForm
    list_display = ["name", "listen", "provider", "spoken", "category", "consent", "state"]
    list_filter = [ProviderFilter, VoiceLanguageFilter, CategoryFilter, VoiceStateFilter]
    search_fields = ["name", "provider_voice_id", "category", "labels"]
    search_help_text = "Name, id, category or label, such as “british narrator”"
    sortable_by = ["name", "provider"]
    fields = FIELDS

    # --- Who may what --------------------------------------------------------------------------

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(request.user.is_active and request.user.is_staff)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Providers add voices, not people."""
        return False

    has_delete_permission = has_add_permission

    def get_readonly_fields(self, request: HttpRequest, obj: Voice | None = None) -> list[str]:
        """Owners record consent, so only those who may do that themselves choose the owner."""
        ours = {"default_model", "default_settings"}
        if request.user.has_perm("voices.add_consent"):
            ours.add("owner")
        return [name for name in FIELDS if name not in ours]

    # --- The list ------------------------------------------------------------------------------

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return VoiceChangeList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Voice], search_term: str
    ) -> tuple[QuerySet[Voice], bool]:
        return queryset.matching(search_term), False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        labels, missing = provider_labels(), missing_keys()
        providers = [
            {"alias": alias, "label": label, "missing": missing.get(alias, "")}
            for alias, label in labels.items()
        ]
        may_sync = self.has_change_permission(request)
        context = {"providers": providers if may_sync else [], "notices": list(notices().values())}
        return super().changelist_view(request, {**context, **(extra_context or {})})

    @admin.display(description="Hear it")
    def listen(self, voice: Voice) -> SafeString:
        return render_to_string("admin/voices/listen.html", {"voice": voice})

    @admin.display(description="Languages")
    def spoken(self, voice: Voice) -> str:
        return listed(voice.languages, LANGUAGES_SHOWN) or "not said"

    @admin.display(description="Labels")
    def described(self, voice: Voice) -> str:
        return ", ".join(f"{name}: {text}" for name, text in voice.labels.items()) or "none"

    @admin.display(description="Consent")
    def consent(self, voice: Voice) -> SafeString:
        return render_to_string("admin/voices/consent_chip.html", {"consent": voice.consent_state})

    @admin.display(description="State")
    def state(self, voice: Voice) -> SafeString:
        return render_to_string("admin/voices/voice_state.html", {"voice": voice})

    # --- One voice -----------------------------------------------------------------------------

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """People are looked after on their own pages, not from here."""
        form = super().get_form(request, *args, **kwargs)
        if "owner" in form.base_fields:
            form.base_fields["owner"].widget = form.base_fields["owner"].widget.widget
        return form

    def save_model(self, request: HttpRequest, obj: Voice, form: VoiceForm, change: bool) -> None:
        edit_voice(Voice.objects.get(pk=obj.pk), by=request.user, **form.cleaned_data)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        voice = self.get_object(request, object_id)
        context = page_context(request, voice) if voice else {}
        return super().change_view(
            request, object_id, form_url, {**context, **(extra_context or {})}
        )

    def get_urls(self) -> list[URLPattern]:
        def page(route: str, view: ViewFunction, name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=f"voices_{name}")

        own = [
            page("sync/<str:alias>/", views.sync, "sync"),
            page("<int:pk>/sample/", views.sample, "sample"),
            page("<int:pk>/consent/", views.consent, "consent"),
            page("<int:pk>/series/", views.link, "link"),
            page("<int:pk>/series/<int:series_pk>/remove/", views.unlink, "unlink"),
        ]
        return [*own, *super().get_urls()]


def page_context(request: HttpRequest, voice: Voice) -> dict[str, Any]:
    """What the page of one voice shows beside its form."""
    language = request.GET.get("language", "")
    editable = views.editable_series(request)
    used_in = visible_to(request.user, Series.objects.filter(voices=voice), "pk")
    castings = visible_to(request.user, Casting.objects.filter(voice=voice), "series")
    return {
        "voice": voice,
        "hearing": hearings([voice], language)[voice.pk],
        "language": language,
        "sample_languages": list(SENTENCES),
        "may_buy": may_buy_sample(request.user),
        "consent": consent_of(voice),
        "consents": voice.consents.all()[:MOST_ROWS],
        "may_record": may_record_consent(request.user, voice),
        "used_in": used_in[:MOST_ROWS],
        "editable": set(editable.filter(voices=voice).values_list("pk", flat=True)),
        "link_form": SeriesLinkForm(series=editable.exclude(voices=voice)),
        "castings": castings.select_related("character", "language", "series")[:MOST_ROWS],
    }
