"""A secret key for installations that were given none."""

import os
import secrets
from pathlib import Path


def secret_key(var_dir: Path) -> str:
    """The key kept in `var/secret_key`, made on first use and readable by its owner only.

    Installations of more than one machine set SECRET_KEY instead, so that all share one.
    """
    path = var_dir / "secret_key"
    if path.exists():
        return path.read_text()
    path.parent.mkdir(exist_ok=True)
    draft = path.with_name(f"secret_key.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_urlsafe(50))
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # another process was first; its key is the key
    finally:
        draft.unlink()
    return path.read_text()
