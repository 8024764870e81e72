"""Runs, batches and takes in the admin."""

from apps.takes.admin.batches import BatchAdmin
from apps.takes.admin.runs import RunAdmin
from apps.takes.admin.takes import TakeAdmin

__all__ = ["BatchAdmin", "RunAdmin", "TakeAdmin"]
