"""Makes and changes Series and their characters."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from guardian.shortcuts import assign_perm

from apps.audit.services import Actor, record, user_of
from apps.catalog.language_tags import BadTag, normal_tag
from apps.catalog.models import Character, Series
from apps.core.access import codename
from apps.core.errors import Invalid

# Permissions of a Series' maker on it; an administrator grants others.
MAKER_PERMISSIONS = ("view", "edit", "generate", "rank")


@transaction.atomic
def create_series(
    slug: str,
    title: str = "",
    kind: str = Series.Kind.GAME,
    default_language: str = "en",
    *,
    by: Actor,
) -> Series:
    """Make a Series; its maker may view, edit, generate and rank. Raises Invalid."""
    series = new_series(slug, title, kind, default_language)
    series.save()
    if maker := user_of(by):
        for permission in MAKER_PERMISSIONS:
            assign_perm(codename(permission), maker, series)
    record("series.created", series, by=by, slug=slug, kind=kind)
    return series


def new_series(
    slug: str, title: str = "", kind: str = Series.Kind.GAME, default_language: str = "en"
) -> Series:
    """A valid Series, not saved. Raises Invalid."""
    try:
        default_language = normal_tag(default_language)
    except BadTag as error:
        raise Invalid({"default_language": str(error)}) from error
    series = Series(slug=slug, title=title or slug, kind=kind, default_language=default_language)
    try:
        series.full_clean()
    except ValidationError as error:
        wrong = {name: " ".join(said) for name, said in error.message_dict.items()}
        raise Invalid(wrong) from error
    return series


@transaction.atomic
def edit_series(series: Series, *, by: Actor, **fields: Any) -> Series:
    """Change title, kind or default language; the slug, the folder of the audio, stays."""
    changed = {name: value for name, value in fields.items() if getattr(series, name) != value}
    if not changed:
        return series
    Series.objects.filter(pk=series.pk).update(**changed)
    series.refresh_from_db()
    record("series.edited", series, by=by, fields=sorted(changed))
    return series


@transaction.atomic
def edit_characters(
    series: Series, *, by: Actor, kept: Iterable[Character], removed: Iterable[Character]
) -> None:
    """Save characters and delete others; lines of deleted characters keep no character."""
    kept, removed = list(kept), list(removed)
    for character in kept:
        character.save()
    for character in removed:
        character.delete()
    if kept or removed:
        record(
            "series.characters_edited",
            series,
            by=by,
            kept=[character.name for character in kept],
            removed=[character.name for character in removed],
        )
