"""Reads which voices exist, and which are offered to a Series."""

from collections.abc import Iterable

from django.db.models import (
    Case,
    Exists,
    IntegerField,
    OuterRef,
    QuerySet,
    Value,
    When,
)

from apps.accounts.models import Asker
from apps.catalog.models import Series
from apps.core.access import may, permitted_series
from apps.core.forms import number
from apps.providers.registry import aliases, provider_class
from apps.voices.models import SeriesVoice, Voice, VoiceQuerySet

MOST_OFFERED = 300


def voices_for(
    user: Asker,
    search: str = "",
    provider: str = "",
    language: str = "",
    series: Series | None = None,
) -> VoiceQuerySet:
    """Voices that their providers listed at the last sync; for signed-in staff only.

    `language` is a BCP-47 tag. `series` limits to its voices, for users who may see the Series.
    """
    voices = Voice.objects.present().matching(search)
    if not (user.is_active and user.is_staff):
        return voices.none()
    if provider:
        voices = voices.filter(provider=provider)
    if language:
        voices = voices.speaking(language)
    if series is not None:
        linked = voices.filter(series=series)
        voices = linked if may(user, "view", series) else voices.none()
    return voices


def offered_to(series: Series, chosen: Iterable[object] = ()) -> QuerySet[Voice]:
    """The first 300 present voices, those of the Series first, and the chosen ones.

    `chosen` are keys as a form sends them; other values are ignored.
    """
    linked = SeriesVoice.objects.filter(series=series, voice=OuterRef("pk"))
    order = Case(When(Exists(linked), then=Value(0)), default=Value(1), output_field=IntegerField())
    first = Voice.objects.present().order_by(order, "provider", "name")
    shown = list(first.values_list("pk", flat=True)[:MOST_OFFERED])
    shown += filter(None, map(number, chosen))
    return Voice.objects.filter(pk__in=shown).order_by(order, "provider", "name")


def may_buy_sample(user: Asker) -> bool:
    """Whether the user may change voices, or generate takes in any Series."""
    if not (user.is_active and user.is_staff):
        return False
    return user.has_perm("voices.change_voice") or permitted_series(user, "generate").exists()


def provider_labels() -> dict[str, str]:
    """Alias -> label of each configured provider."""
    return {alias: provider_class(alias).label for alias in aliases()}
