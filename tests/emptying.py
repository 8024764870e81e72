"""Empties the database after a test that committed.

Django truncates every table and then recreates all content types and permissions for each such
test: on PostgreSQL 0.2 s, a quarter of the tests' time. These two tables belong to the code and
stay; the few rows of the others are deleted.
"""

from django.db import connections, transaction
from django.test import TransactionTestCase

KEPT = {"django_content_type", "auth_permission"}


def empty(case: TransactionTestCase) -> None:
    """Replaces `_fixture_teardown` of Django's test case."""
    for alias in case._databases_names(include_mirrors=False):
        connection = connections[alias]
        tables = connection.introspection.django_table_names(only_existing=True)
        names = [connection.ops.quote_name(name) for name in tables if name not in KEPT]
        # Both databases check foreign keys when the transaction ends.
        with transaction.atomic(using=alias), connection.cursor() as cursor:
            for name in names:
                cursor.execute(f"DELETE FROM {name}")  # noqa: S608
