"""Runs the wire server: the protocols of ElevenLabs and of OpenAI's speech endpoint.

    with wire_server(latency=0.25, limit=10, faults={"busy": 0.1}) as server:
        provider = ElevenLabsProvider(api_key=server.api_key, base_url=server.url)
        ...
        assert server.stats()["max_in_flight"] == 10

It runs in a process of its own, so that it shares no interpreter lock with the measured code.
`wire_vendor.Config` lists what can be configured, `wire_vendor.Stats` what is counted.
"""

import asyncio
import json
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import asdict
from http.client import HTTPConnection
from pathlib import Path

from tests.providers import wire_clips
from tests.providers.wire_http import Connection
from tests.providers.wire_vendor import Config, Vendor

ROOT = Path(__file__).parents[2]


class WireServer:
    """The running server, as a test uses it."""

    def __init__(self, port, config):
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.config = config
        self.api_key = config["api_key"]

    def stats(self):
        """All counts since the start or the last reset, as a dict."""
        return self._ask("stats")

    def configure(self, **changes):
        """Change any field of `Config` while the server runs."""
        unknown = set(changes) - set(asdict(Config()))
        assert not unknown, f"The wire server has no {unknown}."
        self._ask("configure", changes)

    def reset(self):
        """Set all counts to zero."""
        self._ask("reset")

    def restore(self):
        """Reset configuration and counts to those of the start."""
        self.configure(**self.config)
        self.reset()

    def _ask(self, act, body=None):
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("POST", f"/_wire/{act}", json.dumps(body or {}))
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()


@contextmanager
def wire_server(**config):
    """Start a server with these fields of `Config`; it stops with the block, or with its parent."""
    settings = asdict(Config(**config))
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.providers.wire", json.dumps(settings)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        yield WireServer(int(process.stdout.readline()), settings)
    finally:
        # A worker forked meanwhile may hold the other end of the server's standard input.
        process.terminate()
        process.wait(timeout=10)
        process.stdin.close()
        process.stdout.close()


async def serve(config):
    """Print the port to standard output, then serve until standard input ends."""
    vendor = Vendor(config)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(vendor.answer), "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    wire_clips.body("mp3_44100_128", "warm", 0)
    asyncio.run(serve(Config(**json.loads(sys.argv[1]))))
