"""Imports one batch of a foreign tree: checks the whole batch, copies its files, writes its rows.

The writing begins after all checks, and the rows are written in one transaction.
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
