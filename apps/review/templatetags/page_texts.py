"""The words that a page's scripts say, in the language of the page."""

from django import template
from django.conf import settings
from django.utils.html import json_script
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation.trans_real import DjangoTranslation
from django.views.i18n import JavaScriptCatalog

register = template.Library()


@register.simple_tag
def page_texts() -> SafeString:
    """A block of JSON that `voicecms/words` looks its English words up in."""
    view = JavaScriptCatalog()
    folders = [str(path) for path in settings.LOCALE_PATHS]
    view.translation = DjangoTranslation(
        get_language() or settings.LANGUAGE_CODE,
        "djangojs",
        localedirs=folders,
    )
    return json_script(view.get_catalog(), "words")
