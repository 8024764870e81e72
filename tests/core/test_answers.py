"""All JSON is made by one module, in one frame."""

import ast

from django.urls import reverse

from apps.core.answers import answer, refuse
from apps.core.errors import Invalid
from tests.source import modules

OWNER = "apps.core.answers"
# Who answers JSON of a format that is not ours, which others' programs read as it is.
UNFRAMED = {"apps.takes.playback": "waveforms: audiowaveform JSON version 2"}
MAKERS = {"JsonResponse", "HttpResponse", "StreamingHttpResponse"}


def makes_json(node: ast.AST) -> bool:
    """Whether a response of JSON is made here; types in annotations are not calls."""
    if not isinstance(node, ast.Call):
        return False
    made = ast.unparse(node.func).rpartition(".")[2]
    return made == "JsonResponse" or (made in MAKERS and "application/json" in ast.unparse(node))


def test_json_is_answered_by_one_module_but_for_formats_that_are_not_ours() -> None:
    found = {
        module.name: module.at(node)
        for module in modules().values()
        for node in ast.walk(module.tree)
        if makes_json(node)
    }
    assert found.keys() == {OWNER, *UNFRAMED}, found


def test_what_worked_is_under_data_and_kept_by_no_cache() -> None:
    made = answer([1, 2], 202)
    assert (made.status_code, made.content) == (202, b'{"data": [1, 2]}')
    assert made["Cache-Control"] == "no-store"
    assert answer(None).content == b'{"data": null}'


def test_what_did_not_work_has_no_data() -> None:
    made = refuse(Invalid({"takes": "Choose 1 to 20."}))
    assert made.status_code == 400
    assert made.content == (
        b'{"error": "takes: Choose 1 to 20.", "errors": {"takes": "Choose 1 to 20."}}'
    )


def test_the_schema_of_the_api_has_no_frame(client) -> None:
    assert "openapi" in client.get(reverse("api:openapi-json")).json()
