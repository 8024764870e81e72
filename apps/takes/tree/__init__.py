"""Writes the directory of a batch from the database: `ranked/`, `metadata.json`, `LOCKED`.

The tree is a projection: the database is the record, the files are for other readers.
Every writer locks the row of the batch, so that only one writes at a time.
"""

from apps.takes.tree.documents import metadata
from apps.takes.tree.writing import Rebuilt, missing_and_alien, rebuild, show, write, write_metadata

__all__ = [
    "Rebuilt",
    "metadata",
    "missing_and_alien",
    "rebuild",
    "show",
    "write",
    "write_metadata",
]
