"""A batch as what acts hold: its row, and whether it is open."""

from apps.core.errors import DomainError


class Locked(DomainError):
    """The batch is locked; nothing was changed."""

    status = 423
