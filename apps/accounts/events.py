"""Records events of accounts through a function that is set when Django starts.

The app `audit`, which keeps events, stands above this one and cannot be imported here: it names
its function once (`record_with`).
"""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model
from django.utils.module_loading import import_string

_recorder = {"path": ""}


def record_with(path: str) -> None:
    """Set the function `(verb, target, *, by, **data)` that records events, as a dotted path."""
    _recorder["path"] = path


def record(verb: str, target: Model, *, by: Any, **data: Any) -> None:
    """Write an Event in the caller's transaction. Raises ImproperlyConfigured."""
    if not _recorder["path"]:
        raise ImproperlyConfigured("Nothing keeps the record: is apps.audit in INSTALLED_APPS?")
    import_string(_recorder["path"])(verb, target, by=by, **data)
