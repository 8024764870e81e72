"""Checks directory, address and database before the programs start."""

import errno
import os
import socket
from collections.abc import Callable
from pathlib import Path

from django.core.management import call_command
from django.db import OperationalError

from apps.core.undocumented import count_missing_migrations


class CannotStart(Exception):
    """A requirement is missing; the message is one sentence with the remedy."""


def check_directory(directory: Path) -> None:
    """Make the directory if it is missing. Raises CannotStart when files cannot be made in it."""
    probe = directory / f".writable-{os.getpid()}"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise CannotStart(
            f"{directory} cannot be written ({error.strerror}): make it writable for this user, "
            "or run VoiceCMS from a directory that is."
        ) from error


def check_address(host: str, port: int) -> None:
    """Raise CannotStart when a server cannot listen on this address."""
    try:
        _listen(host, port)
    except socket.gaierror as error:
        raise CannotStart(f"{host} is no address of this machine: {error.strerror}.") from error
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise CannotStart(f"Cannot listen on {host}:{port}: {error.strerror}.") from error
        free = _free_port(host, port + 1)
        raise CannotStart(
            f"Port {port} is taken by another program; choose another one: "
            f"manage.py up --port {free}, or make up PORT={free}."
        ) from error


def migrate(say: Callable[[str], None]) -> None:
    """Apply missing migrations. Raises CannotStart when the database cannot be reached."""
    try:
        if missing := count_missing_migrations():
            say(f"The database lacks {missing} migrations; they are applied now.")
            call_command("migrate", verbosity=0, interactive=False)
    except OperationalError as error:
        raise CannotStart(f"The database cannot be used: {str(error).strip()}") from error


def _listen(host: str, port: int) -> None:
    family, kind, _protocol, _name, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM
    )[0]
    with socket.socket(family, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)


def _free_port(host: str, first: int) -> int:
    for port in range(first, first + 100):
        try:
            _listen(host, port)
        except OSError:
            continue
        return port
    return first
