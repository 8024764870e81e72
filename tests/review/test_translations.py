"""The page for partners in six languages: every word of it, compiled from what is written."""

import re

import pytest
from django.utils.translation import gettext, override

from tests.conftest import REPOSITORY

TEMPLATES = REPOSITORY / "templates" / "review"
OTHERS = ("es", "de", "fr", "pt", "it")
ENTRY = re.compile(r'^msgid "(.+)"\nmsgstr "(.*)"$', re.MULTILINE)
WORDS = re.compile(r'{% translate "(.+?)" %}')
SENTENCES = re.compile(r"{% blocktranslate.*?%}(.+?){% endblocktranslate %}", re.DOTALL)


def catalog(language: str) -> dict[str, str]:
    text = (REPOSITORY / "locale" / language / "LC_MESSAGES" / "django.po").read_text("utf-8")
    return {key.replace('\\"', '"'): said.replace('\\"', '"') for key, said in ENTRY.findall(text)}


def used() -> set[str]:
    found = set()
    for path in TEMPLATES.glob("*.html"):
        text = path.read_text("utf-8")
        found |= set(WORDS.findall(text))
        found |= {re.sub(r"{{ (\w+) }}", r"%(\1)s", one) for one in SENTENCES.findall(text)}
    return found


@pytest.mark.parametrize("language", OTHERS)
def test_every_word_of_the_page_is_translated(language):
    missing = used() - set(catalog(language))
    assert not missing
    assert len(used()) > 50


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_compiled_is_what_is_written(language):
    with override(language):
        for key, said in catalog(language).items():
            assert gettext(key) == said, key


@pytest.mark.parametrize("language", OTHERS)
def test_translations_keep_what_is_filled_in(language):
    for key, said in catalog(language).items():
        places = re.compile(r"%\(\w+\)(?:\.\d)?[sdf]|</?strong>")
        assert sorted(places.findall(key)) == sorted(places.findall(said)), key
        assert said.strip()
