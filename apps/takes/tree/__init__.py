"""The directory of a batch: `takes/`, `ranked/`, `metadata.json`, `LOCKED`, from the database.

The tree is a projection: the database knows, the files are for people and tools that read them.
Whoever writes it holds the row of the batch, so that one writes at a time.
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
