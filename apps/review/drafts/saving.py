"""Saving takes as numbered drafts: the file under the next number, then its row."""

import hashlib

from django.db import transaction
from django.db.models import Max

from apps.audio.errors import AudioError
from apps.audio.tagging import frames_sha256, tag_mp3
from apps.audit.services import Actor, name_of, record, user_of
from apps.catalog.models import Line
from apps.catalog.series.prefixes import claim_prefix
from apps.core.errors import DomainError
from apps.review.drafts.tagging import is_draft_of, tags_of
from apps.review.models import Draft
from apps.review.naming import ALIAS, PLAIN, check_variant, draft_key
from apps.storage.classes import AssetClass
from apps.storage.places import get_place
from apps.takes.models import Take
from apps.takes.models.audio import retagged
from apps.takes.ordering.services.previews import keep_preview

MOST_TRIES = 1000


class NotSaved(DomainError):
    """The take cannot become a draft."""


def save_draft(take: Take, *, by: Actor, variant: str = PLAIN) -> Draft:
    """Keep a take as the next version of its line's audio; the audio frames stay as heard.

    Versions of one line and variant are given one after the other, and a number is never given
    twice. A take that is a draft already stays that one. Raises NotSaved, Invalid for a variant
    that cannot be a folder's name, or StorageError with nothing written.
    """
    check_variant(variant)
    found = _loaded(take.pk)
    if found.status != Take.Status.COMPLETE:
        raise NotSaved(f"{found.file_name} has no audio yet.")
    data = get_place("takes").read(found.key)
    if not _is_what_was_heard(data, found):
        raise NotSaved(f"{found.key} is not the audio that was measured. It was not saved.")
    with transaction.atomic():
        line = Line.objects.select_for_update(of=("self",)).get(pk=found.line_id)
        same = line.drafts.shown().filter(take=found, variant=variant)
        if saved := same.select_related("line").first():
            return saved
        keep_preview(found)
        draft = _write(found, line, variant, data, by)
        record("draft.saved", draft, by=by, take=found.pk, version=draft.version)
    return draft


def _is_what_was_heard(data: bytes, take: Take) -> bool:
    try:
        return frames_sha256(data) == take.frames_sha256
    except AudioError:
        return False


def _loaded(pk: int) -> Take:
    related = ("batch__voice", "line__language", "line__series", "series")
    return Take.with_previews.select_related(*related).get(pk=pk)


def _write(take: Take, line: Line, variant: str, data: bytes, by: Actor) -> Draft:
    """Create the file under the first free number, then the row."""
    place = get_place(ALIAS)
    claim_prefix(take.line.series, ALIAS)
    saved = line.drafts.filter(variant=variant)
    highest = saved.aggregate(highest=Max("version"))["highest"] or 0
    for version in range(highest + 1, highest + MOST_TRIES):
        tagged = tag_mp3(data, tags_of(take, version, variant))
        key = draft_key(take.line, version, variant)
        # A number whose file is there already was given before this database knew of it, unless
        # that file is this draft: whoever wrote it died before its row was written.
        if place.create(key, tagged, asset_class=AssetClass.DRAFT):
            return _row(take, (version, variant), key, tagged, by)
        if is_draft_of(take, version, there := place.read(key)):
            return _row(take, (version, variant), key, there, by)
    raise NotSaved(f"{line.key} has no free version number below {highest + MOST_TRIES}.")


def _row(take: Take, named: tuple[int, str], key: str, data: bytes, by: Actor) -> Draft:
    """A complete take has a duration: the database sees to that."""
    voice, (version, variant) = take.batch.voice, named
    return Draft.objects.create(
        series=take.series,
        line=take.line,
        variant=variant,
        version=version,
        take=take,
        key=key,
        **retagged(take, sha256=hashlib.sha256(data).hexdigest(), size=len(data)),
        text=take.text,
        voice=voice,
        service=voice.provider,
        voice_name=voice.name,
        model=take.model,
        settings=take.settings,
        saved_by=user_of(by),
        saved_by_name=name_of(by),
    )
