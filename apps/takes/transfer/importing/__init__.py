"""Taking in one batch of a foreign tree: check all of it, copy its files, write its rows.

Nothing is written before everything was checked, and the rows are one transaction.
"""

from apps.takes.transfer.importing.candidates import Candidate, Progress, Refused, candidate_of
from apps.takes.transfer.importing.checking import check
from apps.takes.transfer.importing.recognising import is_here
from apps.takes.transfer.importing.writing import copy_files, write_rows

__all__ = [
    "Candidate",
    "Progress",
    "Refused",
    "candidate_of",
    "check",
    "copy_files",
    "is_here",
    "write_rows",
]
