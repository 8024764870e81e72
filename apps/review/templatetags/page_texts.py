"""Hands the texts of a page's scripts to the browser, in the language of the page."""

from django import template
from django.conf import settings
from django.utils.html import json_script
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from apps.core.undocumented import script_texts

register = template.Library()


@register.simple_tag
def page_texts() -> SafeString:
    """A block of JSON in which `voicecms/words` looks its English texts up."""
    folders = [str(path) for path in settings.LOCALE_PATHS]
    language = get_language() or settings.LANGUAGE_CODE
    return json_script(script_texts(language, folders), "words")
