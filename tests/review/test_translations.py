"""The page for partners in six languages: every word of it, compiled from what is written."""

import ast
import json
import re

import pytest
from django.utils.translation import gettext, ngettext, override

from apps.review.templatetags.page_texts import page_texts
from tests.conftest import REPOSITORY

TEMPLATES = REPOSITORY / "templates" / "review"
SCRIPTS = REPOSITORY / "static" / "js"
PYTHON = REPOSITORY / "apps" / "review"
OTHERS = ("es", "de", "fr", "pt", "it")
ENTRY = re.compile(r'^msgid "(.+)"\nmsgstr "(.*)"$', re.MULTILINE)
PLURAL = re.compile(
    r'^msgid "(.+)"\nmsgid_plural "(.+)"\nmsgstr\[0\] "(.+)"\nmsgstr\[1\] "(.+)"$', re.M
)
WORDS = re.compile(r'{% translate "(.+?)"')
SAID = re.compile(r'gettext\("(.+?)"')
SENTENCES = re.compile(r"{% blocktranslate.*?%}(.+?){% endblocktranslate %}", re.DOTALL)


def catalog(language: str, domain: str = "django") -> dict[str, str]:
    text = (REPOSITORY / "locale" / language / "LC_MESSAGES" / f"{domain}.po").read_text("utf-8")
    return {key.replace('\\"', '"'): said.replace('\\"', '"') for key, said in ENTRY.findall(text)}


def used_in_templates() -> set[str]:
    found = set()
    pieces = REPOSITORY / "templates" / "pieces"
    for path in [*TEMPLATES.glob("*.html"), *pieces.glob("*.html")]:
        text = path.read_text("utf-8")
        found |= set(WORDS.findall(text))
        found |= {
            re.sub(r"{{ (\w+) }}", r"%(\1)s", " ".join(map(str.strip, one.strip().splitlines())))
            for one in SENTENCES.findall(text)
        }
    return found


def used_in_python() -> set[str]:
    """The words of refusals, which reviewers read too."""
    trees = [ast.parse(path.read_text("utf-8")) for path in PYTHON.rglob("*.py")]
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    marked = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "_"]
    return {call.args[0].value for call in marked if isinstance(call.args[0], ast.Constant)}


def used_in_scripts() -> set[str]:
    return {
        word for path in SCRIPTS.rglob("*.js") for word in SAID.findall(path.read_text("utf-8"))
    }


@pytest.mark.parametrize("language", OTHERS)
def test_every_word_of_the_page_is_translated(language):
    assert used_in_templates() | used_in_python() == set(catalog(language))
    assert used_in_scripts() == set(catalog(language, "djangojs"))
    assert min(map(len, (used_in_templates(), used_in_python(), used_in_scripts()))) > 20


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_compiled_is_what_is_written(language):
    with override(language):
        for key, said in catalog(language).items():
            assert gettext(key) == said, key
        scripts = json.loads(page_texts().split(">", 1)[1].removesuffix("</script>"))
    assert {key: scripts[key] for key in used_in_scripts()} == catalog(language, "djangojs")


@pytest.mark.parametrize("language", OTHERS)
def test_numbers_have_two_forms(language):
    text = (REPOSITORY / "locale" / language / "LC_MESSAGES" / "django.po").read_text("utf-8")
    with override(language):
        for one, many, first, second in PLURAL.findall(text):
            assert [ngettext(one, many, number) for number in (1, 2)] == [first, second]
    assert PLURAL.search(text)


@pytest.mark.parametrize("domain", ["django", "djangojs"])
@pytest.mark.parametrize("language", OTHERS)
def test_translations_keep_what_is_filled_in(language, domain):
    for key, said in catalog(language, domain).items():
        places = re.compile(r"%\(\w+\)[sd]|</?strong>")
        assert sorted(places.findall(key)) == sorted(places.findall(said)), key
        assert said.strip()
