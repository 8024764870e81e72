"""Keeps files of the installation, such as its secret key, in the folder `var/`."""

import os
import secrets
from pathlib import Path


def make_directory(path: Path) -> Path:
    """The folder, made if it is missing; exits with one sentence when that is not possible."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SystemExit(
            f"{path} cannot be made ({error.strerror}). Give this user the right to write there, "
            "or set SECRET_KEY, DATABASE_URL and REDIS_URL so that it is not needed."
        ) from error
    return path


def secret_key(var_dir: Path) -> str:
    """The key in `var/secret_key`, made on first use and readable by its owner only.

    Installations of several machines set SECRET_KEY instead, so that all use one key.
    """
    path = var_dir / "secret_key"
    if path.exists():
        return path.read_text()
    temporary = make_directory(var_dir) / f"secret_key.{os.getpid()}"
    try:
        temporary.touch(mode=0o600)
        temporary.write_text(secrets.token_urlsafe(50))
        os.link(temporary, path)
    except FileExistsError:
        pass  # another process was first; its key is used
    except OSError as error:
        raise SystemExit(f"{path} cannot be written ({error.strerror}).") from error
    finally:
        temporary.unlink(missing_ok=True)
    return path.read_text()
