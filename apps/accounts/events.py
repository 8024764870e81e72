"""Where accounts says what was done.

The room that keeps the record stands above this one, so it is not imported here: it names its
function once, when Django starts (`record_with`).
"""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model
from django.utils.module_loading import import_string

_recorder = {"path": ""}


def record_with(path: str) -> None:
    """Name the function `(verb, target, *, by, **data)` that keeps the record, as a dotted path."""
    _recorder["path"] = path


def record(verb: str, target: Model, *, by: Any, **data: Any) -> None:
    """Have an Event written in the caller's transaction. Raises ImproperlyConfigured."""
    if not _recorder["path"]:
        raise ImproperlyConfigured("Nothing keeps the record: is apps.audit in INSTALLED_APPS?")
    import_string(_recorder["path"])(verb, target, by=by, **data)
