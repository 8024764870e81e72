"""Saves a reviewer's name and page language."""

import re

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.audit.services import record
from apps.core.errors import Invalid
from apps.review.links.rights import check_open, outsider
from apps.review.models import Reviewer

UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Controls, and marks that turn the direction of writing; joiners belong to many names."""


@transaction.atomic
def introduce(reviewer: Reviewer, name: str, *, page_language: str = "") -> None:
    """Save the reviewer's name; the first time also notes the opening. Raises Invalid."""
    check_open(reviewer)
    said = " ".join(name.split())
    if not 1 <= len(said) <= 150 or UNFIT.search(said):
        raise Invalid({"name": _("Write your name.")})
    first = reviewer.first_opened_at is None
    reviewer.name, reviewer.page_language = said, page_language or reviewer.page_language
    reviewer.first_opened_at = reviewer.first_opened_at or timezone.now()
    reviewer.last_seen_at = timezone.now()
    reviewer.save(update_fields=["name", "page_language", "first_opened_at", "last_seen_at"])
    if first:
        record("link.opened", reviewer.link, by=outsider(reviewer), reviewer=reviewer.label)


def choose_page_language(reviewer: Reviewer, language: str) -> None:
    """Save the language in which the reviewer reads the page. Raises Invalid."""
    check_open(reviewer)
    if language not in dict(settings.LANGUAGES):
        raise Invalid({"language": _("The page is not available in this language.")})
    Reviewer.objects.filter(pk=reviewer.pk).update(page_language=language)
