"""Refreshes a table's statistics after a bulk insert."""

from django.db import connection, transaction
from django.db.models import Model

MANY = 500


def refresh_statistics(model: type[Model], rows: int) -> None:
    """Refresh the statistics of PostgreSQL's planner when the present transaction commits.

    Autovacuum does so within a minute; until then the planner may join thousands row by row.
    """
    if rows >= MANY and connection.vendor == "postgresql":
        transaction.on_commit(lambda: _analyze(model), robust=True)


def _analyze(model: type[Model]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")
