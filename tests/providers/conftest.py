"""Starts the wire server once per test module and resets it before each test."""

import pytest

from tests.providers.wire import wire_server


@pytest.fixture(scope="module")
def running_server():
    with wire_server(api_key="sk-wire-9f8e7d6c5b4a") as server:
        yield server


@pytest.fixture
def server(running_server):
    running_server.restore()
    return running_server
