"""HTTP/1.1 in a hundred lines: hundreds of requests per second at little CPU.

A request can be answered late, in part, or never, which ready-made servers do not offer.
"""

import asyncio
import json
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit


@dataclass(eq=False)
class Exchange:
    """One request and its answer; calls `on_gone` when the client leaves before the answer."""

    method: str
    path: str
    query: dict
    headers: dict
    body: bytes
    transport: asyncio.Transport
    timer: asyncio.TimerHandle | None = None
    on_gone: object = None

    def later(self, seconds, act):
        """Call `act` after some seconds, unless the client leaves before."""
        self.timer = asyncio.get_running_loop().call_later(seconds, act)

    def reply(self, status, headers, body, *, promised=None):
        """Send an answer; `promised` is a content length other than that of the body."""
        self.on_gone = None
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
        length = len(body) if promised is None else promised
        lines += [
            f"{name}: {value}" for name, value in {**headers, "content-length": length}.items()
        ]
        self.transport.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)

    def reply_json(self, status, value, headers=None):
        headers = {"content-type": "application/json", **(headers or {})}
        self.reply(status, headers, json.dumps(value).encode())

    def hang_up(self):
        self.on_gone = None
        self.transport.close()

    def gone(self):
        if self.timer:
            self.timer.cancel()
        if self.on_gone:
            self.on_gone()


class Connection(asyncio.Protocol):
    """Keeps one client's connection; hands each request to `answer(exchange)`."""

    def __init__(self, answer):
        self.answer = answer
        self.received = bytearray()
        self.exchange = None

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.received += data
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return
        first, *lines = self.received[:end].decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines)
        }
        whole = end + 4 + int(headers.get("content-length", 0))
        if len(self.received) < whole:
            return
        body = bytes(self.received[end + 4 : whole])
        del self.received[:whole]
        method, target, _ = first.split(" ")
        url = urlsplit(target)
        self.exchange = Exchange(
            method, url.path, dict(parse_qsl(url.query)), headers, body, self.transport
        )
        self.answer(self.exchange)

    def connection_lost(self, _reason):
        if self.exchange:
            self.exchange.gone()
