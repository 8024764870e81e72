"""What is used of Django that its documentation does not promise. No other module uses such names.

tests/test_undocumented.py says what is relied on.
"""

from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.module_loading import autodiscover_modules
from django.utils.translation.trans_real import DjangoTranslation
from django.views.i18n import JavaScriptCatalog

CHOSEN_ROWS = ACTION_CHECKBOX_NAME
"""The field of a list's form that holds the keys of the chosen rows."""


def import_from_each_app(module: str) -> None:
    """Import the module of this name of every app that has one."""
    autodiscover_modules(module)


def script_texts(language: str, folders: list[str]) -> dict[str, Any]:
    """What scripts say, English to `language`, from the `djangojs` catalogs in these folders."""
    view = JavaScriptCatalog()
    view.translation = DjangoTranslation(language, "djangojs", localedirs=folders)
    return view.get_catalog()


def count_missing_migrations() -> int:
    """How many migrations the default database lacks. Raises OperationalError."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
