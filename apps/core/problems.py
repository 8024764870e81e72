"""What is wrong with a request, in plain words for whoever wrote it."""

from collections.abc import Iterable
from typing import Any

# What a value must be, by pydantic's error type.
KINDS = {
    "bool": "true or false",
    "int": "a whole number",
    "int_from_float": "a whole number",
    "float": "a number",
    "string": "text",
    "list": "a list",
    "dict": "an object",
    "model_attributes": "an object",
    "uuid": "a UUID",
    "datetime": "a time such as 2026-01-31T12:00:00Z",
    "date": "a date such as 2026-01-31",
}
LIMITS = {
    "greater_than_equal": "at least {ge}",
    "greater_than": "more than {gt}",
    "less_than_equal": "at most {le}",
    "less_than": "less than {lt}",
    "string_too_short": "at least {min_length} characters long",
    "string_too_long": "at most {max_length} characters long",
    "too_short": "a list of at least {min_length}",
    "too_long": "a list of at most {max_length}",
    "literal_error": "{expected}",
    "enum": "{expected}",
}
# Pydantic names the member of a union that failed; a reader knows only the field.
UNION_MEMBERS = {"bool", "int", "float", "str", "uuid", "none"}


def problems_by_field(errors: Iterable[dict[str, Any]]) -> dict[str, str]:
    """Every problem of a ValidationError, pydantic's or Ninja's, by field.

    Alternatives are joined by "or".
    """
    musts: dict[str, list[str]] = {}
    others: dict[str, str] = {}
    for error in errors:
        field = _field(error["loc"])
        must = _must(error)
        if must is None:
            others[field] = _other(error)
        elif must not in musts.setdefault(field, []):
            musts[field].append(must)
    joined = {field: f"This must be {' or '.join(found)}." for field, found in musts.items()}
    return joined | others


def _field(location: tuple[Any, ...]) -> str:
    """`("body", "order", "voices", 0)` -> `voices.0`: where it was sent and as what is left out."""
    source, *parts = location
    if source == "body" and len(parts) > 1:
        parts = parts[1:]
    named = [str(part) for part in parts if not _is_union_member(part)]
    return ".".join(named) or str(source)


def _is_union_member(part: Any) -> bool:
    return isinstance(part, str) and (part in UNION_MEMBERS or "[" in part)


def _must(error: dict[str, Any]) -> str | None:
    kind = error["type"]
    if kind in LIMITS:
        return LIMITS[kind].format(**error.get("ctx", {}))
    return KINDS.get(kind.removesuffix("_parsing").removesuffix("_type"))


def _other(error: dict[str, Any]) -> str:
    known = {"missing": "This is required.", "extra_forbidden": "There is no such field."}
    return known.get(error["type"], f"{error['msg']}.")
